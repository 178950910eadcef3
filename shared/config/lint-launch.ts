import { COMPUTE_LIMITS } from './limits';
import { remarkIf } from './lint-rule';
import { scaleRules } from './lint-scale-rule';
import { formatDuration } from './notation';

/** Whether the times and counts of a launch fit together. */
export const LAUNCH_RULES = scaleRules([
  {
    code: 'launch-batch-above-call',
    severity: 'error',
    about: 'One call of RunInstances brings at most 100 instances.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.batchMax > COMPUTE_LIMITS.instancesPerLaunch, () => ({
        at: ['launch', 'batchMax'],
        sentence: `One call brings at most ${COMPUTE_LIMITS.instancesPerLaunch} instances, and batchMax asks for ${launch.batchMax}: the cloud refuses it.`,
        remedy: `Set it to ${COMPUTE_LIMITS.instancesPerLaunch} or less; the next tick asks for the rest.`,
      })),
  },
  {
    code: 'launch-registration-before-provision',
    severity: 'error',
    about: 'An instance would have to be registered before it has to run.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.registrationTimeoutMs <= launch.provisionTimeoutMs, () => ({
        at: ['launch', 'registrationTimeout'],
        sentence: `An instance may take ${formatDuration(launch.provisionTimeoutMs)} to run and must be registered after ${formatDuration(launch.registrationTimeoutMs)}: healthy ones would be deleted while they boot.`,
        remedy:
          'Set registrationTimeout above provisionTimeout by the time your service starts in.',
      })),
  },
  {
    code: 'launch-provision-below-visibility',
    severity: 'error',
    about: 'An instance would be called lost while the list may still not show it.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.provisionTimeoutMs < launch.visibilityMs, () => ({
        at: ['launch', 'provisionTimeout'],
        sentence: `A launched instance may be missing from the list for ${formatDuration(launch.visibilityMs)} and counts as lost after ${formatDuration(launch.provisionTimeoutMs)}: it would be launched twice.`,
        remedy: 'Set provisionTimeout to visibility or more.',
      })),
  },
  {
    code: 'launch-token-below-visibility',
    severity: 'error',
    about: 'A launch would be given up while what it brought may still not be listed.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.tokenValidityMs < launch.visibilityMs, () => ({
        at: ['launch', 'tokenValidity'],
        sentence: `A launch whose answer was lost is given up after ${formatDuration(launch.tokenValidityMs)}, and what it brought may be missing from the list for ${formatDuration(launch.visibilityMs)}: it would be launched twice.`,
        remedy: 'Set tokenValidity to visibility or more.',
      })),
  },
  {
    code: 'launch-back-off-raised',
    severity: 'info',
    about: 'A back-off shorter than the provisioning timeout is raised to it.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.backOff.baseMs < launch.provisionTimeoutMs, () => ({
        at: ['launch', 'backOff', 'base'],
        sentence: `A back-off of ${formatDuration(launch.backOff.baseMs)} is shorter than the ${formatDuration(launch.provisionTimeoutMs)} that a launch may take, and two dead zones would be tried in turn for ever: ${formatDuration(launch.provisionTimeoutMs)} is used.`,
        remedy: 'Set base to provisionTimeout or more.',
      })),
  },
  {
    code: 'launch-back-off-max-below-base',
    severity: 'error',
    about: 'The longest back-off is shorter than the first.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.backOff.maxMs < launch.backOff.baseMs, () => ({
        at: ['launch', 'backOff', 'max'],
        sentence: `The longest back-off, ${formatDuration(launch.backOff.maxMs)}, is shorter than the first, ${formatDuration(launch.backOff.baseMs)}.`,
        remedy: 'Set max to base or more.',
      })),
  },
  {
    code: 'launch-back-off-never-grows',
    severity: 'warning',
    about: 'Failures are forgotten before the longest back-off has ended, so it never grows.',
    check: ({ scale: { launch } }) =>
      remarkIf(launch.backOff.resetMs <= launch.backOff.maxMs, () => ({
        at: ['launch', 'backOff', 'reset'],
        sentence: `A failure is forgotten after ${formatDuration(launch.backOff.resetMs)}, and the longest back-off is ${formatDuration(launch.backOff.maxMs)}: the next failure counts as the first.`,
        remedy: 'Set reset to several times max.',
      })),
  },
]);
