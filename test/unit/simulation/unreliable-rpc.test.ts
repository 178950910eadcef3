import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { Dice } from '../../../infra/simulation/dice';
import { type Trouble, UnreliableRpc } from '../../../infra/simulation/unreliable-rpc';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { CloudError } from '../../../shared/domain/cloud-error';
import { instant } from '../../../shared/domain/units';

const WRITE: RpcRequest = {
  ...{ product: 'Slb', version: '2014-05-15', action: 'SetBackendServers', query: {} },
};
const FIGURES: RpcRequest = {
  ...{ product: 'Cms', version: '2019-01-01', action: 'DescribeMetricLast', query: {} },
};

/** One call in a time of trouble, and how long it took. */
async function callIn(
  fault: Trouble['fault'] | null,
  request = WRITE,
  isDark = false,
): Promise<{
  readonly outcome: unknown;
  readonly tookMs: number;
  readonly landed: number;
  readonly strikes: number;
}> {
  const clock = new ManualClock(0);
  let landed = 0;
  let strikes = 0;
  const trouble = { fault: fault ?? 'throttling', product: null, share: 1000, until: 1e9 } as const;
  const rpc = new UnreliableRpc({
    rpc: {
      call: async () => {
        landed += 1;
        const point = { timestamp: 3_000_000, instanceId: 'i-1', Average: 40 };
        return Promise.resolve({ Datapoints: JSON.stringify([point]) });
      },
    },
    clock: {
      now: () => instant(clock.now()),
      sleep: async (ms) => new Promise((resolve) => void clock.after(ms, () => resolve())),
    },
    now: () => clock.now(),
    troubles: () => (fault === null ? [] : [trouble]),
    isDark: () => isDark,
    onStrike: () => (strikes += 1),
    ...{ callMs: 100, dice: new Dice(1) },
  });
  let tookMs = -1;
  const outcome = rpc
    .call(request, { deadline: instant(60_000) })
    .catch((error: unknown) => error)
    .finally(() => (tookMs = clock.now()));
  await clock.advance(60_000);
  return { outcome: await outcome, tookMs, landed, strikes };
}

const detailsOf = (outcome: unknown) => {
  expect(outcome).toBeInstanceOf(CloudError);
  return (outcome as CloudError).details;
};

describe('an API in good weather', () => {
  it('takes about as long as it is said to, and answers', async () => {
    const { outcome, tookMs, landed, strikes } = await callIn(null);
    expect(outcome).toHaveProperty('Datapoints');
    expect({ landed, strikes }).toEqual({ landed: 1, strikes: 0 });
    expect(tookMs).toBeGreaterThanOrEqual(50);
    expect(tookMs).toBeLessThanOrEqual(160);
  });
});

describe('an API in trouble', () => {
  it.each([
    ['throttling', 'Throttling'],
    ['api-outage', 'InternalError'],
    ['api-refused', 'Forbidden.RAM'],
  ] as const)('refuses: %s', async (fault, code) => {
    const { outcome, landed, strikes } = await callIn(fault);
    expect(detailsOf(outcome).code).toBe(code);
    expect({ landed, strikes }).toEqual({ landed: 0, strikes: 1 });
  });

  it('loses a call on its way there: its caller waits in vain, and cannot know', async () => {
    const { outcome, tookMs, landed } = await callIn('timeout-before-effect');
    expect(detailsOf(outcome)).toMatchObject({ code: 'Timeout', isAmbiguous: true });
    expect(landed).toBe(0);
    expect(tookMs).toBeGreaterThanOrEqual(10_000);
  });

  it('loses an answer on its way back: the call has landed', async () => {
    const { outcome, landed } = await callIn('timeout-after-effect');
    expect(detailsOf(outcome)).toMatchObject({ code: 'Timeout', isAmbiguous: true });
    expect(landed).toBe(1);
  });

  it('answers nobody while its region is dark', async () => {
    const { outcome, landed } = await callIn(null, WRITE, true);
    expect(detailsOf(outcome).code).toBe('Timeout');
    expect(landed).toBe(0);
  });

  it('gives figures of ten minutes ago', async () => {
    const { outcome } = await callIn('metrics-stale', FIGURES);
    expect(JSON.parse((outcome as { Datapoints: string }).Datapoints)).toEqual([
      { timestamp: 2_400_000, instanceId: 'i-1', Average: 40 },
    ]);
  });

  it('gives figures that are nothing or everything', async () => {
    const { outcome } = await callIn('metrics-contradictory', FIGURES);
    const [point] = JSON.parse((outcome as { Datapoints: string }).Datapoints) as {
      Average: number;
    }[];
    expect([0, 100]).toContain(point?.Average);
  });
});
