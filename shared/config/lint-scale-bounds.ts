import { remarkIf } from './lint-rule';
import { scaleRules } from './lint-scale-rule';

/** Whether `min` and `max` can be, with what stands around them. */
export const SCALE_BOUND_RULES = scaleRules([
  {
    code: 'scale-min-above-max',
    severity: 'error',
    about: 'No number of instances is at least min and at most max.',
    check: ({ scale: { min, max } }) =>
      remarkIf(min > max, () => ({
        at: ['min'],
        sentence: `min is ${min} and max is ${max}: no number of instances is within both.`,
        remedy: 'Lower min or raise max.',
      })),
  },
  {
    code: 'scale-min-below-floor',
    severity: 'error',
    about: 'Scaling in would want to go where the guards do not let it.',
    check: ({ scale: { min }, pool: { guards } }) =>
      remarkIf(min < guards.floorCount, () => ({
        at: ['min'],
        sentence: `min is ${min}, and guards.floorCount keeps ${guards.floorCount} serving: the last ones would be asked for and refused for ever.`,
        remedy: `Set min to ${guards.floorCount} or more, or lower floorCount.`,
      })),
  },
  {
    code: 'scale-nothing-scales',
    severity: 'error',
    about: 'No metric, no step and no schedule: nothing would ever change the number.',
    check: ({ scale: { min, max, metrics, steps, schedules } }) =>
      remarkIf(min < max && metrics.length + steps.length + schedules.length === 0, () => ({
        at: ['max'],
        sentence: `There is no metric, no step and no schedule: the pool would stay at ${min} and never come near ${max}.`,
        remedy: `Name a metric, or set max to ${min} to keep a fixed number.`,
      })),
  },
  {
    code: 'scale-max-above-backends',
    severity: 'error',
    about: 'Every instance is a backend of every target, and a load balancer holds so many.',
    check: ({ scale: { max }, declared: { quotas } }) =>
      remarkIf(max > quotas.backendsPerLoadBalancer, () => ({
        at: ['max'],
        sentence: `max is ${max}, every instance is registered with each target, and a load balancer holds ${quotas.backendsPerLoadBalancer} backends: the rest would boot, cost and never serve.`,
        remedy:
          'Lower max, split the pool, or have the quota raised and say so in facts.quotas.backendsPerLoadBalancer.',
      })),
  },
  {
    code: 'scale-surge-above-backends',
    severity: 'warning',
    about: 'At max, a replacement would find no room behind the load balancer.',
    check: ({ scale: { max, launch }, declared: { quotas } }) => {
      const room = quotas.backendsPerLoadBalancer - max;
      return remarkIf(room >= 0 && room < launch.replaceSurge, () => ({
        at: ['launch', 'replaceSurge'],
        sentence: `At max ${max} there is room for ${room} more behind the load balancer, and replaceSurge launches ${launch.replaceSurge}.`,
        remedy: 'Lower max or replaceSurge.',
      }));
    },
  },
  {
    code: 'scale-max-above-quota',
    severity: 'error',
    about: 'The account’s quota has no room for max.',
    check: ({ scale: { max, warmPool, launch }, declared: { quotas } }) => {
      const most = max + warmPool.size + launch.replaceSurge;
      return remarkIf(quotas.instances !== null && most > quotas.instances, () => ({
        at: ['max'],
        sentence: `max ${max}, a warm pool of ${warmPool.size} and a surge of ${launch.replaceSurge} are ${most} instances; the quota leaves room for ${quotas.instances ?? 0}.`,
        remedy: 'Lower one of them, or have the quota raised and say so in facts.quotas.instances.',
      }));
    },
  },
  {
    code: 'scale-members-outside-bounds',
    severity: 'warning',
    about: 'The pool is larger or smaller than its bounds: the first tick that acts changes it.',
    check: ({ scale: { min, max }, members }) =>
      remarkIf(members !== null && (members < min || members > max), () => ({
        at: [(members ?? 0) > max ? 'max' : 'min'],
        sentence: `The pool has ${members ?? 0} members, outside ${min} to ${max}: in mode enforce it changes at once, as fast as the rates allow.`,
        remedy: 'Set min and max around what is there, then move them.',
      })),
  },
  {
    code: 'scale-replace-never-first',
    severity: 'error',
    about: 'A fixed number without surge leaves no room to launch a replacement first.',
    check: ({ scale: { min, max, launch } }) =>
      remarkIf(launch.replaceSurge === 0 && min === max, () => ({
        at: ['launch', 'replaceSurge'],
        sentence: `min and max are ${max} and replaceSurge is 0: a replacement could never be launched before the old instance is gone.`,
        remedy: 'Set replaceSurge to 1 or more, or leave a gap between min and max.',
      })),
  },
  {
    code: 'scale-warm-pool-unused',
    severity: 'warning',
    about: 'More instances are kept ready than could ever be started.',
    check: ({ scale: { min, max, warmPool, launch } }) => {
      const useful = Math.max(0, max - min) + launch.replaceSurge;
      return remarkIf(warmPool.size > useful, () => ({
        at: ['warmPool', 'size'],
        sentence: `${warmPool.size} instances are kept ready; from min ${min} to max ${max} with a surge of ${launch.replaceSurge} at most ${useful} can be started.`,
        remedy: `Lower size to ${useful} or less.`,
      }));
    },
  },
]);
