import { afterEach, describe, expect, it } from '@jest/globals';
import { missing } from '../../shared/domain/reading';
import { type Instant } from '../../shared/domain/units';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { createWorld, type World } from '../support/in-process-world';
import { aNamePolicy } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName } from '../support/name-world';
import { watchPorts } from '../support/watched-ports';

/** What the loop leans on. `permission`: keys that have expired or a role that was taken away. */
const SERVICES = ['openapi', 'permission', 'metrics', 'dns', 'store'] as const;
type Service = (typeof SERVICES)[number];

/** Every combination of them, the empty one last. */
const COMBINATIONS: readonly (readonly [string, ReadonlySet<Service>])[] = Array.from(
  { length: 2 ** SERVICES.length },
  (_, bits) => {
    const down = SERVICES.filter((_service, index) => (bits & (1 << index)) !== 0);
    return [down.length === 0 ? 'nothing' : down.join(' and '), new Set(down)] as const;
  },
);
const QUARTER_MS = 15 * 60_000;
const MINUTES = 31;
/** All of it down at once lasts longer. */
const MINUTES_OF_ALL = 24 * 60;
const minutesOf = (down: ReadonlySet<Service>): number =>
  down.size === SERVICES.length ? MINUTES_OF_ALL : MINUTES;

interface Told {
  readonly key: string;
  readonly at: Instant;
}

/** Alerts of one quarter of an hour that have the same key: more than one only where nobody can note that one was raised. */
function mostOfAKind(alerts: readonly Told[]): number {
  const counts = new Map<string, number>();
  for (const { key } of alerts) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** By now, and as many quarters as there were: two alerts of a kind are at least a quarter apart, or of one key. */
function expectOneAQuarter(alerts: readonly Told[], minutes: number): void {
  const kinds = new Set(alerts.map(({ key }) => key.slice(0, key.lastIndexOf('/'))));
  const keys = new Set(alerts.map(({ key }) => key));
  const quarters = Math.ceil((minutes * 60_000) / QUARTER_MS) + 1;
  expect(keys.size).toBeLessThanOrEqual(kinds.size * quarters);
}

describe('a pool while services fail', () => {
  const worlds: World[] = [];
  afterEach(() => worlds.splice(0).forEach((world) => world.stop()));
  const SICK = 2;
  /** Calls of one look, each tried four times at most, and a few looks a minute. */
  const CALLS_A_MINUTE_MAX = 120;

  function breakdown(world: World, down: ReadonlySet<Service>) {
    const { faults } = world.region.controlPlane;
    if (down.has('openapi'))
      for (const product of ['Slb', 'Ecs'] as const) faults.set('internal-error', { product });
    if (down.has('metrics')) faults.set('throttling', { product: 'Cms' });
    if (down.has('dns')) faults.set('html', { product: 'Alidns' });
    if (down.has('permission')) faults.set('forbidden');
    const state = { isOver: false };
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (!state.isOver && down.has('store') && call.name.startsWith('store.'))
        return Promise.reject(new StoreUnavailable('no answer'));
      return proceed();
    });
    const end = () => {
      state.isOver = true;
      faults.clear();
    };
    return { ports, end };
  }

  it.each(COMBINATIONS)(
    '%s: holds, calls people once, storms nobody and goes on',
    async (_, down) => {
      const world = await createWorld({
        count: 6,
        policy: { watch: 'unsteady', ladder: { rungs: ['drain'] } },
      });
      worlds.push(world);
      await world.tick();
      const { ports, end } = breakdown(world, down);
      await world.region.ecs.injectFaults(world.instanceIds[SICK]!, { isCrashed: true });
      const isBlind = ['openapi', 'permission', 'store'].some((one) => down.has(one as Service));
      const weights = world.weights();
      const calls = () =>
        Object.values(world.region.requestLog.counts()).reduce((a, b) => a + b, 0);
      for (let minute = 0; minute < minutesOf(down); minute += 1) {
        const [before, at] = [calls(), world.clock.now()];
        await world.work({ ports, mayWatch: true, spanMs: 25_000 });
        await world.pass(60_000 - ((world.clock.now() - at) % 60_000));
        expect(calls() - before).toBeLessThanOrEqual(down.has('store') ? 0 : CALLS_A_MINUTE_MAX);
      }
      if (isBlind) {
        expect(world.weights()).toEqual(weights);
        expect(world.writes()).toBe(0);
        const reason = down.has('store') ? 'store-unavailable' : 'cloud-unreadable';
        expect(new Set(world.alerts.map((alert) => alert.reason))).toEqual(new Set([reason]));
      } else expect(world.weightOf(world.instanceIds[SICK]!)).toBe(0);
      expectOneAQuarter(world.alerts, minutesOf(down));
      if (!down.has('store')) expect(mostOfAKind(world.alerts)).toBeLessThanOrEqual(1);

      end();
      for (let minute = 0; minute < 10; minute += 1) {
        await world.work({ spanMs: 25_000, mayWatch: true });
        await world.pass(30_000);
      }
      expect(world.weightOf(world.instanceIds[SICK]!)).toBe(0);
      await world.region.ecs.clearFaults(world.instanceIds[SICK]!);
      for (let minute = 0; minute < 20; minute += 1) {
        await world.work({ spanMs: 55_000, mayWatch: true });
        await world.pass(20_000);
      }
      expect(world.weights()).toEqual(weights);
      const writes = world.writes();
      for (let minute = 0; minute < 5; minute += 1) {
        await world.tick();
        await world.pass(60_000);
      }
      expect(world.writes()).toBe(writes);
    },
  );

  it('writes nothing from the moment on in which the store goes, however far the tick was', async () => {
    for (let survived = 0; survived < 60; survived += 3) {
      const world = await createWorld({ count: 6, policy: { ladder: { rungs: ['drain'] } } });
      worlds.push(world);
      await world.tick();
      await world.region.ecs.injectFaults(world.instanceIds[SICK]!, { isCrashed: true });
      for (let look = 0; look < 8; look += 1) {
        await world.pass(20_000);
        let left = survived;
        const atLoss: number[] = [];
        const ports = watchPorts(world.ports, (call, proceed) => {
          if (!call.name.startsWith('store.')) return proceed();
          left -= 1;
          if (left >= 0) return proceed();
          atLoss.push(world.writes());
          return Promise.reject(new StoreUnavailable('no answer'));
        });
        await world.work({ ports });
        if (atLoss.length > 0) expect(world.writes()).toBe(atLoss[0]);
        await world.pass(45_000);
      }
      world.stop();
    }
  });
});

describe('a name while services fail', () => {
  const HOLD_SECONDS = aNamePolicy().holdDownMs / 1000;
  const CALLS_A_MINUTE_MAX = 60;

  function breakdown(name: LiveName, down: ReadonlySet<Service>) {
    if (down.has('openapi')) {
      for (const { regionId } of name.policy.vantages) name.vantages.silent.add(regionId);
      for (const { poolName } of name.policy.sites) name.pools.unreachable.add(poolName ?? '');
    }
    if (down.has('dns')) name.faults.set('internal-error');
    if (down.has('permission')) name.faults.set('forbidden');
    if (down.has('metrics'))
      for (const { poolName } of name.policy.sites) {
        const unread = missing('read-failed');
        name.pools.capacities.set(poolName ?? '', {
          load: unread,
          traffic: unread,
          errorShare: unread,
        });
      }
    const state = { isOver: false, calls: 0 };
    const ports = watchNamePorts(name.ports, (call, proceed) => {
      if (call.name.startsWith('dns.')) state.calls += 1;
      if (!state.isOver && down.has('store') && call.name.startsWith('store.'))
        return Promise.reject(new StoreUnavailable('no answer'));
      return proceed();
    });
    const end = () => {
      state.isOver = true;
      name.faults.clear();
      name.vantages.silent.clear();
      name.pools.capacities.clear();
      name.kill('a');
    };
    return { ports, end, calls: () => state.calls };
  }

  it.each(COMBINATIONS)(
    '%s: holds, calls people once, storms nobody and goes on',
    async (_, down) => {
      const name = createLiveName();
      await name.watch(60);
      name.kill('a');
      const { ports, end, calls } = breakdown(name, down);
      const shown = name.shown();
      const isHeld = ['openapi', 'permission', 'dns', 'store'].some((one) =>
        down.has(one as Service),
      );
      for (let minute = 0; minute < minutesOf(down); minute += 1) {
        const [before, at] = [calls(), name.clock.now()];
        await name.work({ ports, mayWatch: true, spanMs: 25_000 });
        await name.pass(60_000 - ((name.clock.now() - at) % 60_000));
        expect(calls() - before).toBeLessThanOrEqual(down.has('store') ? 0 : CALLS_A_MINUTE_MAX);
      }
      if (isHeld) {
        expect(name.shown()).toEqual(shown);
        expect(name.changes).toEqual([]);
      } else expect(name.shown()[0]).toMatch(/^a default off/);
      expectOneAQuarter(name.alerts, minutesOf(down));
      if (!down.has('store')) expect(mostOfAKind(name.alerts)).toBeLessThanOrEqual(1);

      end();
      await name.watch(HOLD_SECONDS + 60);
      expect(name.shown()[0]).toMatch(/^a default off/);
      expect(name.emptied).toEqual([]);
    },
  );
});
