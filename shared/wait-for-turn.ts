import { type Watch } from './domain/policy';
import { type Lease, type Wake } from './domain/tick';
import { instant, millis, plus, since, type Instant, type Millis } from './domain/units';
import { type Clock } from './ports/clock';
import { type StateStore } from './ports/state-store';
import { type WatchSlots } from './watch-slots';

/** How long a worker's claim lasts between renewals. */
export const LEASE_MS = 45_000;

/** A tick needs at least this long; with less left the worker goes to sleep and the next wake-up takes over. */
export const TICK_MS_MIN = 8_000;

/**
 * A look that something calls for comes at least so long after the one before, or the policy's own `watchInterval` when that is
 * shorter: a storm of 1,000 alarms in 10 s is three looks, not a hundred.
 */
const LOOK_GAP_MS_MAX = 5_000;

interface Watching {
  readonly watch: Watch;
  readonly watchIntervalMs: Millis;
}

export const lookGap = ({ watchIntervalMs }: Pick<Watching, 'watchIntervalMs'>): Millis =>
  millis(Math.min(watchIntervalMs, LOOK_GAP_MS_MAX));

export interface TurnOptions {
  readonly policy: Watching;
  /** Lease and mark of what is worked on. */
  readonly leaseName: string;
  readonly deadline: Instant;
  readonly ports: { readonly store: StateStore; readonly clock: Clock };
  readonly mayWatch: boolean;
  /** Places for workers that stay awake; left out: nobody counts them. */
  readonly watchSlots?: WatchSlots | undefined;
}

/** What a look came to, as far as it matters for the next one. */
export interface Look {
  readonly tickId: string;
  readonly startedAt: Instant;
  readonly isUnsteady: boolean;
  /** Looks in a row that a suspicion of this tick may call for at once; 0 without one. */
  readonly confirmingLooksMax: number;
  /** No place to stay awake was left when the look began, as its tick says. */
  readonly foundFull?: boolean;
}

export interface NextTurn {
  readonly lease: Lease;
  readonly wake: Wake;
  /** Looks in a row, up to and with this one, that were taken only to confirm or clear a suspicion. */
  readonly confirmingLooks: number;
}

/** Why no turn follows: nothing calls for one, or everybody who may stay awake does already. */
export type NoTurn = 'at-rest' | 'watchers-full';

/**
 * What calls for another turn under the same lease: a mark, a suspicion that one more look would confirm or clear, or the
 * policy's wish to stay and watch, while there is a place for one more who does. Waits for it, with the lease renewed for as long as it
 * waits. `at-rest` when nothing does, time is short, or the lease was lost.
 */
export async function waitForTurn(
  look: Look,
  lease: Lease,
  confirmingLooks: number,
  options: TurnOptions,
): Promise<NextTurn | NoTurn> {
  const { ports, deadline } = options;
  const call = await nextCall(look, confirmingLooks, options);
  if (call === null) return 'at-rest';
  const now = ports.clock.now();
  const pauseMs = millis(Math.max(0, since(now, call.dueAt)));
  if (plus(now, pauseMs + TICK_MS_MIN) > deadline) return 'at-rest';
  if (call.needsPlace && !(await hasPlace(look, options))) return 'watchers-full';
  const renewed = await ports.store.renewLease(lease, millis(pauseMs + LEASE_MS));
  if (renewed === null) return 'at-rest';
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
  /** It waits for nothing that has happened: an instance is kept for it. */
  readonly needsPlace: boolean;
}

async function nextCall(
  look: Look,
  confirmingLooks: number,
  options: TurnOptions,
): Promise<Call | null> {
  const { policy, ports, leaseName } = options;
  const { startedAt } = look;
  if (await ports.store.isDirty(leaseName))
    return {
      source: 'dirty',
      detail: 'marked while the last turn ran',
      dueAt: plus(startedAt, lookGap(policy)),
      isConfirming: false,
      needsPlace: false,
    };
  if (mayConfirm(look, confirmingLooks, options))
    return {
      source: 'watch',
      detail: 'a suspicion to confirm or clear',
      dueAt: instant(0),
      isConfirming: true,
      needsPlace: false,
    };
  if (!isWatched(look, options)) return null;
  return {
    source: 'watch',
    detail: `watch: ${policy.watch}`,
    dueAt: plus(startedAt, policy.watchIntervalMs),
    isConfirming: false,
    needsPlace: true,
  };
}

/** What the tick said before its look holds: a worker that was told that there is no place does not stay. */
const hasPlace = async (look: Look, { watchSlots }: TurnOptions): Promise<boolean> =>
  look.foundFull !== true && (watchSlots === undefined || (await watchSlots.stay()));

/**
 * A suspicion is looked into at once, whatever `watch` says: a fault between two timers is then out within the minute that
 * found it. Bounded by the looks that a verdict can need; what they neither confirm nor clear waits as usual.
 */
const mayConfirm = (
  { confirmingLooksMax }: Look,
  confirmingLooks: number,
  { mayWatch }: TurnOptions,
): boolean => mayWatch && confirmingLooks < confirmingLooksMax;

/** Whether the policy wants the worker to stay awake after this look. */
export const isWatched = (
  { isUnsteady }: Look,
  { policy, mayWatch }: Pick<TurnOptions, 'policy' | 'mayWatch'>,
): boolean =>
  mayWatch && (policy.watch === 'always' || (policy.watch === 'unsteady' && isUnsteady));
