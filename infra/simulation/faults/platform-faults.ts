import { poolLease } from '../../../shared/domain/store-keys';
import { type FaultKind } from '../fault-kinds';
import { mutated } from '../mutate';
import { type Straying } from '../deployment';
import { type Trouble } from '../unreliable-rpc';
import { type Inject, minutes } from './field';

const PRODUCTS = [null, 'Slb', 'Ecs', 'Cms', 'Alidns'] as const;

/** For a while some calls of one product, or of all, go wrong in one way. Each call that does is counted. */
const trouble =
  (fault: Trouble['fault'], share: readonly [number, number]): Inject =>
  (field, dice) => {
    const { troubles, regions } = field.cosmos;
    const regionId = dice.pick([...regions.keys()]);
    const product = fault.startsWith('metrics') ? 'Cms' : dice.pick(PRODUCTS);
    const until = field.now + minutes(dice, 1, 8);
    const one = { fault, product, share: dice.between(...share), until };
    const others = (troubles.get(regionId) ?? []).filter((other) => other.until > field.now);
    troubles.set(regionId, [one, ...others]);
  };

/** For a while some deliveries of events, alarms and queued calls stray in one way. */
const straying =
  (kind: Straying['kind']): Inject =>
  (field, dice) => {
    const deployment = field.deployment(dice);
    const until = field.now + minutes(dice, 2, 15);
    deployment.straying = [
      { kind, share: dice.between(100, 700), until },
      ...deployment.straying.filter((other) => other.until > field.now),
    ];
  };

/** Two more workers for every pool at the same time. */
const concurrentWorkers: Inject = (field, dice) => {
  const deployment = field.deployment(dice);
  const { pools, names, failover, regionId } = deployment.fleet;
  const here = pools.filter((pool) => failover === null || pool.regionId === regionId);
  const wake = { source: 'timer', detail: 'one more worker', at: field.now };
  const atHome = names.filter(({ homeRegionId }) => homeRegionId === regionId);
  const send = (functionName: string, payload: object): void => {
    for (let count = 0; count < 2; count += 1)
      deployment.run(functionName, payload).catch(() => undefined);
  };
  if (deployment.isDark) return;
  if (here.length > 0)
    send('reconcile-pool', { pools: here.map(({ name }) => name).slice(0, 20), wake });
  if (atHome.length > 0)
    send('reconcile-failover', { names: atHome.map(({ name }) => name), wake });
  field.tell('concurrent-worker', regionId, 'all pools');
};

const storeLost: Inject = (field, dice) => {
  const deployment = field.deployment(dice);
  deployment.store.lose();
  field.tell('store-lost', deployment.regionId, 'store');
};

const storeUnreachable: Inject = (field, dice) => {
  const { store, regionId } = field.deployment(dice);
  store.unreachableShare = dice.pick([200, 500, 1000]);
  field.tell('store-unreachable', regionId, `${store.unreachableShare} ‰ of its calls`);
  field.until(minutes(dice, 1, 10), () => (store.unreachableShare = 0));
};

/** Somebody writes nonsense into the store, or marks a pool once more. */
const storeTampered: Inject = (field, dice) => {
  const { store, regionId, fleet } = field.deployment(dice);
  const pool = dice.pick(fleet.pools);
  const tamper = async (): Promise<void> => {
    const { inside } = store;
    if (dice.happens(200)) {
      await inside.markDirty(poolLease(pool.name), { reason: 'forged', at: 0 });
      return;
    }
    const keys = [...(await inside.list('memory/')), ...(await inside.list('drains/'))];
    if (keys.length === 0) return;
    const key = dice.pick(keys);
    const stored = await inside.read(key);
    const nonsense = mutated(stored?.value ?? null, (below) => dice.between(0, below - 1));
    await inside.compareAndSet(key, nonsense, stored?.version ?? null);
  };
  field.tell('store-tampered', regionId, pool.name);
  void tamper();
};

/** The clocks of a deployment’s instances go wrong by up to ten minutes, and right again. */
const clockStep: Inject = (field, dice) => {
  const deployment = field.deployment(dice);
  const skewMs = dice.between(-600_000, 600_000);
  deployment.skewMs = skewMs;
  field.tell('clock-step', deployment.regionId, `${Math.round(skewMs / 1000)} s`);
  field.until(minutes(dice, 1, 10), () => (deployment.skewMs = 0));
};

export const PLATFORM_FAULTS: Readonly<Partial<Record<FaultKind, Inject>>> = {
  throttling: trouble('throttling', [100, 1000]),
  'timeout-before-effect': trouble('timeout-before-effect', [50, 500]),
  'timeout-after-effect': trouble('timeout-after-effect', [50, 500]),
  'api-outage': trouble('api-outage', [500, 1000]),
  'api-refused': trouble('api-refused', [500, 1000]),
  'metrics-missing': trouble('metrics-missing', [300, 1000]),
  'metrics-stale': trouble('metrics-stale', [300, 1000]),
  'metrics-contradictory': trouble('metrics-contradictory', [300, 1000]),
  'event-lost': straying('event-lost'),
  'event-late': straying('event-late'),
  'event-doubled': straying('event-doubled'),
  'event-reordered': straying('event-reordered'),
  'concurrent-worker': concurrentWorkers,
  'store-lost': storeLost,
  'store-unreachable': storeUnreachable,
  'store-tampered': storeTampered,
  'clock-step': clockStep,
};
