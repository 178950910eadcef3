import { type ReasonCode } from './reasons';
import { type TargetKey } from './target';
import { type Instant } from './units';

/** A launch that was asked for and is not yet whole on the list. A hint: instances carry its id as a tag. */
export interface LaunchMemory {
  readonly operationId: string;
  readonly count: number;
  readonly reason: ReasonCode;
  readonly requestedAt: Instant;
  /** One call each, in order, with a client token of its own; stored before the first is sent. */
  readonly attempts: readonly LaunchAttempt[];
  /** Its instances that came up, or were taken away by somebody before they could: nothing more is expected of them. */
  readonly arrived: readonly string[];
  /** Its instances that failed, vanished or never came. */
  readonly lost: readonly string[];
  /** Since when a call of it that is not answered cannot be sent again; absent while it can. */
  readonly unaskableSince?: Instant;
}

/** The token was used before with other parameters: the earlier call was heard, and its answer cannot be had any more. */
export const TOKEN_MISMATCH = 'IdempotentParameterMismatch';

export interface LaunchAttempt {
  readonly option: string;
  readonly clientToken: string;
  /** Instances asked for at most. */
  readonly count: number;
  /** `open`: not sent, or not answered as far as is known; `skipped`: not needed. */
  readonly state: 'open' | 'accepted' | 'refused' | 'skipped';
  readonly code: string | null;
  readonly instanceIds: readonly string[];
}

/** Why the cloud did not launch: each class has an answer of its own (ECS RunInstances, error taxonomy). */
export type RefusalKind =
  | 'stock'
  | 'network'
  | 'quota'
  | 'spot-price'
  | 'configuration'
  | 'account'
  | 'throttled'
  | 'transient'
  | 'lost';

/** Back-off of one way to launch; the key is region, zone, type and charge type, never less. */
export interface BackOffMemory {
  readonly until: Instant;
  readonly failures: number;
  readonly lastFailureAt: Instant;
  /** `late-failure`: it was accepted, and what it launched never came up; or nobody ever learnt its answer. */
  readonly kind: RefusalKind | 'late-failure';
  readonly code: string;
}

/** One instance on its way in or out, as far as its tags do not say. */
export interface InstanceMemory {
  readonly firstSeenAt: Instant;
  /** Since when nothing sends it new traffic, all weights 0; null while something does. */
  readonly weightZeroAt: Instant | null;
  /** On its way out: since when it is seen in no group any more; left out before. */
  readonly outSince?: Instant;
  /** Marked for the warm pool: when it was stopped for that or first seen stopped; absent for who never came to rest. */
  readonly restedAt?: Instant;
  /** A backend that is expected back: since when it does not serve; absent while it does. */
  readonly awaySince?: Instant;
  /** When it became a backend; null before. */
  readonly registeredAt: Instant | null;
  /** When it last became capacity: warm-up counts from here. */
  readonly putToUseAt: Instant | null;
  /** Targets in which it has stood since it came: who is missing from one of these was taken out by somebody else. */
  readonly placedIn?: readonly TargetKey[];
}

/** First of the two sightings that a destructive step needs. */
export interface Sighting {
  readonly kind: 'orphan' | 'ghost' | 'stray';
  readonly firstAt: Instant;
}

export interface ScaleMemory {
  /** What was found right at each recent tick, before stabilisation; newest first. */
  readonly recommendations: readonly {
    readonly at: Instant;
    readonly out: number;
    readonly in: number;
  }[];
  /** What was desired last: an instance that is lost since, or a launch that came to nothing, is asked for again. */
  readonly desired: number | null;
  /** Capacity added (positive) and taken away (negative), for the rates; newest first. */
  readonly changes: readonly { readonly at: Instant; readonly count: number }[];
  /** How many served at recent times, for figures that come late; newest first. */
  readonly serving: readonly { readonly at: Instant; readonly count: number }[];
  readonly launches: readonly LaunchMemory[];
  readonly backOff: Readonly<Record<string, BackOffMemory>>;
  readonly failedLaunches: number;
  readonly breakerOpenUntil: Instant | null;
  readonly instances: Readonly<Record<string, InstanceMemory>>;
  readonly sightings: Readonly<Record<string, Sighting>>;
  /** Instances needed at most, by hour of the week in UTC (0 = Monday 00:00), and in which week that was seen. */
  readonly peaks: Readonly<
    Record<
      string,
      { readonly week: number; readonly needed: number; readonly before: number | null }
    >
  >;
  /** Since when the list of instances is known to this memory: nothing is launched or removed before one boot time after. */
  readonly knownSince: Instant | null;
  /** Left out before the first look at the instances. */
  readonly attended?: Attended;
}

/** Looks at the instances without a long break between two of them: the first and the last. */
export interface Attended {
  readonly from: Instant;
  readonly to: Instant;
  /** The looks that ended the last long breaks, newest first; left out before the first break. */
  readonly afterBreaks?: readonly Instant[];
}

export const EMPTY_SCALE_MEMORY: ScaleMemory = {
  recommendations: [],
  desired: null,
  changes: [],
  serving: [],
  launches: [],
  backOff: {},
  failedLaunches: 0,
  breakerOpenUntil: null,
  instances: {},
  sightings: {},
  peaks: {},
  knownSince: null,
};
