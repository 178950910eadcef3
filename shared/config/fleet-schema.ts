import { z } from 'zod';
import { type RotatingSecret, type SecretReference } from './fleet-policy';
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
      description: 'Days that ticks are kept.',
      why: 'two weeks cover most post-mortems',
    }),
    megabytes: countField({ min: 1, max: 1_000_000 }, 512, {
      description: 'Room for ticks; the oldest go first.',
      why: 'some 100,000 digests and 20,000 whole ticks of a small pool',
    }),
  })
  .prefault({})
  .meta({ description: 'How long ticks are kept.' });

/** The `deployment` section. */
export const deploymentSchema = z
  .strictObject({
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
    otherMetricCalls: countField({ min: 0, max: 100_000_000 }, 0, {
      description: 'CloudMonitor calls a month of everybody else in the account.',
      why: 'unknown: lint can only count ours',
    }),
  })
  .transform((at) => ({
    workerTimeoutMs: at.workerTimeout,
    workerVcpu: at.workerVcpu,
    workerMemoryMb: at.workerMemoryMb,
    timerEveryMs: at.timerEvery,
    callDeadlineMs: at.callDeadline,
    otherMetricCallsPerMonth: at.otherMetricCalls,
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
