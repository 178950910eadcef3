import { type MembershipPolicy } from '../domain/scale-policy';
import { type Target, targetKey } from '../domain/target';
import { estimateWatch } from './cost';
import { type FleetPolicy } from './fleet-policy';
import { COST_RULES } from './lint-cost';
import { DETECTION_RULES } from './lint-detection';
import { FAILOVER_RULES, NAME_RULES } from './lint-failover';
import { GUARD_RULES } from './lint-guards';
import { LADDER_RULES } from './lint-ladder';
import { LAUNCH_RULES } from './lint-launch';
import { LAUNCH_OPTION_RULES } from './lint-launch-options';
import { MEMBERSHIP_RULES } from './lint-membership';
import { lintNames } from './lint-name-rule';
import { NOTIFICATION_RULES } from './lint-notifications';
import { RETIRE_RULES } from './lint-retire';
import {
  poolUnderLint,
  type LintFinding,
  type LintRule,
  type LiveFacts,
  type Severity,
} from './lint-rule';
import { SCALE_BOUND_RULES } from './lint-scale-bounds';
import { SCALE_METRIC_RULES } from './lint-scale-metrics';
import { SCALE_STEP_RULES } from './lint-scale-steps';
import { SCALE_VETO_RULES } from './lint-scale-vetoes';
import { SCHEDULE_RULES } from './lint-schedules';

export { type LintFinding, type LiveFacts } from './lint-rule';

/** Rules about adding and removing instances. */
export const CAPACITY_RULES: readonly LintRule[] = [
  ...SCALE_BOUND_RULES,
  ...SCALE_METRIC_RULES,
  ...SCALE_STEP_RULES,
  ...SCALE_VETO_RULES,
  ...SCHEDULE_RULES,
  ...LAUNCH_OPTION_RULES,
  ...LAUNCH_RULES,
  ...RETIRE_RULES,
  ...MEMBERSHIP_RULES,
];

const POOL_RULES: readonly LintRule[] = [
  ...GUARD_RULES,
  ...DETECTION_RULES,
  ...LADDER_RULES,
  ...COST_RULES,
  ...CAPACITY_RULES,
];

interface FleetRule {
  readonly code: string;
  readonly severity: Severity;
  readonly about: string;
  check(
    fleet: FleetPolicy,
  ): readonly Pick<LintFinding, 'at' | 'sentence' | 'remedy' | 'poolName'>[];
}

/** Without a port a target is the whole group, and so every port of it. */
const isOverlapping = (a: Target, b: Target): boolean =>
  a.loadBalancerId === b.loadBalancerId &&
  a.serverGroupId === b.serverGroupId &&
  (a.port === undefined || b.port === undefined || a.port === b.port);

const sharedWith = (
  before: { readonly target: Target; readonly owner: string },
  target: Target,
): string =>
  targetKey(before.target) === targetKey(target)
    ? `belongs to pool ${before.owner}`
    : `has members in common with ${targetKey(before.target)}, which belongs to pool ${before.owner}`;

const isSameMembership = (
  one: MembershipPolicy | undefined,
  other: MembershipPolicy | undefined,
): boolean => one !== undefined && one.tagKey === other?.tagKey && one.tagValue === other.tagValue;

const FLEET_RULES: readonly FleetRule[] = [
  {
    code: 'duplicate-target',
    severity: 'error',
    about: 'Two pools, or one twice, would write the same weights.',
    check: (fleet) => {
      const seen: { readonly target: Target; readonly owner: string }[] = [];
      return fleet.pools.flatMap((pool, index) =>
        pool.targets.flatMap((target, position) => {
          const before = seen.find((one) => isOverlapping(one.target, target));
          seen.push({ target, owner: pool.name });
          return before === undefined
            ? []
            : [
                {
                  poolName: pool.name,
                  at: ['pools', index, 'targets', position],
                  sentence: `Target ${targetKey(target)} ${sharedWith(before, target)} already: two writers would undo each other’s work.`,
                  remedy: 'Keep it in one pool.',
                },
              ];
        }),
      );
    },
  },
  {
    code: 'membership-in-two-pools',
    severity: 'info',
    about: 'Two pools name their members by one tag: each instance stands in both.',
    check: (fleet) =>
      fleet.pools.flatMap((pool, index) => {
        const other = fleet.pools
          .slice(0, index)
          .find((before) => isSameMembership(before.membership, pool.membership));
        return other === undefined
          ? []
          : [
              {
                poolName: pool.name,
                at: ['pools', index, 'membership'],
                sentence: `Pool ${other.name} names its members by the same tag: each pool tends their weights behind its own load balancers, and only the pool that owns an instance by its tag stops or deletes it.`,
                remedy:
                  'Nothing to do where they serve both; else give each pool a tag of its own.',
              },
            ];
      }),
  },
  {
    code: 'memory-store',
    severity: 'warning',
    about: 'Leases in memory do not keep two workers apart.',
    check: (fleet) =>
      fleet.store.kind === 'memory'
        ? [
            {
              poolName: null,
              at: ['store'],
              sentence:
                'A store in memory is not shared: two functions would write at once, and every start forgets offences and repairs.',
              remedy: 'Use kind: file for anything but trials.',
            },
          ]
        : [],
  },
  {
    code: 'alarms-refused',
    severity: 'info',
    about: 'Without a secret on-alarm refuses every alarm; the timer still wakes the loop.',
    check: (fleet) =>
      fleet.alarmSecret === null
        ? [
            {
              poolName: null,
              at: [],
              sentence:
                'No alarmSecret is set, so alarms are refused and only events and the timer wake the loop.',
              remedy: 'Set alarmSecret.current to env:NAME.',
            },
          ]
        : [],
  },
  {
    code: 'metric-quota',
    severity: 'warning',
    about:
      'All pools together need more CloudMonitor calls than the account may make; metrics are then read less often.',
    check: (fleet) => {
      const own = fleet.pools.map(
        (pool) =>
          estimateWatch(pool.watch, {
            pool,
            members: fleet.facts[pool.name]?.members ?? null,
            deployment: fleet.deployment,
            prices: fleet.prices,
          }).metricCalls,
      );
      const total = own.reduce(
        (sum, calls) => sum + calls,
        fleet.deployment.otherMetricCallsPerMonth,
      );
      return total <= fleet.deployment.metricCallsPerMonth
        ? []
        : [
            {
              poolName: null,
              at: ['pools'],
              sentence: `About ${total} CloudMonitor calls a month exceed the ${fleet.deployment.metricCallsPerMonth} that deployment.metricCalls allows: metrics will be read less often. Pools that one worker looks after share calls, which is not counted here.`,
              remedy:
                'Switch on pay-as-you-go for CloudMonitor and raise deployment.metricCalls, or split the pools over accounts.',
            },
          ];
    },
  },
  ...FAILOVER_RULES,
  ...NOTIFICATION_RULES,
];

/** Every lint code with its severity and meaning, for the reference. */
export const LINT_CODES: readonly {
  readonly code: string;
  readonly severity: Severity;
  readonly about: string;
}[] = [...FLEET_RULES, ...POOL_RULES, ...NAME_RULES].map(({ code, severity, about }) => ({
  code,
  severity,
  about,
}));

/**
 * What the schema cannot see: contradictions between fields, and limits of the load balancer. Live facts, where the cloud
 * was asked, win over what the file declares.
 */
export function lintPolicy(
  fleet: FleetPolicy,
  live: readonly LiveFacts[] = [],
): readonly LintFinding[] {
  const ofFleet = FLEET_RULES.flatMap((rule) =>
    rule.check(fleet).map((found) => ({
      ...{ code: rule.code, severity: rule.severity, publicName: null },
      ...found,
    })),
  );
  const ofPools = fleet.pools.flatMap((pool, index) => {
    const subject = poolUnderLint(fleet, index, live);
    return subject === undefined
      ? []
      : POOL_RULES.flatMap((rule) =>
          rule.check(subject).map((remark): LintFinding => ({
            code: rule.code,
            severity: rule.severity,
            poolName: pool.name,
            publicName: null,
            ...remark,
            at: ['pools', index, ...remark.at],
          })),
        );
  });
  return [...ofFleet, ...ofPools, ...lintNames(fleet, NAME_RULES)];
}
