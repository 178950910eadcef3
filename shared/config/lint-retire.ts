import { type LaunchOption } from '../domain/scale-policy';
import { COMPUTE_LIMITS } from './limits';
import { remarkIf } from './lint-rule';
import { scaleRules } from './lint-scale-rule';
import { formatDuration } from './notation';

/** Families with disks of their own, which economical stopping would lose (UNCONFIRMED: the full list is not published). */
const LOCAL_DISKS = /^ecs\.(i[1-9]|d[1-9]|gn5\.|ga1\.)/;

const cannotStop = ({ chargeType, instanceType }: LaunchOption): boolean =>
  chargeType === 'spot' || LOCAL_DISKS.test(instanceType);

/** Whether leaving, resting and collecting fit together. */
export const RETIRE_RULES = scaleRules([
  {
    code: 'drain-soft-above-hard',
    severity: 'error',
    about: 'The hard deadline comes before the soft one.',
    check: ({ scale: { retire } }) =>
      remarkIf(retire.softMs > retire.hardMs, () => ({
        at: ['retire', 'soft'],
        sentence: `An instance settles for ${formatDuration(retire.softMs)} and must have left after ${formatDuration(retire.hardMs)}.`,
        remedy: 'Set soft to hard or less.',
      })),
  },
  {
    code: 'drain-longer-than-spot-notice',
    severity: 'warning',
    about: 'A reclaimed spot instance is gone before its drain has ended.',
    check: ({ scale: { retire, launch } }) =>
      remarkIf(
        retire.hardMs > COMPUTE_LIMITS.spotNoticeMs &&
          launch.options.some(({ chargeType }) => chargeType === 'spot'),
        () => ({
          at: ['retire', 'hard'],
          sentence: `The hard deadline is ${formatDuration(retire.hardMs)}, and spot is reclaimed at ${formatDuration(COMPUTE_LIMITS.spotNoticeMs)} notice: what is still open then is cut by the cloud.`,
          remedy: `Set hard to ${formatDuration(COMPUTE_LIMITS.spotNoticeMs)} or less, or use no spot.`,
        }),
      ),
  },
  {
    code: 'orphan-wait-below-boot',
    severity: 'error',
    about: 'Instances would be called orphans while they boot.',
    check: ({ scale: { inventory, launch } }) =>
      remarkIf(inventory.orphanMs < launch.provisionTimeoutMs, () => ({
        at: ['inventory', 'orphan'],
        sentence: `Two sightings ${formatDuration(inventory.orphanMs)} apart call an instance an orphan, and it may take ${formatDuration(launch.provisionTimeoutMs)} to run.`,
        remedy: `Set orphan to ${formatDuration(launch.provisionTimeoutMs)} or more.`,
      })),
  },
  {
    code: 'warm-pool-cannot-stop',
    severity: 'info',
    about: 'Spot instances and those with local disks cannot be stopped economically.',
    check: ({ scale: { warmPool, launch } }) => {
      const names = launch.options.filter(cannotStop).map(({ name }) => name);
      return remarkIf(warmPool.size > 0 && names.length > 0, () => ({
        at: ['warmPool', 'size'],
        sentence: `${names.join(', ')} cannot be stopped economically, so such instances never rest in the warm pool.`,
        remedy:
          names.length === launch.options.length
            ? 'Add a pay-as-you-go option without local disks, or set size to 0.'
            : 'Nothing to do; the other options fill the warm pool.',
      }));
    },
  },
]);
