import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fanOut, type FanOutContext } from '../../../functions/on-timer/fan-out';
import { PAYLOAD_BYTES_MAX } from '../../../shared/adapters/function-compute/retrying-invoker';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { instant } from '../../../shared/domain/units';
import { rotated } from '../../../shared/wake/rotation';
import { chunksWithin, sendEach } from '../../../shared/wake/send-chunks';
import { TestClock } from '../../support/test-clock';

const MINUTE_MS = 60_000;
const range = (count: number): readonly number[] => [...Array(count).keys()];
const refused = new CloudError({
  ...{ action: 'InvokeFunction', code: 'ResourceThrottled', reaction: 'retry' },
  ...{ isAmbiguous: false, message: 'too many' },
});

describe('chunks', () => {
  it('hold each item once, in order, and never more items or bytes than they may', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 64 }), { maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 200, max: 2000 }),
        (items, count, bytes) => {
          const payloadOf = (pools: readonly string[]) => ({ pools, wake: 'timer' });
          const chunks = chunksWithin(items, { count, bytes }, payloadOf);
          expect(chunks.flat()).toEqual(items);
          for (const chunk of chunks) {
            expect(chunk.length).toBeLessThanOrEqual(count);
            const size = Buffer.byteLength(JSON.stringify(payloadOf(chunk)), 'utf8');
            if (chunk.length > 1) expect(size).toBeLessThanOrEqual(bytes);
          }
        },
      ),
    );
  });

  it('are as few as the count allows: 45 pools are 20, 20 and 5', () => {
    const chunks = chunksWithin(range(45), { count: 20, bytes: 120_000 }, (pools) => pools);
    expect(chunks.map(({ length }) => length)).toEqual([20, 20, 5]);
  });

  it('are split when 20 would be more than a queued call holds, and what is too large alone stays alone', () => {
    const large = 'x'.repeat(50_000);
    const items = [large, large, large, 'x'.repeat(200_000), 'small'];
    const chunks = chunksWithin(items, { count: 20, bytes: 120_000 }, (pools) => ({ pools }));
    expect(chunks.map(({ length }) => length)).toEqual([2, 1, 1, 1]);
  });
});

describe('sending', () => {
  it('has ten on their way at most, and goes on after one that fails', async () => {
    let [onTheirWay, most] = [0, 0];
    const { sent, failed } = await sendEach(range(100), async (item) => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      if (item % 10 === 3) throw refused;
    });
    expect(most).toBe(10);
    expect([sent.length, failed.map(({ item }) => item)]).toEqual([
      90,
      range(10).map((ten) => ten * 10 + 3),
    ]);
  });
});

describe('whose turn is first', () => {
  it.each([1, 2, 3, 7, 20, 100, 999, 1000])('is everybody’s once in %i minutes', (count) => {
    const firsts = range(count).map(
      (minute) => rotated(range(count), instant(minute * MINUTE_MS))[0],
    );
    expect(new Set(firsts).size).toBe(count);
  });

  it.each([
    [1000, 2],
    [1000, 10],
    [10_000, 100],
  ])('leaves none of %i waiting for long where one in %i gets a turn', (count, oneIn) => {
    const places = count / oneIn;
    const lastSeen = new Map<number, number>();
    let longest = 0;
    for (const minute of range(6 * oneIn)) {
      const served = rotated(range(count), instant(minute * MINUTE_MS)).slice(0, places);
      for (const item of served) {
        longest = Math.max(longest, minute - (lastSeen.get(item) ?? 0));
        lastSeen.set(item, minute);
      }
    }
    expect(lastSeen.size).toBe(count);
    expect(longest).toBeLessThanOrEqual(3 * oneIn);
  });
});

function aTimer(
  count: number,
  enqueue: FunctionInvoker['enqueue'],
  names: readonly { readonly name: string; readonly homeRegionId: string }[] = [],
) {
  const clock = new TestClock();
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const context = {
    fleet: {
      pools: range(count).map((index) => ({ name: `pool-${index}`, regionId: 'cn-a' })),
      names,
      failover: null,
      regionId: 'cn-a',
      deployment: { poolsPerWorker: 20 },
    } as unknown as FanOutContext['fleet'],
    invoker: { enqueue, call: () => Promise.reject(new Error('nobody is called')) },
    clock,
    worker: 'worker',
    failoverWorker: 'failover-worker',
  };
  const log = { info: note, warn: note, error: note };
  return {
    clock,
    logged,
    run: () => fanOut('every-minute', context, { ...clock.in(19_000), log }),
  };
}

describe('the timer', () => {
  it('sends 10,000 pools as 500 chunks of 20, each far below 128 KB, and each pool once', async () => {
    const payloads: { readonly pools: readonly string[] }[] = [];
    const { run } = aTimer(10_000, (_, payload) => {
      expect(Buffer.byteLength(JSON.stringify(payload))).toBeLessThan(PAYLOAD_BYTES_MAX / 10);
      return Promise.resolve(void payloads.push(payload as (typeof payloads)[number]));
    });
    expect(await run()).toEqual({ kind: 'accepted', pools: 10_000, names: 0, refused: 0 });
    expect(payloads).toHaveLength(500);
    expect(new Set(payloads.flatMap(({ pools }) => pools)).size).toBe(10_000);
  });

  it('leaves those that are refused to the next timer, and says so', async () => {
    let sent = 0;
    const { run, logged } = aTimer(100, () =>
      (sent += 1) === 3 ? Promise.reject(refused) : Promise.resolve(),
    );
    expect(await run()).toEqual({ kind: 'accepted', pools: 80, names: 0, refused: 1 });
    expect(logged).toEqual(['workers were not taken; the next timer sends them']);
  });

  it('sends the pools, however long the queue of names keeps it waiting', async () => {
    const sent: string[] = [];
    const names = range(30).map((index) => ({ name: `name-${index}`, homeRegionId: 'cn-a' }));
    const { run, clock } = aTimer(
      100,
      (functionName, _, { deadline }) => {
        if (functionName === 'failover-worker') clock.advance(Math.max(0, deadline - clock.now()));
        if (clock.now() >= deadline) return Promise.reject(refused);
        return Promise.resolve(void sent.push(functionName));
      },
      names,
    );
    expect(await run()).toEqual({ kind: 'accepted', pools: 100, names: 0, refused: 30 });
    expect(sent).toHaveLength(5);
  });

  it('fails when none was taken, so that the platform delivers it again', async () => {
    const { run } = aTimer(100, () => Promise.reject(refused));
    await expect(run()).rejects.toThrow(CloudError);
  });
});
