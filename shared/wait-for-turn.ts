import { fallOf } from './domain/freshness';
import { type PoolPolicy } from './domain/policy';
import { poolLease } from './domain/store-keys';
import { type Lease, type Tick, type Wake } from './domain/tick';
import { instant, millis, plus, since, type Instant, type Millis } from './domain/units';
import { isAwaitingConfirmation } from './domain/verdict';
import { type Ports } from './ports/ports';

/** How long a worker's claim on a pool lasts between renewals. */
export const LEASE_MS = 45_000;

/** A tick needs at least this long; with less left the worker goes to sleep and the next wake-up takes over. */
export const TICK_MS_MIN = 8_000;

/**
 * A look that something calls for comes at least so long after the one before, or the policy's own `watchInterval` when that is
 * shorter: a storm of 1,000 alarms in 10 s is three looks, not a hundred.
 */
const LOOK_GAP_MS_MAX = 5_000;

export const lookGap = ({ watchIntervalMs }: PoolPolicy): Millis =>
  millis(Math.min(watchIntervalMs, LOOK_GAP_MS_MAX));

interface TurnOptions {
  readonly policy: PoolPolicy;
  readonly deadline: Instant;
  readonly ports: Ports;
  readonly mayWatch: boolean;
}

export interface NextTurn {
  readonly lease: Lease;
  readonly wake: Wake;
  /** Looks in a row, up to and with this one, that were taken only to confirm or clear a suspicion. */
  readonly confirmingLooks: number;
}

/**
 * What calls for another turn under the same lease: a mark, a suspicion that one more look would confirm or clear, or the
 * policy's wish to stay and watch. Waits for it, with the lease renewed for as long as it waits. Null when nothing
 * does, time is short, or the lease was lost.
 */
export async function waitForTurn(
  tick: Tick,
  lease: Lease,
  confirmingLooks: number,
  options: TurnOptions,
): Promise<NextTurn | null> {
  const { ports, deadline } = options;
  const call = await nextCall(tick, confirmingLooks, options);
  if (call === null) return null;
  const now = ports.clock.now();
  const pauseMs = millis(Math.max(0, since(now, call.dueAt)));
  if (plus(now, pauseMs + TICK_MS_MIN) > deadline) return null;
  const renewed = await ports.store.renewLease(lease, millis(pauseMs + LEASE_MS));
  if (renewed === null) return null;
  await ports.clock.sleep(pauseMs);
  return {
    lease: renewed,
    wake: { source: call.source, detail: call.detail, at: ports.clock.now() },
    confirmingLooks: call.isConfirming ? confirmingLooks + 1 : 0,
  };
}

interface Call extends Pick<Wake, 'source' | 'detail'> {
  readonly dueAt: Instant;
  readonly isConfirming: boolean;
}

async function nextCall(
  tick: Tick,
  confirmingLooks: number,
  options: TurnOptions,
): Promise<Call | null> {
  const { policy, ports } = options;
  const { startedAt } = tick.request;
  if (await ports.store.isDirty(poolLease(policy.name)))
    return {
      source: 'dirty',
      detail: 'marked while the last turn ran',
      dueAt: plus(startedAt, lookGap(policy)),
      isConfirming: false,
    };
  if (mayConfirm(tick, confirmingLooks, options))
    return {
      source: 'watch',
      detail: 'a suspicion to confirm or clear',
      dueAt: instant(0),
      isConfirming: true,
    };
  if (!isWatched(tick, options)) return null;
  return {
    source: 'watch',
    detail: `watch: ${policy.watch}`,
    dueAt: plus(startedAt, policy.watchIntervalMs),
    isConfirming: false,
  };
}

/**
 * A suspicion is looked into at once, whatever `watch` says: a fault between two timers is then out within the minute that
 * found it. Bounded by the looks that a verdict can need; what they neither confirm nor clear waits as usual.
 */
const mayConfirm = (
  { proposal }: Tick,
  confirmingLooks: number,
  { policy, mayWatch }: TurnOptions,
): boolean =>
  mayWatch &&
  confirmingLooks < fallOf(policy.heal) - 1 &&
  proposal.verdicts.some(isAwaitingConfirmation);

/** Whether the policy wants the worker to stay awake after this tick. */
export const isWatched = ({ proposal }: Tick, { policy, mayWatch }: TurnOptions): boolean =>
  mayWatch && (policy.watch === 'always' || (policy.watch === 'unsteady' && proposal.isUnsteady));
