import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BEHAVIOUR } from '../../../infra/local/slb/behaviour';
import { type Listener, listenerDefaults, type Scheduler } from '../../../infra/local/slb/listener';
import { ListenerRouter } from '../../../infra/local/slb/listener-router';
import { memberKey, type RouteMember } from '../../../infra/local/slb/load-balancer';
import { type BehaviourSwitches } from '../../support/slb-world';

const member = (serverId: string, weight: number): RouteMember => ({
  serverId,
  weight,
  address: '127.0.0.1',
  port: 1,
});
const listenerWith = (scheduler: Scheduler): Listener => ({
  loadBalancerId: 'lb-1',
  protocol: 'tcp',
  port: 80,
  status: 'running',
  settings: { ...listenerDefaults('tcp'), scheduler },
});

const world = (
  weights: Record<string, number>,
  options: { readonly scheduler?: Scheduler; readonly behaviour?: BehaviourSwitches } = {},
) => {
  const sick = new Set<string>();
  const members = Object.entries(weights).map(([serverId, weight]) => member(serverId, weight));
  const listener = listenerWith(options.scheduler ?? 'wrr');
  const health = { isFit: (_listener: Listener, one: RouteMember) => !sick.has(one.serverId) };
  const router = new ListenerRouter({ listener, members }, health, {
    ...DEFAULT_BEHAVIOUR,
    ...options.behaviour,
  });
  const pick = (source = '192.0.2.1', port = 1, active: Record<string, number> = {}) =>
    router.pick(
      { sourceAddress: source, sourcePort: port },
      (key) => active[key.split(':')[0]!] ?? 0,
    )?.serverId;
  const counted = (picks: number) => {
    const counts: Record<string, number> = {};
    for (let index = 0; index < picks; index++) {
      const id = pick() ?? 'none';
      counts[id] = (counts[id] ?? 0) + 1;
    }
    return counts;
  };
  return { router, listener, sick, pick, counted };
};

describe('weighted round robin', () => {
  it('splits exactly by weight in every full round, without bursts', () => {
    const { pick, counted } = world({ a: 30, b: 90 });
    expect([pick(), pick(), pick(), pick()]).toEqual(['b', 'a', 'b', 'b']);
    expect(counted(400)).toEqual({ a: 100, b: 300 });
  });

  it('sends nothing to weight 0, and nothing to the abnormal', () => {
    const { counted, sick } = world({ a: 50, b: 50, c: 0 });
    sick.add('b');
    expect(counted(100)).toEqual({ a: 100 });
  });

  it('follows changed weights at once', () => {
    const { router, listener, counted } = world({ a: 50, b: 50 });
    counted(7);
    expect(router.update(listener, [member('a', 10), member('b', 90)])).toEqual([]);
    const counts = counted(1000);
    expect(Math.abs((counts['a'] ?? 0) - 100)).toBeLessThanOrEqual(1);
  });

  it('says who is gone', () => {
    const { router, listener } = world({ a: 1, b: 1 });
    expect(router.update(listener, [member('b', 1)]).map(memberKey)).toEqual(['a:1']);
  });
});

describe('other schedulers', () => {
  it('round robin ignores weights, but not weight 0', () => {
    expect(world({ a: 1, b: 99, c: 0 }, { scheduler: 'rr' }).counted(100)).toEqual({
      a: 50,
      b: 50,
    });
  });

  it('weighted least connections prefers the idle and the heavy', () => {
    const { pick } = world({ a: 50, b: 100 }, { scheduler: 'wlc' });
    expect(pick('s', 1, { a: 0, b: 0 })).toBe('b');
    expect(pick('s', 1, { a: 0, b: 5 })).toBe('a');
  });

  it('the source hash keeps a source, the tuple hash spreads its connections', () => {
    const bySource = world({ a: 50, b: 50 }, { scheduler: 'sch' });
    const byTuple = world({ a: 50, b: 50 }, { scheduler: 'tch' });
    const ports = Array.from({ length: 50 }, (_, index) => 40_000 + index);
    expect(new Set(ports.map((port) => bySource.pick('192.0.2.9', port))).size).toBe(1);
    expect(new Set(ports.map((port) => byTuple.pick('192.0.2.9', port))).size).toBe(2);
  });
});

describe('readings that the documents leave open', () => {
  it('all abnormal: nothing, or spread over all that have a weight', () => {
    for (const whenAllAbnormal of ['fail-closed', 'fail-open'] as const) {
      const { counted, sick } = world({ a: 50, b: 50, c: 0 }, { behaviour: { whenAllAbnormal } });
      for (const id of ['a', 'b', 'c']) sick.add(id);
      expect(counted(10)).toEqual(whenAllAbnormal === 'fail-open' ? { a: 5, b: 5 } : { none: 10 });
    }
  });

  it('a session at weight 0: kept, or sent elsewhere', () => {
    for (const stickyAtWeightZero of ['keep-session', 'follow-weight'] as const) {
      const { router } = world({ a: 0, b: 50 }, { behaviour: { stickyAtWeightZero } });
      expect(router.stay((one) => one.serverId === 'a')?.serverId).toBe(
        stickyAtWeightZero === 'keep-session' ? 'a' : undefined,
      );
    }
  });

  it('a session never stays with the abnormal or the removed', () => {
    const { router, sick } = world({ a: 50, b: 50 });
    sick.add('a');
    expect(router.stay((one) => one.serverId === 'a')).toBeUndefined();
    expect(router.stay((one) => one.serverId === 'z')).toBeUndefined();
    expect(router.stay((one) => one.serverId === 'b')?.serverId).toBe('b');
  });
});
