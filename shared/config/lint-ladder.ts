import { LOAD_BALANCER_LIMITS } from './limits';
import { remarkIf, lintRules, type Remark } from './lint-rule';
import { formatDuration, formatShare } from './notation';

const missingSettings = (rung: 'restart' | 'reboot'): Remark => ({
  at: ['heal', 'ladder', 'rungs'],
  sentence: `The rung ${rung} is in use and heal.ladder.${rung} does not say how.`,
  remedy: `Add heal.ladder.${rung}, or leave the rung out.`,
});

const unusedSettings = (rung: 'restart' | 'reboot'): Remark => ({
  at: ['heal', 'ladder', rung],
  sentence: `heal.ladder.${rung} is described and the rung is not in use.`,
  remedy: `Add ${rung} to rungs, or remove the section.`,
});

export const LADDER_RULES = lintRules([
  {
    code: 'rung-without-settings',
    severity: 'error',
    about: 'A rung is in use that the policy does not describe.',
    check: ({
      pool: {
        heal: { ladder },
      },
    }) => [
      ...remarkIf(ladder.rungs.includes('restart') && ladder.restart === null, () =>
        missingSettings('restart'),
      ),
      ...remarkIf(ladder.rungs.includes('reboot') && ladder.reboot === null, () =>
        missingSettings('reboot'),
      ),
    ],
  },
  {
    code: 'settings-without-rung',
    severity: 'warning',
    about: 'A rung is described and not in use.',
    check: ({
      pool: {
        heal: { ladder },
      },
    }) => [
      ...remarkIf(!ladder.rungs.includes('restart') && ladder.restart !== null, () =>
        unusedSettings('restart'),
      ),
      ...remarkIf(!ladder.rungs.includes('reboot') && ladder.reboot !== null, () =>
        unusedSettings('reboot'),
      ),
    ],
  },
  {
    code: 'restart-wait-below-timeout',
    severity: 'error',
    about: 'The effect of a restart would be judged before its command may have ended.',
    check: ({
      pool: {
        heal: {
          ladder: { restart },
        },
      },
    }) =>
      remarkIf(restart !== null && restart.waitMs < restart.timeoutMs, () => ({
        at: ['heal', 'ladder', 'restart', 'wait'],
        sentence: `The restart may take ${formatDuration(restart?.timeoutMs ?? 0)} and is judged after ${formatDuration(restart?.waitMs ?? 0)}.`,
        remedy: 'Set wait above timeout, plus the time the load balancer needs to see it healthy.',
      })),
  },
  {
    code: 'repair-without-drain',
    severity: 'warning',
    about: 'An instance would be repaired while it still gets requests.',
    check: ({
      pool: {
        heal: { ladder },
      },
    }) =>
      remarkIf(
        ladder.rungs.some((rung) => rung === 'restart' || rung === 'reboot') &&
          !ladder.rungs.includes('drain'),
        () => ({
          at: ['heal', 'ladder', 'rungs'],
          sentence:
            'Repairs are in use without the rung drain: requests that still arrive are cut off.',
          remedy: 'Add drain to rungs.',
        }),
      ),
  },
  {
    code: 'lower-weight-of-nothing',
    severity: 'error',
    about: 'A share of 0 is what the rung drain does.',
    check: ({
      pool: {
        heal: { ladder },
      },
    }) =>
      remarkIf(
        ladder.rungs.includes('lower-weight') &&
          (ladder.lowerWeightShare === 0 || ladder.lowerWeightShare === 1000),
        () => ({
          at: ['heal', 'ladder', 'lowerWeightShare'],
          sentence: `Lowering a weight to ${formatShare(ladder.lowerWeightShare)} of itself is ${ladder.lowerWeightShare === 0 ? 'what the rung drain does' : 'no change at all'}.`,
          remedy: 'Use a share in between, or leave the rung lower-weight out.',
        }),
      ),
  },
  {
    code: 'settle-below-detection',
    severity: 'warning',
    about:
      'The next rung is climbed before the load balancer could tell whether the last one helped.',
    check: ({
      pool: {
        heal: { ladder },
      },
      listeners,
    }) => {
      const detectionMs =
        Math.max(
          0,
          ...listeners.filter((one) => one.hasHealthCheck).map((one) => one.detectionMs),
        ) || LOAD_BALANCER_LIMITS.defaultDetectionMs;
      return remarkIf(ladder.settleMs < detectionMs, () => ({
        at: ['heal', 'ladder', 'settle'],
        sentence: `The next rung comes after ${formatDuration(ladder.settleMs)}, and the load balancer needs ${formatDuration(detectionMs)} to judge a backend.`,
        remedy: `Raise settle to ${formatDuration(detectionMs)} or more.`,
      }));
    },
  },
  {
    code: 'slow-start-from-zero',
    severity: 'error',
    about: 'The first step of slow start would be weight 0.',
    check: ({
      pool: {
        heal: { slowStart },
      },
    }) =>
      remarkIf(slowStart.firstShare === 0, () => ({
        at: ['heal', 'slowStart', 'firstShare'],
        sentence: 'A first step of 0% gets no request, so nothing can be learned from it.',
        remedy: 'Use 1% or more; the smallest step is never rounded down to 0.',
      })),
  },
  {
    code: 'slow-start-faster-than-ticks',
    severity: 'warning',
    about: 'Steps of slow start follow each other faster than ticks do.',
    check: ({ fleet, pool }) => {
      const { steps, durationMs } = pool.heal.slowStart;
      const tickMs = pool.watch === 'never' ? fleet.deployment.timerEveryMs : pool.watchIntervalMs;
      return remarkIf(steps > 1 && durationMs < steps * tickMs, () => ({
        at: ['heal', 'slowStart'],
        sentence: `${steps} steps over ${formatDuration(durationMs)} come faster than ticks, which are ${formatDuration(tickMs)} apart: the ramp takes ${formatDuration(steps * tickMs)}.`,
        remedy: 'Raise over, lower steps, or use watch: unsteady.',
      }));
    },
  },
  {
    code: 'ejection-max-below-base',
    severity: 'error',
    about: 'The longest ejection is shorter than the first.',
    check: ({
      pool: {
        heal: { ejection },
      },
    }) =>
      remarkIf(ejection.maxMs < ejection.baseMs, () => ({
        at: ['heal', 'ejection', 'max'],
        sentence: `The longest ejection, ${formatDuration(ejection.maxMs)}, is shorter than the first, ${formatDuration(ejection.baseMs)}.`,
        remedy: 'Set max to at least base.',
      })),
  },
  {
    code: 'decay-below-ejection',
    severity: 'warning',
    about:
      'Offences are forgiven before the ejection they caused has ended, so back-off never grows.',
    check: ({
      pool: {
        heal: { ejection },
      },
    }) =>
      remarkIf(ejection.decayMs < ejection.maxMs, () => ({
        at: ['heal', 'ejection', 'decay'],
        sentence: `An offence is forgiven after ${formatDuration(ejection.decayMs)}, within an ejection of up to ${formatDuration(ejection.maxMs)}.`,
        remedy: 'Set decay above max.',
      })),
  },
  {
    code: 'weights-saturate',
    severity: 'warning',
    about: 'Weights end at 100, so larger instances would get no more than smaller ones.',
    check: ({
      pool: {
        heal: { weights },
      },
    }) =>
      remarkIf(
        weights.kind === 'managed' && weights.factor * 4 > LOAD_BALANCER_LIMITS.weightMax * 1000,
        () => ({
          at: ['heal', 'weights', 'perVcpu'],
          sentence: 'With more than 25 per vCPU every instance of 4 vCPU or more has weight 100.',
          remedy: 'Use 100 ÷ vCPUs of your largest instance.',
        }),
      ),
  },
]);
