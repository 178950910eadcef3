import { z } from 'zod';
import { type LadderPolicy, type Rung } from '../domain/policy';
import { countField, durationField, shareField } from './notation';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The fixed order of the ladder. */
const RUNGS = [
  'lower-weight',
  'drain',
  'restart',
  'reboot',
  'replace',
] as const satisfies readonly Rung[];

const restart = z.strictObject({
  command: z
    .string({ error: 'must be a shell command' })
    .min(1, { error: 'must not be empty' })
    .max(1024, { error: 'must have at most 1024 characters' })
    .meta({
      description:
        'Shell command that restarts the service, run by Cloud Assistant; it must be safe to run twice.',
    }),
  timeout: durationField({ min: 10_000, max: HOUR }, '1m', {
    description: 'Cloud Assistant stops the command after this.',
    why: 'services restart within seconds',
  }),
  wait: durationField({ min: 10_000, max: HOUR }, '90s', {
    description: 'When to look whether it helped, counted from the start of the command.',
    why: 'the command’s time-out and the load balancer’s own recovery',
  }),
});

const reboot = z.strictObject({
  wait: durationField({ min: MINUTE, max: HOUR }, '3m', {
    description: 'When to look whether it helped.',
    why: 'boot, start of the service and the load balancer’s own recovery',
  }),
  force: z.boolean({ error: 'must be true or false' }).default(false).meta({
    description: 'Cut the power instead of asking the operating system.',
    why: 'a file system deserves a chance',
  }),
});

const inOrder = (rungs: readonly Rung[]): readonly Rung[] =>
  RUNGS.filter((rung) => rungs.includes(rung));

/** The `ladder` section. Rungs that reach into an instance are off until they are asked for. */
export const ladderSchema = z
  .strictObject({
    rungs: z
      .array(z.enum(RUNGS, { error: `must be one of ${RUNGS.join(', ')}` }), {
        error: 'must be a list of rungs',
      })
      .min(1, { error: 'must name at least one rung' })
      .default(['lower-weight', 'drain'])
      .meta({
        description:
          'Rungs in use; their order is fixed. `replace` launches a replacement first where the pool has `scale`; elsewhere it calls people.',
        why: 'weights can be taken back; restarts and reboots are asked for',
      }),
    lowerWeightShare: shareField('10%', {
      description: 'Share of the base weight kept on the first rung; never rounded down to 0.',
      why: 'as little as slow start begins with; probes, not clients, tell whether it recovers',
    }),
    settle: durationField({ min: 5000, max: HOUR }, '30s', {
      description: 'How long a lowered or drained backend is watched before the next rung.',
      why: 'more than the load balancer’s 19 s detection',
    }),
    restart: restart
      .transform(({ timeout, wait, ...rest }) => ({ ...rest, timeoutMs: timeout, waitMs: wait }))
      .nullable()
      .prefault(null)
      .meta({
        description: 'How the service is restarted; needed by the rung `restart`.',
        why: 'no command can be guessed',
      }),
    reboot: reboot
      .transform(({ wait, force }) => ({ waitMs: wait, force }))
      .nullable()
      .prefault(null)
      .meta({
        description: 'How the instance is rebooted; needed by the rung `reboot`.',
        why: 'it is asked for, never assumed',
      }),
    attemptsMax: countField({ min: 1, max: 10 }, 2, {
      description: 'Repairs of one backend within `memory` before people are called instead.',
      why: 'a third repair of the same kind seldom helps',
    }),
    memory: durationField({ min: MINUTE, max: 30 * DAY }, '1d', {
      description: 'How long repairs are remembered.',
      why: 'a daily pattern is one fault, not several',
    }),
    breakerFailures: countField({ min: 1, max: 100 }, 3, {
      description:
        'Repairs in a row, over the whole pool, that did not help and stop further ones.',
      why: 'a bad image would be restarted for ever',
    }),
    drainAhead: durationField({ min: 0, max: DAY }, '5m', {
      description: 'How long before a scheduled reboot, stop or redeploy the backend is drained.',
      why: 'the notice that spot reclaims give',
    }),
    breakerFor: durationField({ min: MINUTE, max: DAY }, '30m', {
      description: 'How long repairs then stay stopped.',
      why: 'time for a person to look',
    }),
  })
  .transform(({ rungs, settle, memory, breakerFor, drainAhead, ...rest }): LadderPolicy => ({
    ...rest,
    rungs: inOrder(rungs),
    settleMs: settle,
    memoryMs: memory,
    breakerMs: breakerFor,
    drainAheadMs: drainAhead,
  }))
  .prefault({})
  .meta({ description: 'What is tried on a sick backend, step by step.' });
