import { CloudError } from './domain/cloud-error';
import { type Alert } from './domain/proposal';
import { type PoolPolicy } from './domain/policy';
import { type PoolSnapshot } from './domain/pool';
import { type PoolMemory } from './domain/memory';
import { memoryKey, poolLease } from './domain/store-keys';
import { type Lease, type Tick, type Wake } from './domain/tick';
import { clamp, instant, millis, plus, since, type Instant } from './domain/units';
import { type Ports } from './ports/ports';
import { StoreUnavailable } from './ports/state-store';
import { raiseOnce } from './record/raise-once';
import { reconcile } from './reconcile';
import { isWatched, LEASE_MS, lookGap, TICK_MS_MIN, waitForTurn } from './wait-for-turn';

/**
 * How much of a worker's claim on a pool is left unused: a successor can only start once the claim has run out in the
 * store, by which time no write of ours can still be on its way.
 */
const LEASE_RESERVE_MS = 12_000;

export interface WorkOptions {
  readonly policy: PoolPolicy;
  readonly policyHash: string;
  /** Asked before each further turn; false ends the work, so that one worker has one policy. Left out: the policy cannot change. */
  readonly isPolicyCurrent?: () => boolean;
  readonly wake: Wake;
  /** The worker must have returned by then: the function's time-out less a reserve. */
  readonly deadline: Instant;
  readonly holder: string;
  readonly newTickId: () => string;
  readonly ports: Ports;
  /** False for a single look (a person's `reconcile`), whatever `watch` says. */
  readonly mayWatch: boolean;
  readonly onTick?: (tick: Tick) => void;
}

export type WorkResult =
  | {
      readonly kind: 'worked';
      readonly ticks: number;
      readonly lastTickId: string;
      readonly isUnsteady: boolean;
      /** The time was up while the policy wanted somebody to stay and watch, or the policy was changed: a successor is due at once. */
      readonly isHandedOver: boolean;
    }
  /** Another worker holds the pool; the mark set by whoever woke us makes it run again. */
  | { readonly kind: 'busy' }
  /** The cloud could not be read: nothing was changed, people were told once. */
  | { readonly kind: 'blind'; readonly ticks: number; readonly code: string };

/**
 * One worker on one pool: takes the lease, runs the loop until nothing calls for another turn, gives the lease back.
 * Marks are cleared *before* the world is observed, so that an event arriving meanwhile leads to another turn; a mark set
 * in the instant before the lease is given back is looked for once more afterwards. Without the state store nothing is
 * written to the cloud: people are told, and the next wake-up tries again.
 */
export async function workPool(options: WorkOptions): Promise<WorkResult> {
  try {
    return await workWhileCalled(options);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    await raiseOnce(options.policy.name, storeAlert(options.policy, error), options.ports);
    return { kind: 'blind', ticks: 0, code: 'StoreUnavailable' };
  }
}

async function workWhileCalled(options: WorkOptions): Promise<WorkResult> {
  const { ports, policy } = options;
  let result: WorkResult = { kind: 'busy' };
  for (let wake: Wake | null = options.wake; wake !== null;) {
    const lease = await ports.store.acquireLease(
      poolLease(policy.name),
      options.holder,
      millis(LEASE_MS),
    );
    if (lease === null) return result;
    try {
      result = await workUnderLease(lease, wake, options);
    } finally {
      await ports.store.releaseLease(lease);
    }
    wake = await leftOverWake(result, options);
  }
  return result;
}

async function leftOverWake(
  result: WorkResult,
  { ports, policy, deadline }: WorkOptions,
): Promise<Wake | null> {
  const now = ports.clock.now();
  if (result.kind !== 'worked' || result.isHandedOver || plus(now, TICK_MS_MIN) > deadline)
    return null;
  return (await ports.store.isDirty(poolLease(policy.name)))
    ? { source: 'dirty', detail: 'marked while the last turn ended', at: now }
    : null;
}

async function workUnderLease(
  acquired: Lease,
  firstWake: Wake,
  options: WorkOptions,
): Promise<WorkResult> {
  const { ports, policy } = options;
  let lease = acquired;
  let previous: PoolSnapshot | null = null;
  let wake = firstWake;
  let confirmingLooks = 0;
  await restAfterLook(firstWake, options);
  for (let ticks = 1; ; ticks += 1) {
    const marks = await ports.store.clearDirty(poolLease(policy.name));
    const detail = [wake.detail, ...marks.map((mark) => mark.reason)].slice(0, 5).join('; ');
    const source = marks.length > 0 && wake.source === 'watch' ? 'dirty' : wake.source;
    const turn = await turnOnce({ ...wake, source, detail }, withReserve(lease), previous, options);
    if (turn.kind === 'blind') return { kind: 'blind', ticks, code: turn.code };
    options.onTick?.(turn.tick);
    previous = turn.tick.pool;
    const next = await waitForTurn(turn.tick, lease, confirmingLooks, options);
    const isReplaced = next !== null && options.isPolicyCurrent?.() === false;
    if (next === null || isReplaced) {
      return {
        kind: 'worked',
        ticks,
        lastTickId: turn.tick.request.tickId,
        isUnsteady: turn.tick.proposal.isUnsteady,
        // After a single turn there was no time to watch at all: a successor would have none either.
        isHandedOver: isReplaced || (ticks > 1 && isWatched(turn.tick, options)),
      };
    }
    ({ lease, wake, confirmingLooks } = next);
  }
}

/** Alarms and events rest until the gap after the last look is over; what arrives meanwhile only marks the pool. */
async function restAfterLook({ source }: Wake, { ports, policy }: WorkOptions): Promise<void> {
  if (source === 'timer' || source === 'operator') return;
  const stored = await ports.store.read(memoryKey(policy.name));
  const lastLookAt = (stored?.value as Partial<PoolMemory> | null | undefined)?.updatedAt;
  if (typeof lastLookAt !== 'number') return;
  const gapMs = lookGap(policy);
  await ports.clock.sleep(millis(clamp(gapMs - since(lastLookAt, ports.clock.now()), 0, gapMs)));
}

const withReserve = (lease: Lease): Lease => ({
  ...lease,
  expiresAt: plus(lease.expiresAt, -LEASE_RESERVE_MS),
});

type Turn =
  | { readonly kind: 'done'; readonly tick: Tick }
  | { readonly kind: 'blind'; readonly code: string };

async function turnOnce(
  wake: Wake,
  lease: Lease,
  previous: PoolSnapshot | null,
  options: WorkOptions,
): Promise<Turn> {
  const { ports, policy, policyHash, deadline } = options;
  const startedAt = ports.clock.now();
  const request = {
    tickId: options.newTickId(),
    policy,
    policyHash,
    wake,
    startedAt,
    deadline: instant(Math.min(deadline, lease.expiresAt)),
    lease,
  };
  try {
    return { kind: 'done', tick: await reconcile(request, ports, previous) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    await raiseOnce(policy.name, blindAlert(policy, error), ports);
    ports.log.error('the pool could not be observed; nothing was changed', {
      pool: policy.name,
      code: error.details.code,
      action: error.details.action,
    });
    return { kind: 'blind', code: error.details.code };
  }
}

const blindAlert = (policy: PoolPolicy, error: CloudError): Alert => ({
  key: 'blind',
  severity: 'critical',
  reason: 'cloud-unreadable',
  instanceId: null,
  message: `${policy.name}: ${error.message}. Nothing is changed until the pool can be read again.`,
});

const storeAlert = (policy: PoolPolicy, error: StoreUnavailable): Alert => ({
  key: 'store',
  severity: 'critical',
  reason: 'store-unavailable',
  instanceId: null,
  message: `${policy.name}: the state store cannot be reached (${error.message}). Nothing is written to the cloud without it.`,
});
