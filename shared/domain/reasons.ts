import { INSTANCE_REASONS } from './instance-reasons';
import { SCALE_REASONS } from './scale-reasons';

/** Reasons of healing. */
const HEAL_REASONS = {
  // what was concluded about a backend
  healthy: 'Every signal that was seen is in order.',
  newcomer: 'First seen in the pool: it passes probation before it gets its full weight.',
  'abnormal-in-load-balancer':
    'The load balancer’s own health check calls it abnormal and sends it nothing new.',
  'instance-not-running': 'ECS says that the instance is not running.',
  'instance-gone': 'ECS no longer knows the instance.',
  'spot-reclaim':
    'The spot instance will be reclaimed within about five minutes; it is drained ahead of time.',
  'scheduled-maintenance':
    'ECS has scheduled a reboot, stop or redeploy; it is drained ahead of time.',
  'system-failure': 'ECS reports a failure of the host or of the operating system.',
  'outlier-errors':
    'It fails clearly more probes than its peers and than the absolute floor, in disjoint windows.',
  'outlier-latency':
    'It answers clearly slower than its peers and than the absolute floor, in disjoint windows.',
  'probes-failing': 'Probes fail and a second fresh signal agrees.',
  'suspicion-unconfirmed':
    'One signal looks bad; it has not been confirmed by a second one or by further observations yet.',
  'signal-missing':
    'A signal that would be needed to decide is missing or stale; nothing is concluded from its absence.',
  'vantage-broken':
    'Probes fail for most backends that the load balancer calls normal: our view is broken, not they.',
  'operator-drain': 'A person ordered this backend to be drained.',
  'person-set-weight': 'The weight was changed by someone else; it is kept and reported.',
  'still-ejected':
    'It stays out until its ejection time has passed and the signals are good again.',
  'ejection-served':
    'The ejection time has passed and the signals are good: it returns by probation.',
  'probation-step': 'It earned the next step of slow start.',
  'probation-passed': 'It held its full weight through probation.',
  'probation-waiting': 'It waits for the next step of slow start.',
  relapsed: 'It failed during probation and is ejected again, for longer.',
  recovered: 'Its signals are good again.',
  'repair-service': 'Drained and still bad: the service is restarted through Cloud Assistant.',
  'repair-reboot': 'The restart did not help: the instance is rebooted.',
  'repair-waiting': 'A repair is under way; its effect is looked at when its wait is over.',
  'repair-exhausted': 'Every rung that is in use was tried: people are called.',
  'managed-weight': 'The base weight follows from the vCPU count.',
  'feedback-weight': 'The weight follows observed load and utilisation.',
  'late-write-repaired': 'A weight that we wrote earlier landed late; it is set right again.',
  reverted:
    'A person took back what healing did to the pool: last known weights are restored, and healing leaves it alone until the order ends.',
  // what was concluded about the pool
  panic:
    'Fewer than the panic share of backends are healthy: last known weights are restored, healing stops, people are called.',
  'panic-over': 'Enough backends are healthy again: healing resumes.',
  'pool-empty': 'The pool has no members; there is nothing to heal.',
  'cloud-unreadable':
    'The load balancer could not be read: nothing is concluded and nothing is changed.',
  'store-unavailable':
    'The state store cannot be reached: without a lease and memory nothing is written to the cloud.',
  'policy-unusable':
    'The newest policy in the store cannot be used by this program: the last one that can stays in force.',
  'writes-refused':
    'The cloud refuses writes that repeating cannot help: a permission, a quota or the request itself is wrong.',
  'watchers-full':
    'As many workers stay awake as may: this one sleeps after its look, until something calls.',
  'api-budget':
    'The calls that the account may make are used up for now, or kept for more urgent ones: it was not sent.',
  'foreign-members': 'The group has members that are not ECS instances; they are left alone.',
  // why a guard withheld a step
  'guard-protected':
    'The instance is protected, or its tags could never be read; nothing touches it.',
  'guard-frozen':
    'A person froze it: nothing is written until the freeze ends, not even what would restore.',
  'guard-panic': 'The pool is in panic: nothing is taken out or repaired.',
  'guard-evidence':
    'Weight-down needs a decisive fresh signal, or two different fresh ones that agree.',
  'guard-floor': 'The step would leave fewer serving backends than the floor.',
  'guard-last-serving': 'The step would set the last serving backend of a listener to 0.',
  'guard-overload':
    'The other backends have no room for its work: taking it out on suspicion would overload them.',
  'guard-ejection-cap': 'As many backends as allowed are ejected already.',
  'guard-budget':
    'The budget of changes per window is used up, or as many newcomers as allowed began their ramp in this tick.',
  'guard-inventory-drop':
    'The pool lost too many members since the last tick; nothing is changed until it settles or a person looks.',
  'guard-repair-share': 'As many repairs as allowed are under way already.',
  'guard-other-service':
    'The instance also serves another group that would be left without enough backends.',
  'guard-breaker': 'Recent repairs did not help; repairs are stopped for a while.',
  'guard-writes-refused':
    'The cloud refused such a write a little while ago; after that wait one is tried first.',
  'guard-incomplete': 'A step this one depends on was withheld.',
} as const;

/**
 * Every reason the loop can give, documented once: `explain` prints these sentences, the reference page is generated
 * from them, metrics are labelled with the codes and each code has a test that produces it.
 */
export const REASONS = { ...HEAL_REASONS, ...SCALE_REASONS, ...INSTANCE_REASONS } as const;

export type ReasonCode = keyof typeof REASONS;
