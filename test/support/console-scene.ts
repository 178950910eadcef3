import { type PoolPolicy } from '../../shared/domain/policy';
import { type BackendSnapshot, type PoolMetrics } from '../../shared/domain/pool';
import { poolLease } from '../../shared/domain/store-keys';
import { type Lease } from '../../shared/domain/tick';
import { instant, millis } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import { type StateStore } from '../../shared/ports/state-store';
import { type TickArchive } from '../../shared/ports/tick-archive';
import { recordTick } from '../../shared/record/record-tick';
import { aBackend, aPolicy, type BackendParts, NOW, ok, type PolicyParts } from './builders';
import { aWorld, type PureWorld, turn } from './pure-world';
import { type TestClock } from './test-clock';

export interface SceneOptions {
  readonly name: string;
  readonly count: number;
  /** Looks, half a minute apart, the last of them now. */
  readonly looks: number;
  readonly policy?: PolicyParts;
  /** What is different about a backend at a look; look 0 is the last one. */
  readonly special?: (index: number, looksAgo: number) => BackendParts;
  readonly idOf?: (index: number) => string;
  readonly store: StateStore;
  readonly archive: TickArchive;
  readonly clock: TestClock;
}

const LOOK_MS = 30_000;
const INSTANT_FROM = 1e12;

/** The same values as if they had been seen so much later or earlier. */
const shifted = <T>(value: T, byMs: number): T =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'number' && each > INSTANT_FROM ? each + byMs : each,
  ) as T;

const metricsAt = (looksAgo: number, failing: number): PoolMetrics => ({
  unhealthyServerCount: ok(0),
  qps: ok(400 + Math.round(60 * Math.sin(looksAgo / 9))),
  responseTimeMs: ok(38 + 4 * failing),
  upstream5xx: ok(2 * failing),
});

/** A pool with a history, and a next look whenever one is wanted. */
export interface Scene {
  readonly policy: PoolPolicy;
  /** Looks once, so many looks before `NOW`; a negative number is after it. */
  readonly look: (looksAgo: number) => Promise<void>;
}

/** Plays a pool’s history through the real decisions, guards and records, into a store and an archive. Gives its policy. */
export const playScene = async (options: SceneOptions): Promise<PoolPolicy> =>
  (await beginScene(options)).policy;

/** The same, for a pool whose history goes on. */
export async function beginScene(options: SceneOptions): Promise<Scene> {
  const { name, store, looks } = options;
  const policy = { ...aPolicy(options.policy), name };
  const lease = await store.acquireLease(poolLease(name), 'scene', millis(looks * LOOK_MS * 2));
  let world: PureWorld = aWorld();
  const look = async (looksAgo: number): Promise<void> => {
    world = await lookOnce(world, looksAgo, { ...options, made: policy, lease: lease! });
  };
  for (let looksAgo = looks - 1; looksAgo >= 0; looksAgo -= 1) await look(looksAgo);
  return { policy, look };
}

async function lookOnce(
  before: PureWorld,
  looksAgo: number,
  options: SceneOptions & { readonly made: PoolPolicy; readonly lease: Lease },
): Promise<PureWorld> {
  const { name, clock, store, archive, made: policy, lease } = options;
  const byMs = -looksAgo * LOOK_MS;
  clock.advance(NOW + byMs - clock.now());
  const world = { ...before, now: instant(NOW + byMs) };
  const seen = shifted(seenAt(options, looksAgo), byMs);
  const { pool, proposal, plan, world: next } = turn(world, { ...seen, poolName: name }, policy);
  const request = {
    ...{ tickId: `tick-${name}-${looksAgo}`, policy, policyHash: 'p', lease },
    wake: { source: 'timer' as const, detail: '', at: world.now },
    ...{ startedAt: world.now, deadline: instant(world.now + 60_000) },
  };
  const steps = plan.steps.map(({ stepId }) => ({
    ...{ stepId, startedAt: world.now, finishedAt: world.now },
    result: { kind: 'done' as const, detail: '' },
  }));
  const quiet = () => undefined;
  const ports = {
    ...{ store, archive, clock, writes: 'recorded' },
    alerts: { raise: async () => Promise.resolve() },
    log: { info: quiet, warn: quiet, error: quiet },
  } as unknown as Ports;
  await recordTick({ request, pool, proposal, plan, outcome: { steps } }, ports);
  return next;
}

function seenAt(
  { count, special = () => ({}), idOf = (index) => `i-${index}` }: SceneOptions,
  looksAgo: number,
): { readonly backends: readonly BackendSnapshot[]; readonly metrics: PoolMetrics } {
  const parts = Array.from({ length: count }, (_, index) => special(index, looksAgo));
  const failing = parts.filter(({ window }) => (window?.failures ?? 0) > 0).length;
  return {
    backends: parts.map((each, index) => aBackend(idOf(index), each)),
    metrics: metricsAt(looksAgo, failing),
  };
}
