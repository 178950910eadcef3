import { CloudError } from './domain/cloud-error';
import { type Lease, type Wake } from './domain/tick';
import { clamp, instant, millis, plus, since, type Instant } from './domain/units';
import { type Log } from './ports/log';
import { StoreUnavailable } from './ports/state-store';
import {
  isWatched,
  LEASE_MS,
  lookGap,
  TICK_MS_MIN,
  type Look,
  type NoTurn,
  type TurnOptions,
  waitForTurn,
} from './wait-for-turn';
import { type WatchSlots } from './watch-slots';

/**
 * How much of a worker's claim is left unused: a successor can only start once the claim has run out in the store, by
 * which time no write of ours can still be on its way.
 */
const LEASE_RESERVE_MS = 12_000;

/** How and for how long to work; the same for everything that is worked on. */
export interface WorkSettings {
  readonly policyHash: string;
  /** Of the policy in the store; null or left out: it was read from a file. */
  readonly policyVersion?: number | null | undefined;
  /** Asked before each further turn; false ends the work, so that one worker has one policy. Left out: the policy cannot change. */
  readonly isPolicyCurrent?: () => boolean | Promise<boolean>;
  readonly wake: Wake;
  /** The worker must have returned by then: the function's time-out less a reserve. */
  readonly deadline: Instant;
  readonly holder: string;
  readonly newTickId: () => string;
  /** False for a single look (a person's `reconcile`), whatever `watch` says. */
  readonly mayWatch: boolean;
  /** Places for workers that stay awake, shared by all that this worker works on; left out: nobody counts them. */
  readonly watchSlots?: WatchSlots | undefined;
}

/** What every tick's request has in common. */
export interface TurnRequest {
  readonly tickId: string;
  readonly policyHash: string;
  readonly policyVersion?: number;
  readonly wake: Wake;
  readonly startedAt: Instant;
  readonly deadline: Instant;
  readonly lease: Lease;
  /** Said when nobody more may stay awake, so that whoever is unsteady is looked at when something calls. */
  readonly watchers?: 'full';
}

/** What is worked on: a pool or a name. */
interface Job extends WorkSettings, TurnOptions {
  readonly ports: TurnOptions['ports'] & { readonly log: Log };
  /** One turn of the loop. Throws `CloudError` when it could see nothing. */
  readonly look: (request: TurnRequest) => Promise<Look>;
  /** When the turn before this worker's first one ended, by memory; anything but a number: nobody knows. */
  readonly lastLookAt: () => Promise<unknown>;
  /** The cloud could not be read: tells people, and the log. */
  readonly onBlind: (error: CloudError) => Promise<void>;
  readonly onStoreDown: (error: StoreUnavailable) => Promise<void>;
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
  /** Another worker holds the lease; the mark set by whoever woke us makes it run again. */
  | { readonly kind: 'busy' }
  /** The cloud could not be read: nothing was changed, people were told once. */
  | { readonly kind: 'blind'; readonly ticks: number; readonly code: string };

/**
 * One worker: takes the lease, runs the loop until nothing calls for another turn, gives the lease back.
 * Marks are cleared *before* the world is observed, so that an event arriving meanwhile leads to another turn; a mark set
 * in the instant before the lease is given back is looked for once more afterwards. Without the state store nothing is
 * written to the cloud: people are told, and the next wake-up tries again.
 */
export async function workUnderLease(job: Job): Promise<WorkResult> {
  try {
    return await workWhileCalled(job);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    await job.onStoreDown(error);
    return { kind: 'blind', ticks: 0, code: 'StoreUnavailable' };
  }
}

async function workWhileCalled(job: Job): Promise<WorkResult> {
  const { ports, leaseName } = job;
  let result: WorkResult = { kind: 'busy' };
  for (let wake: Wake | null = job.wake; wake !== null;) {
    await ports.clock.follow?.(ports.store);
    const lease = await ports.store.acquireLease(leaseName, job.holder, millis(LEASE_MS));
    if (lease === null) return result;
    try {
      result = await takeTurns(lease, wake, job);
    } finally {
      await ports.store.releaseLease(lease);
    }
    wake = await leftOverWake(result, job);
  }
  return result;
}

async function leftOverWake(
  result: WorkResult,
  { ports, leaseName, deadline }: Job,
): Promise<Wake | null> {
  const now = ports.clock.now();
  if (result.kind !== 'worked' || result.isHandedOver || plus(now, TICK_MS_MIN) > deadline)
    return null;
  return (await ports.store.isDirty(leaseName))
    ? { source: 'dirty', detail: 'marked while the last turn ended', at: now }
    : null;
}

async function takeTurns(acquired: Lease, firstWake: Wake, job: Job): Promise<WorkResult> {
  const { ports, leaseName } = job;
  let lease = acquired;
  let wake = firstWake;
  let confirmingLooks = 0;
  await restAfterLook(firstWake, job);
  for (let ticks = 1; ; ticks += 1) {
    const marks = await ports.store.clearDirty(leaseName);
    const detail = [wake.detail, ...marks.map((mark) => mark.reason)].slice(0, 5).join('; ');
    const source = marks.length > 0 && wake.source === 'watch' ? 'dirty' : wake.source;
    const turn = await lookOnce({ ...wake, source, detail }, lease, job);
    if (turn.kind === 'blind') return { kind: 'blind', ticks, code: turn.code };
    const next = await waitForTurn(turn.look, lease, confirmingLooks, job);
    if (typeof next === 'string')
      return ended(turn.look, ticks, isLeftWatched(next, ticks, turn.look, job));
    if ((await job.isPolicyCurrent?.()) === false) return ended(turn.look, ticks, true);
    ({ lease, wake, confirmingLooks } = next);
  }
}

const ended = ({ tickId, isUnsteady }: Look, ticks: number, isHandedOver: boolean): WorkResult => ({
  ...{ kind: 'worked', ticks, lastTickId: tickId, isUnsteady, isHandedOver },
});

/**
 * Whether a successor is due. After a single turn there was no time to watch at all, and a successor would have none either; where
 * nobody more may stay awake, neither may a successor.
 */
function isLeftWatched(why: NoTurn, ticks: number, look: Look, job: Job): boolean {
  if (why === 'watchers-full') tellFull(job);
  return why === 'at-rest' && ticks > 1 && isWatched(look, job);
}

const tellFull = ({ ports, leaseName }: Job): void =>
  ports.log.info('everybody who may stay awake does; it is looked at when something calls', {
    lease: leaseName,
    reason: 'watchers-full',
  });

/** Alarms and events rest until the gap after the last look is over; what arrives meanwhile only marks. */
async function restAfterLook({ source }: Wake, job: Job): Promise<void> {
  if (source === 'timer' || source === 'operator') return;
  const lastLookAt = await job.lastLookAt();
  if (typeof lastLookAt !== 'number') return;
  const { clock } = job.ports;
  const gapMs = lookGap(job.policy);
  await clock.sleep(millis(clamp(gapMs - since(instant(lastLookAt), clock.now()), 0, gapMs)));
}

/** It was counted by a clock that may have been set since: from now on it lasts no longer than it was asked for. */
const withReserve = (lease: Lease, now: Instant): Lease => ({
  ...lease,
  expiresAt: plus(instant(Math.min(lease.expiresAt, plus(now, LEASE_MS))), -LEASE_RESERVE_MS),
});

/** Asked only for whom the policy may want to be watched. */
const isWatchFull = async ({ policy, mayWatch, watchSlots }: Job): Promise<boolean> =>
  mayWatch && policy.watch !== 'never' && watchSlots !== undefined && (await watchSlots.isFull());

type Turn =
  | { readonly kind: 'done'; readonly look: Look }
  | { readonly kind: 'blind'; readonly code: string };

async function lookOnce(wake: Wake, held: Lease, job: Job): Promise<Turn> {
  const { ports, policyHash, policyVersion, deadline } = job;
  const isFull = await isWatchFull(job);
  await ports.clock.follow?.(ports.store);
  const lease = withReserve(held, ports.clock.now());
  const request = {
    tickId: job.newTickId(),
    policyHash,
    ...(typeof policyVersion === 'number' && { policyVersion }),
    wake,
    startedAt: ports.clock.now(),
    deadline: instant(Math.min(deadline, lease.expiresAt)),
    lease,
    ...(isFull && ({ watchers: 'full' } as const)),
  };
  try {
    return { kind: 'done', look: { ...(await job.look(request)), foundFull: isFull } };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    await job.onBlind(error);
    return { kind: 'blind', code: error.details.code };
  }
}
