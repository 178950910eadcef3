import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { SharedReadsRpc } from '../../../shared/adapters/alicloud/shared-reads-rpc';
import { type Rpc } from '../../../shared/adapters/alicloud/rpc';
import { GatheredReads } from '../../../shared/adapters/gathered-reads';
import { type InstanceFacts } from '../../../shared/domain/instance';
import { instant } from '../../../shared/domain/units';
import { type Compute } from '../../../shared/ports/compute';
import { type Metrics } from '../../../shared/ports/metrics';
import { VirtualClock } from '../../support/virtual-clock';

const ids = (pool: number): readonly string[] => [0, 1, 2].map((index) => `i-${pool}-${index}`);

function scene() {
  const clock = new VirtualClock(new ManualClock());
  const asked: (readonly string[])[] = [];
  const state: { failure: Error | null } = { failure: null };
  const answer = <T>(instanceIds: readonly string[], value: T) => {
    asked.push(instanceIds);
    if (state.failure !== null) return Promise.reject(state.failure);
    return Promise.resolve(new Map(instanceIds.map((id) => [id, value])));
  };
  const compute = {
    describeInstances: (all: readonly string[]) => answer(all, {} as InstanceFacts),
    describeEvents: (all: readonly string[]) => answer(all, []),
  } as unknown as Compute;
  const options = { deadline: instant(clock.now() + 10_000) };
  return { clock, asked, state, compute, options, gathered: new GatheredReads(clock) };
}

describe('pools of one worker that ask in the same moment', () => {
  it('are one question, and each gets what is its own', async () => {
    const { gathered, compute, asked, options } = scene();
    const found = await Promise.all(
      [0, 1, 2, 3].map((pool) =>
        gathered.overCompute(compute).describeInstances(ids(pool), options),
      ),
    );
    expect(asked).toEqual([[0, 1, 2, 3].flatMap(ids)]);
    expect(found.map((map) => [...map.keys()])).toEqual([0, 1, 2, 3].map(ids));
  });

  it('are asked anew the next time, and other questions apart', async () => {
    const { gathered, compute, asked, options } = scene();
    const one = gathered.overCompute(compute);
    await Promise.all([one.describeInstances(['a'], options), one.describeEvents(['a'], options)]);
    await one.describeInstances(['a'], options);
    expect(asked).toEqual([['a'], ['a'], ['a']]);
  });

  it('all hear of a failure, and the next question is not held up by it', async () => {
    const { gathered, compute, state, options } = scene();
    const one = gathered.overCompute(compute);
    state.failure = new Error('no answer');
    const both = await Promise.allSettled(
      [0, 1].map((pool) => one.describeInstances(ids(pool), options)),
    );
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    state.failure = null;
    expect((await one.describeInstances(ids(1), options)).size).toBe(3);
  });

  it('must have their answer by the soonest deadline', async () => {
    const { gathered, compute, options } = scene();
    const deadlines: number[] = [];
    const one = gathered.overCompute({
      ...compute,
      describeInstances: (_, { deadline }) =>
        Promise.resolve((deadlines.push(deadline), new Map())),
    });
    const sooner = { deadline: instant(options.deadline - 5_000) };
    await Promise.all([
      one.describeInstances(['a'], options),
      one.describeInstances(['b'], sooner),
    ]);
    expect(deadlines).toEqual([sooner.deadline]);
  });

  it('read each metric once for all of them, and urgent ones apart from others', async () => {
    const { gathered, options, clock } = scene();
    const reads: [string, number, string | undefined][] = [];
    const metrics: Metrics = {
      readLatest: ({ metricName, dimensions }, { priority }) => {
        reads.push([metricName, dimensions.length, priority]);
        return Promise.resolve(
          dimensions.map((one) => ({ dimensions: one, value: 1, at: clock.now() })),
        );
      },
    };
    const read = (pool: number, metricName: string, priority?: 'feedback') =>
      gathered.overMetrics(metrics).readLatest(
        {
          namespace: 'acs_ecs_dashboard',
          metricName,
          dimensions: [...ids(pool), 'i-shared'].map((instanceId) => ({ instanceId })),
        },
        { ...options, ...(priority !== undefined && { priority }) },
      );
    await Promise.all([
      ...[0, 1, 2].map((pool) => read(pool, 'CPUUtilization')),
      read(0, 'CPUUtilization', 'feedback'),
      read(0, 'load_5m'),
    ]);
    expect(reads).toEqual([
      ['CPUUtilization', 10, undefined],
      ['CPUUtilization', 4, 'feedback'],
      ['load_5m', 4, undefined],
    ]);
  });
});

describe('the same read asked for twice at once', () => {
  function shared() {
    const pending: (() => void)[] = [];
    const sent: string[] = [];
    const rpc: Rpc = {
      call: ({ action }) => {
        sent.push(action);
        return new Promise((resolve) => pending.push(() => resolve({ number: sent.length })));
      },
    };
    const request = (action: string, id = 'lb-1') =>
      ({ product: 'Slb', version: '', action, query: { id } }) as const;
    const until = (at: number) => ({ deadline: instant(at) });
    const answer = (): void => pending.splice(0).forEach((one) => one());
    return { reads: new SharedReadsRpc(rpc), sent, request, until, answer };
  }

  it('is sent once while it is on its way, and again afterwards', async () => {
    const { reads, sent, request, until, answer } = shared();
    const both = [1, 2].map(() => reads.call(request('DescribeHealthStatus'), until(9)));
    answer();
    const [one, other] = await Promise.all(both);
    expect([one, sent.length]).toEqual([other, 1]);
    const later = reads.call(request('DescribeHealthStatus'), until(9));
    answer();
    await later;
    expect(sent).toHaveLength(2);
  });

  it('is sent by itself with a sooner deadline, for another object, and when it writes', () => {
    const { reads, sent, request, until } = shared();
    void reads.call(request('DescribeHealthStatus'), until(9));
    void reads.call(request('DescribeHealthStatus'), until(8));
    void reads.call(request('DescribeHealthStatus', 'lb-2'), until(9));
    void reads.call(request('SetBackendServers'), until(9));
    void reads.call(request('SetBackendServers'), until(9));
    expect(sent).toHaveLength(5);
  });
});
