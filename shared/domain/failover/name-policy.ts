import { type Mode, type Watch } from '../policy';
import { type Weekday } from '../scale-policy';
import { type Millis, type Permille } from '../units';
import { type AddressType } from './dns-record';

/**
 * One public name and the sites behind it. The worker of the name, its store and the global locks live in `homeRegionId`, which
 * serves no site of the name: region A must not be needed to pause A.
 */
export interface NamePolicy {
  /** What people and commands call it; unique in the file. */
  readonly name: string;
  readonly mode: Mode;
  readonly watch: Watch;
  readonly watchIntervalMs: Millis;
  readonly homeRegionId: string;
  readonly domain: string;
  /** Host part, `@` for the domain itself. */
  readonly host: string;
  readonly type: AddressType;
  /** Lines to look after; `every`: all that hold the address of a site. */
  readonly lines: 'every' | readonly string[];
  /** TTL that the records should have; what a shift takes is reported with the TTL that is found. */
  readonly ttlSeconds: number;
  /** Whether DNS weights may be used: partial moves and a staged return need them. */
  readonly weighting: boolean;
  /** Weight of every record of a line on which we switch weighting on: fine enough for the stages of a return. 1 to 100. */
  readonly baseWeight: number;
  readonly sites: readonly SitePolicy[];
  readonly vantages: readonly VantagePolicy[];
  /** Others who may vote, with signed verdicts, so that not every vantage stands in one cloud. */
  readonly outsideVoters: readonly string[];
  readonly verdict: VerdictPolicy;
  /** How long a site must be down without a break before its records are paused. */
  readonly holdDownMs: Millis;
  readonly failback: FailbackPolicy;
  readonly capacity: NameCapacityPolicy;
  readonly velocity: VelocityPolicy;
  /** How long the right to leave a region outlives the worker that renews it with every tick. */
  readonly regionClaimMs: Millis;
  readonly approval: ApprovalPolicy;
  readonly practice: PracticePolicy | null;
}

/** A region's load balancer address behind a DNS record. */
export interface SitePolicy {
  readonly name: string;
  readonly regionId: string;
  /** Value of the DNS record. */
  readonly address: string;
  /** Pool behind the address; null: its capacity and load are unknown. */
  readonly poolName: string | null;
  readonly check: SiteCheck;
  /** Moving it away may lose data: a person must approve. */
  readonly isStateful: boolean;
}

/** How a vantage looks at a site’s address. */
export interface SiteCheck {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  readonly port: number;
  readonly path: string;
  /** Host header and TLS server name; null: the name itself. */
  readonly host: string | null;
  /** Lowest and highest status that counts as an answer. */
  readonly statusMin: number;
  readonly statusMax: number;
  readonly timeoutMs: Millis;
  /** Attempts in one look; all must fail for `down`, most must succeed for `up`. */
  readonly attempts: number;
}

/** A region from which the sites are looked at, by its `probe` function. */
export interface VantagePolicy {
  readonly regionId: string;
}

export interface VerdictPolicy {
  /** Votes from outside the judged site’s region that must agree. At least 2. */
  readonly quorum: number;
  /** How old a vote, a health reading or a metric may be and still count. */
  readonly freshMs: Millis;
  /** A site whose load balancer is healthy and that carries at least this share of its usual traffic is not down, whatever the votes. */
  readonly servingShare: Permille;
  /** A time without a verdict of at most so long does not break a hold; longer, and it starts again. */
  readonly unknownMs: Millis;
}

export interface FailbackPolicy {
  /** How long a site must be up without a break before its records come back. */
  readonly holdMs: Millis;
  /** Shares of its usual traffic in turn, in permille, the last 1000; used where weighting is on. */
  readonly stages: readonly Permille[];
  readonly stageHoldMs: Millis;
  /** Without it records stay paused until a person says `failback`. */
  readonly isAutomatic: boolean;
}

export interface NameCapacityPolicy {
  /** How long a pause waits for the others to grow, while the site still serves at least `servesAtLeast`. */
  readonly waitMs: Millis;
  readonly servesAtLeast: Permille;
  /** Load that an instance may carry for the time of a failover, in permille of its target. */
  readonly fullUse: Permille;
  /** Load that an instance bears before it breaks down, in permille of its target: how much is taken on from a site that is dead. */
  readonly emergencyUse: Permille;
  /** How long a part that left a dead site by weight is held before the next one follows. */
  readonly partHoldMs: Millis;
  /** Lifetime of a floor request; it is renewed while the site is out. */
  readonly floorMs: Millis;
}

export interface VelocityPolicy {
  /** Failovers of one name within the window, at most. */
  readonly moves: number;
  readonly windowMs: Millis;
}

export interface ApprovalPolicy {
  /** The first failover that Evenkeel makes of this name asks a person. */
  readonly firstFailover: boolean;
  readonly validMs: Millis;
}

/** A rehearsed failover that ends by itself, and at once when its outcome alarm fires. */
export interface PracticePolicy {
  readonly site: string;
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly durationMs: Millis;
  /** Share of failed requests in a surviving pool that ends it. */
  readonly abortErrorShare: Permille;
}

/** Whom a tick is about, for keys, leases and histories. */
export const nameKeyOf = ({ name }: Pick<NamePolicy, 'name'>): string => `name/${name}`;
