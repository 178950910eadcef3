import { HEARTBEAT_METRIC } from '../../shared/adapters/alicloud/custom-metric-heartbeat';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type AlarmRule, type AlarmTarget } from '../../shared/ports/alarm-setup';
import { poolsHere } from '../../shared/wake/pools-here';
import { marked, prefixOf, type SetupItem } from './setup-item';

/** What the policy does not say about where things are. */
export interface SetupPlace {
  readonly accountId: string | null;
  /** What wakes the loop, in a region. */
  readonly ring: (regionId: string) => AlarmTarget;
}

/** One region with what it should have. */
export interface RegionSetup {
  readonly regionId: string;
  readonly items: readonly SetupItem[];
}

/** Points of the load balancer's metrics are a minute apart. */
const PERIOD_SECONDS = 60;
/** The heartbeat's value is the age of the oldest look; it stops by itself long before this. */
const HEARTBEAT_AGE_SECONDS = 3600;

/** Events of an instance that are worth a look. Sources: the event pages of ECS; names without their status. */
const INSTANCE_EVENTS = [
  'Instance:StateChange',
  'Instance:PreemptibleInstanceInterruption',
  'Instance:SystemFailure.Reboot',
  'Instance:SystemFailure.Redeploy',
  'Instance:SystemFailure.Stop',
  'Instance:SystemFailure.Delete',
  'Instance:InstanceFailure.Reboot',
  'Instance:SystemMaintenance.Reboot',
  'Instance:SystemMaintenance.Redeploy',
  'Instance:SystemMaintenance.Stop',
] as const;

const critical = (statistics: string, threshold: number): AlarmRule['conditions'] => [
  {
    ...{ level: 'critical', statistics, threshold, times: 1 },
    operator: 'GreaterThanOrEqualToThreshold',
  },
];

/** What the policy asks for in each region, marked as ours. A region of which no pool is ours has no rules. */
export function wantedSetup(fleet: FleetPolicy, place: SetupPlace): readonly RegionSetup[] {
  const regionIds = new Set([fleet.regionId, ...poolsHere(fleet).map(({ regionId }) => regionId)]);
  return [...regionIds].sort().map((regionId) => ({
    regionId,
    items: itemsIn(regionId, fleet, place).map((item) => marked(item, fleet.deployment.name)),
  }));
}

function itemsIn(regionId: string, fleet: FleetPolicy, place: SetupPlace): readonly SetupItem[] {
  const isHome = regionId === fleet.regionId;
  const rules = [
    ...loadBalancersIn(regionId, fleet).flatMap((id) =>
      balancerRules(id, fleet, place.ring(regionId)),
    ),
    ...(isHome && place.accountId !== null ? [heartbeatRule(fleet, place.accountId)] : []),
  ];
  return [
    ...(isHome ? [contactGroup(fleet)] : []),
    ...rules.map((value): SetupItem => ({ kind: 'alarm-rule', value })),
    ...(fleet.alarms.events ? [instanceEvents(fleet, place.ring(regionId))] : []),
  ];
}

const loadBalancersIn = (regionId: string, fleet: FleetPolicy): readonly string[] =>
  [
    ...new Set(
      poolsHere(fleet)
        .filter((pool) => pool.regionId === regionId)
        .flatMap(({ targets }) => targets.map(({ loadBalancerId }) => loadBalancerId)),
    ),
  ].sort();

const groupName = ({ deployment }: FleetPolicy): string => `${prefixOf(deployment.name)}people`;

const contactGroup = (fleet: FleetPolicy): SetupItem => ({
  kind: 'contact-group',
  value: { name: groupName(fleet), description: '', contacts: fleet.alarms.contacts },
});

const ruleOf = (
  fleet: FleetPolicy,
  rule: Pick<AlarmRule, 'namespace' | 'metric' | 'resource' | 'conditions' | 'target'> & {
    readonly about: string;
  },
): AlarmRule => {
  const { about, ...rest } = rule;
  return {
    ...rest,
    name: `${prefixOf(fleet.deployment.name)}${about}`,
    periodSeconds: PERIOD_SECONDS,
    repeatSeconds: Math.round(fleet.alarms.repeatEveryMs / 1000),
    noData: 'KEEP_LAST_STATE',
    contactGroup: groupName(fleet),
    labels: {},
    isEnabled: true,
  };
};

/** Who wakes the loop about a load balancer: unhealthy backends, errors and slow answers, as far as the policy has thresholds. */
function balancerRules(
  loadBalancerId: string,
  fleet: FleetPolicy,
  target: AlarmTarget,
): readonly AlarmRule[] {
  const { unhealthyServers, errorsPerSecond, responseTimeMs } = fleet.alarms;
  const wishes = [
    { about: 'unhealthy', metric: 'UnhealthyServerCount', over: unhealthyServers, by: 'Maximum' },
    { about: 'errors', metric: 'UpstreamCode5xx', over: errorsPerSecond, by: 'Average' },
    { about: 'response-time', metric: 'Rt', over: responseTimeMs, by: 'Average' },
  ];
  return wishes.flatMap(({ about, metric, over, by }) =>
    over === null
      ? []
      : [
          ruleOf(fleet, {
            ...{ metric, target, namespace: 'acs_slb_dashboard' },
            about: `${loadBalancerId}_${about}`,
            resource: { instanceId: loadBalancerId },
            conditions: critical(by, over),
          }),
        ],
  );
}

/**
 * Calls people when the loop itself dies: absence of its heartbeat is the alarm (`INSUFFICIENT_DATA`; otherwise a rule keeps the state of
 * the last point for ever). It never rings a function of ours: they are what may have died.
 */
function heartbeatRule(fleet: FleetPolicy, accountId: string): AlarmRule {
  const minutes = Math.ceil(fleet.alarms.heartbeatSilenceMs / 60_000);
  return {
    ...ruleOf(fleet, {
      ...{ about: 'heartbeat', metric: HEARTBEAT_METRIC, target: null },
      namespace: `acs_customMetric_${accountId}`,
      resource: { region: fleet.regionId },
      conditions: critical('Value', HEARTBEAT_AGE_SECONDS),
    }),
    periodSeconds: minutes * 60,
    noData: 'INSUFFICIENT_DATA',
  };
}

const instanceEvents = (fleet: FleetPolicy, target: AlarmTarget): SetupItem => ({
  kind: 'event-rule',
  value: {
    name: `${prefixOf(fleet.deployment.name)}instances`,
    description: '',
    ...{ product: 'ECS', eventNames: INSTANCE_EVENTS, target, isEnabled: true },
  },
});
