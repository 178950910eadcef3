/**
 * Every reason that the capacity decision can give, in the form of the other reasons. `limit-…` names what held a wish back;
 * the rest says why capacity is added, taken away or left alone.
 */
export const SCALE_REASONS = {
  // why capacity changes, or does not
  'capacity-on-target': 'Every metric is where it should be: nothing changes.',
  'capacity-held':
    'More or fewer instances would be right; the limits that are named held it back.',
  'scale-out-metric':
    'A metric is above its target, or a step rule applies: instances are added. One metric suffices.',
  'scale-out-minimum': 'Fewer instances than the minimum that holds now: the rest is added.',
  'scale-out-missing':
    'Fewer instances than were wanted already: what was lost, or never came, is asked for again.',
  'scale-out-order': 'A person ordered more capacity.',
  'scale-out-floor':
    'A public name asked for capacity ahead of traffic that comes from another region.',
  'scale-in-metrics': 'Every metric agrees that fewer instances suffice, and nothing forbids it.',
  'scale-in-maximum': 'More instances than the maximum that holds now: the rest leaves.',
  'scale-in-order': 'A person ordered less capacity.',
  // what held
  'limit-max': 'The maximum of the policy held: it is never exceeded.',
  'limit-min': 'The minimum of the policy held.',
  'limit-schedule': 'A schedule that is active now held.',
  'limit-order': 'A person’s order for capacity held.',
  'limit-floor':
    'A public name asked for so many: what comes from another region must find room, so nothing scales in below.',
  'limit-rate': 'The rate held: so many instances a window, counting those on their way.',
  'limit-stabilisation':
    'The stabilisation window held: out counts the lowest wish of it, in the highest.',
  'limit-tolerance': 'The metric is off its target by less than the tolerance.',
  'limit-agreement': 'Not every metric agrees to scale in as far: the one that needs most decides.',
  'limit-metric-missing':
    'A metric is missing or stale: nothing is concluded from its absence, and nothing scales in.',
  'limit-quorum':
    'Too few instances tell, by a metric, how much work they have for it to agree to scale in.',
  'limit-errors': 'Too many requests fail, or nobody knows how many: nothing scales in.',
  'limit-latency': 'Responses take too long, or nobody knows how long: nothing scales in.',
  'limit-unhealthy': 'Too many instances are unhealthy: nothing scales in.',
  'limit-last-week-peak':
    'The same hour of the same weekday needed more a week ago: that much is kept.',
  'limit-breaker':
    'Launches in a row came to nothing: nothing is launched until the breaker closes.',
  'limit-disabled': 'The policy has this direction switched off.',
  'limit-inventory':
    'The list of instances is missing or contradicts itself: nothing is launched or removed.',
  'limit-settling':
    'What was launched before the memory was lost may not be listed yet: nothing is launched or removed until it must be.',
} as const;

export type ScaleReasonCode = keyof typeof SCALE_REASONS;
