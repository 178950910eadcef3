import { z } from 'zod';
import { type RotatingSecret, type SecretReference } from './fleet-policy';
import { nameText } from './identifiers';
import { countField, durationField } from './notation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const path = z.string({ error: 'must be a path' }).min(1, { error: 'must not be empty' });
const amount = (preset: number) =>
  z.number({ error: 'must be a number' }).min(0, { error: 'must not be negative' }).default(preset);

const secretReference: z.ZodType<SecretReference, string> = z
  .string({
    error: 'must be a reference such as env:EVENKEEL_ALARM_SECRET, never the secret itself',
  })
  .regex(/^env:[A-Za-z][A-Za-z0-9_]*$/, {
    error: 'must be a reference such as env:EVENKEEL_ALARM_SECRET, never the secret itself',
  })
  .transform((text) => text as SecretReference);

interface WrittenSecret {
  readonly current: string;
  readonly next?: string | null | undefined;
}

/** Where a secret is found, and during a rotation the next one; the description is of the first. */
export const rotatingSecret = (description: string): z.ZodType<RotatingSecret, WrittenSecret> =>
  z.strictObject({
    current: secretReference.meta({ description }),
    next: secretReference.nullable().prefault(null).meta({
      description: 'A second one that is accepted too, during a rotation.',
      why: 'no rotation is under way',
    }),
  });

/** The `alarmSecret` section. */
export const alarmSecretSchema = rotatingSecret(
  'Environment variable that holds the secret which alarms must present.',
)
  .nullable()
  .prefault(null)
  .meta({
    description: 'The secret of on-alarm; null refuses every alarm.',
    why: 'an open doorbell is a decision',
  });

/** The `store` section. */
export const storeSchema = z
  .discriminatedUnion(
    'kind',
    [
      z
        .strictObject({
          kind: z.literal('file').meta({ description: 'Which kind of store.' }),
          path: path.default('.evenkeel/state').meta({
            description:
              'Folder of the state; functions need a mounted file system that they share.',
            why: 'beside the policy',
          }),
        })
        .meta({ description: 'Files in a folder.' }),
      z
        .strictObject({ kind: z.literal('memory').meta({ description: 'Which kind of store.' }) })
        .meta({ description: 'Nothing survives the process: for trials.' }),
    ],
    { error: 'must be file or memory' },
  )
  .prefault({ kind: 'file' })
  .meta({ description: 'Where leases, memory and dirty marks live.', why: 'needs nothing else' });

/** The `archive` section. */
export const archiveSchema = z
  .strictObject({
    path: path
      .default('.evenkeel/archive')
      .meta({ description: 'Folder of the ticks.', why: 'beside the state' }),
    days: countField({ min: 1, max: 3650 }, 14, {
      description: 'Days that history is kept, today included.',
      why: 'two weeks cover most post-mortems',
    }),
    megabytes: countField({ min: 1, max: 1_000_000 }, 512, {
      description:
        'Room for history of all pools, and as much again for that of names; the oldest whole ticks go first, then the oldest lines.',
      why: 'some 100,000 digests and 20,000 whole ticks of a small pool',
    }),
  })
  .prefault({})
  .meta({ description: 'How long ticks are kept.' });

const calls = (preset: number, what: string, why: string) =>
  countField({ min: 4, max: 1_000_000 }, preset, {
    description: `Calls of each ${what} API in any 60 seconds.`,
    why,
  });
const UNPUBLISHED = 'UNCONFIRMED: the vendor shows it in Quota Center only; a cautious guess';

const callsPerMinuteSchema = z
  .strictObject({
    loadBalancerReads: calls(3000, 'reading CLB', 'the published quota'),
    loadBalancerWrites: calls(90, 'writing CLB', 'the published quota'),
    instanceReads: calls(600, 'reading ECS', UNPUBLISHED),
    instanceWrites: calls(200, 'writing ECS', UNPUBLISHED),
    metricReads: calls(3000, 'CloudMonitor', 'the published 50 a second'),
    dnsReads: calls(6000, 'reading Alidns', 'the published 100 a second'),
    dnsWrites: calls(600, 'writing Alidns', UNPUBLISHED),
  })
  .prefault({})
  .meta({
    description:
      'Calls that all workers of an account and region may make together, by API; lower them where people and other tools call much.',
  });

/** The `deployment` section. */
export const deploymentSchema = z
  .strictObject({
    name: nameText().default('main').meta({
      description:
        'Name of this deployment; what `install` makes in CloudMonitor is called after it.',
      why: 'one deployment in an account and region needs no other',
    }),
    workerTimeout: durationField({ min: SECOND, max: 86_400 * SECOND }, '5m', {
      description: 'Time limit of reconcile-pool, as in s.yaml.',
      why: 'long enough to stay awake through a heal',
    }),
    workerVcpu: z
      .number({ error: 'must be a number' })
      .min(0.05, { error: 'must be at least 0.05' })
      .max(16, { error: 'must be at most 16' })
      .default(0.35)
      .meta({
        description: 'vCPU of reconcile-pool, as in s.yaml.',
        why: 'the platform’s own default',
      }),
    workerMemoryMb: countField({ min: 128, max: 32_768 }, 512, {
      description: 'Memory of reconcile-pool in MB, as in s.yaml.',
      why: 'the platform’s own default',
    }),
    timerEvery: durationField({ min: MINUTE, max: 60 * MINUTE }, '1m', {
      description: 'Period of on-timer, as in s.yaml.',
      why: 'the shortest that the platform offers',
    }),
    callDeadline: durationField({ min: SECOND, max: MINUTE }, '10s', {
      description: 'Longest time of one cloud call.',
      why: 'ten times a slow answer',
    }),
    metricCalls: countField({ min: 0, max: 1_000_000_000 }, 1_000_000, {
      description:
        'CloudMonitor calls a month that the account may make; over it metrics are read less often.',
      why: 'what is free; raise it where calls may cost money',
    }),
    otherMetricCalls: countField({ min: 0, max: 100_000_000 }, 0, {
      description: 'CloudMonitor calls a month of everybody else in the account.',
      why: 'unknown: lint can only count ours',
    }),
    poolsPerWorker: countField({ min: 1, max: 100 }, 20, {
      description: 'Pools that one worker looks after at once.',
      why: '10,000 pools are 500 workers a minute, and one that hangs holds up 19 others at most',
    }),
    watchersMax: countField({ min: 1, max: 1000 }, 20, {
      description:
        'Workers of pools that may stay awake between looks at once; the next ones sleep until something calls. Keep it well below the reserved concurrency of reconcile-pool.',
      why: 'less than half of the instances of reconcile-pool: the others are left for looks',
    }),
    nameWatchersMax: countField({ min: 1, max: 1000 }, 6, {
      description:
        'Workers of names that may stay awake at once; below the reserved concurrency of reconcile-failover.',
      why: 'more than half of its instances: names are few',
    }),
    heartbeatWithin: durationField({ min: MINUTE, max: 24 * 60 * MINUTE }, '10m', {
      description:
        'Age of the oldest look up to which on-timer goes on sending the heartbeat metric; above it people are called by the alarm on its absence.',
      why: 'ten timers in vain; 10,000 pools have all had their turn by then',
    }),
    callsPerMinute: callsPerMinuteSchema,
  })
  .transform((at) => ({
    name: at.name,
    workerTimeoutMs: at.workerTimeout,
    workerVcpu: at.workerVcpu,
    workerMemoryMb: at.workerMemoryMb,
    timerEveryMs: at.timerEvery,
    callDeadlineMs: at.callDeadline,
    metricCallsPerMonth: at.metricCalls,
    otherMetricCallsPerMonth: at.otherMetricCalls,
    poolsPerWorker: at.poolsPerWorker,
    watchersMax: at.watchersMax,
    nameWatchersMax: at.nameWatchersMax,
    heartbeatWithinMs: at.heartbeatWithin,
    callsPerMinute: at.callsPerMinute,
  }))
  .prefault({})
  .meta({ description: 'How the functions are deployed; lint and estimates read it.' });

/** The `prices` section. */
export const pricesSchema = z
  .strictObject({
    currency: z
      .string()
      .max(8)
      .default('CNY')
      .meta({ description: 'Currency of the four prices.', why: 'the mainland price list' }),
    perVcpuSecond: amount(0.00009).meta({
      description: 'One vCPU for one second.',
      why: 'UNCONFIRMED: check your price list',
    }),
    perGigabyteSecond: amount(0.000009).meta({
      description: 'One GB of memory for one second.',
      why: 'UNCONFIRMED: check your price list',
    }),
    perMillionInvocations: amount(0.9).meta({
      description: 'A million invocations.',
      why: 'UNCONFIRMED: check your price list',
    }),
    perThousandMetricCalls: amount(0.012).meta({
      description: 'A thousand CloudMonitor calls beyond the free million.',
      why: 'UNCONFIRMED: check your price list',
    }),
  })
  .prefault({})
  .meta({ description: 'Prices for the estimates of `plan`.' });
