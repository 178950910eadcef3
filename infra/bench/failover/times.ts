import { nameSchema } from '../../../shared/config/name-schema';
import {
  failbackSchema,
  nameCapacitySchema,
  verdictSchema,
} from '../../../shared/config/name-timing-schema';
import { DEFAULT_SCALING } from '../../../shared/domain/scale-defaults';
import { REAL_TIMES, type TimeProfile } from '../../local/contracts';

export type ProfileName = 'real' | 'rehearsal';

/** Every time of one run. The rehearsal divides all that is time by the same number, so that they keep their proportions. */
export interface BenchTimes {
  readonly name: ProfileName;
  /** What times of the cloud, of policies and of rules are divided by. */
  readonly divisor: number;
  readonly cloud: TimeProfile;
  readonly ttlSeconds: number;
  readonly partitionMs: number;
  /** From the end of the partition to the end of its round. */
  readonly afterPartitionMs: number;
  /** From the loss to the end of its round, unless told otherwise. */
  readonly lossMinutes: number;
  /** Times of the name’s and the pools’ policies; nothing under real times, where the defaults stand. */
  readonly namePolicy: Readonly<Record<string, unknown>>;
  readonly poolPolicy: {
    readonly scale: Readonly<Record<string, unknown>>;
    readonly launch: Readonly<Record<string, unknown>>;
    readonly heal: Readonly<Record<string, unknown>>;
  };
}

const DIVISOR = 6;
const TTL_SECONDS = 60;
/** How long a network once was apart, and a database split for a day. */
const PARTITION_MS = 43_000;
const AFTER_PARTITION_MS = 120_000;
const SLOW_START_MS = 180_000;
const LAUNCH_VISIBILITY_MS = 60_000;

/** The cloud’s own times and the policy’s defaults. */
export const REAL: BenchTimes = {
  name: 'real',
  divisor: 1,
  cloud: REAL_TIMES,
  ttlSeconds: TTL_SECONDS,
  partitionMs: PARTITION_MS,
  afterPartitionMs: AFTER_PARTITION_MS,
  lossMinutes: 6,
  namePolicy: {},
  poolPolicy: { scale: {}, launch: {}, heal: {} },
};

const shorter = (ms: number): number => Math.round(ms / DIVISOR);
const text = (ms: number): string => `${Math.max(1000, shorter(ms))}ms`;

/** A sixth of everything, the policy’s defaults included; health checks a quarter, and a look at a site keeps its patience. */
export const REHEARSAL: BenchTimes = {
  name: 'rehearsal',
  divisor: DIVISOR,
  cloud: {
    name: 'rehearsal',
    healthCheckDivisor: 4,
    metricPeriodMs: shorter(REAL_TIMES.metricPeriodMs),
    metricDelayMs: shorter(REAL_TIMES.metricDelayMs),
    timerPeriodMs: shorter(REAL_TIMES.timerPeriodMs),
    configurationLockMs: REAL_TIMES.configurationLockMs,
    instanceBootMs: shorter(REAL_TIMES.instanceBootMs),
    instanceRebootMs: shorter(REAL_TIMES.instanceRebootMs),
  },
  ttlSeconds: Math.round(TTL_SECONDS / DIVISOR),
  partitionMs: shorter(PARTITION_MS),
  afterPartitionMs: 2 * shorter(AFTER_PARTITION_MS),
  lossMinutes: 1.5,
  namePolicy: shortName(),
  poolPolicy: {
    scale: { warmUp: text(DEFAULT_SCALING.warmUpMs) },
    launch: { visibility: text(LAUNCH_VISIBILITY_MS) },
    heal: { slowStart: { over: text(SLOW_START_MS) } },
  },
};

function shortName(): Readonly<Record<string, unknown>> {
  const { watchInterval, holdDown } = nameSchema.shape;
  const verdict = verdictSchema.parse(undefined);
  const failback = failbackSchema.parse(undefined);
  const capacity = nameCapacitySchema.parse(undefined);
  return {
    watch: 'unsteady',
    watchInterval: text(watchInterval.parse(undefined)),
    holdDown: text(holdDown.parse(undefined)),
    verdict: { fresh: text(verdict.freshMs), unknown: text(verdict.unknownMs) },
    failback: { hold: text(failback.holdMs), stageHold: text(failback.stageHoldMs) },
    capacity: {
      wait: text(capacity.waitMs),
      partHold: text(capacity.partHoldMs),
      floor: text(capacity.floorMs),
    },
  };
}
