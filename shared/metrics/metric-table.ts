/** One metric of `/metrics`. */
export interface MetricRow {
  readonly name: string;
  /** Counters grow until the store is lost, and then begin anew. */
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
}

const counter = (name: string, labels: readonly string[], help: string) =>
  ({ kind: 'counter', name: `evenkeel_${name}_total`, labels, help }) as const;
const gauge = (name: string, labels: readonly string[], help: string) =>
  ({ kind: 'gauge', name: `evenkeel_${name}`, labels, help }) as const;

const POOL = ['pool'];
const NAME = ['name'];

/** Every metric there is, once: the text of `/metrics`, the reference, dashboard and alert rules go by these. */
export const METRICS = {
  // the loop as a whole
  storeUp: gauge(
    'store_up',
    [],
    '1 while the state store answers; without it nothing else is known.',
  ),
  loopLag: gauge(
    'loop_lag_seconds',
    [],
    'Age of the oldest last look among the pools and names of this page.',
  ),
  pools: gauge('pools', [], 'Pools of this deployment, on all pages.'),
  poolsLeftOut: gauge('pools_left_out', [], 'Pools that are on other pages (?page=2 and so on).'),
  poolsUnread: gauge(
    'pools_unread',
    [],
    'Pools of this page that could not be read in time, or were never looked at.',
  ),
  freezeUntil: gauge(
    'freeze_until_timestamp_seconds',
    ['scope'],
    'End of each freeze that holds: of all, a pool or a name.',
  ),
  freezeSince: gauge(
    'freeze_since_timestamp_seconds',
    ['scope'],
    'Begin of each freeze that holds.',
  ),
  notices: counter('notices', ['channel', 'outcome'], 'Messages to people by what became of them.'),
  noticesWaiting: gauge('notices_waiting', [], 'Critical alerts that no channel took so far.'),
  // turns of a pool
  ticks: counter('ticks', ['pool', 'wake'], 'Turns of the loop by what woke them.'),
  tickSeconds: counter('tick_seconds', POOL, 'Time that all turns took together.'),
  wakeLagSeconds: counter(
    'wake_lag_seconds',
    POOL,
    'Time from wake-up to the beginning of the turn, over all turns.',
  ),
  decisions: counter('decisions', ['pool', 'reason'], 'Steps that were proposed, by reason.'),
  withheld: counter('withheld', ['pool', 'rule'], 'Steps that a guard withheld, by its rule.'),
  steps: counter('steps', ['pool', 'kind', 'result'], 'Planned steps by what became of them.'),
  stepErrors: counter('step_errors', ['pool', 'code'], 'Steps that failed, by the cloud’s code.'),
  apiCalls: counter(
    'api_calls',
    ['pool', 'api', 'outcome'],
    'Calls of the cloud by API: ok, throttled, budget (kept back by us), refused or failed.',
  ),
  blindLooks: counter(
    'blind_looks',
    ['pool', 'code'],
    'Turns that ended because the cloud could not be read, by its code.',
  ),
  ejections: counter('ejections', POOL, 'Backends that were ejected.'),
  heals: counter('heals', POOL, 'Backends that were ill and are healthy again.'),
  healSeconds: counter(
    'heal_seconds',
    POOL,
    'Time from first suspicion to healthy, over all that healed.',
  ),
  // a pool as its last turn left it
  lastTick: gauge('pool_last_tick_timestamp_seconds', POOL, 'When the pool was last looked at.'),
  lastTickSeconds: gauge('pool_last_tick_seconds', POOL, 'How long the last turn took.'),
  lastWakeLag: gauge(
    'pool_last_wake_lag_seconds',
    POOL,
    'Time from wake-up to the beginning of the last turn.',
  ),
  members: gauge('pool_members', POOL, 'Members of the server groups.'),
  healthy: gauge('pool_healthy', POOL, 'Members that are healthy.'),
  serving: gauge('pool_serving', POOL, 'Members that traffic can reach.'),
  backends: gauge('pool_backends', ['pool', 'state'], 'Backends by state of healing.'),
  desired: gauge('pool_desired', POOL, 'Instances wanted, where the pool is scaled.'),
  instances: gauge('pool_instances', ['pool', 'stage'], 'Instances of a scaled pool by stage.'),
  panic: gauge('pool_panic', POOL, '1 while the pool is in panic.'),
  breakerOpen: gauge(
    'pool_breaker_open',
    ['pool', 'of'],
    '1 while repairs or launches are stopped.',
  ),
  unhealthySeconds: gauge(
    'pool_unhealthy_seconds',
    POOL,
    'How long the backend that is ill for longest has been so; 0 when none is.',
  ),
  dataAge: gauge(
    'pool_data_age_seconds',
    ['pool', 'signal'],
    'Age of the oldest reading that the last turn went by.',
  ),
  dataUnusable: gauge(
    'pool_data_unusable',
    ['pool', 'signal'],
    'Readings that were stale or missing in the last turn.',
  ),
  inFlight: gauge(
    'pool_operations_in_flight',
    ['pool', 'kind'],
    'Repairs and launches that are under way.',
  ),
  // public names
  nameLastTick: gauge(
    'name_last_tick_timestamp_seconds',
    NAME,
    'When the name was last looked at.',
  ),
  nameLastTickSeconds: gauge('name_last_tick_seconds', NAME, 'How long the last turn took.'),
  siteState: gauge(
    'name_site_state',
    ['name', 'site', 'state'],
    '1 for the state that each site is in.',
  ),
  movesWaiting: gauge('name_moves_waiting', NAME, 'Moves that wait for a person’s word.'),
  // turns of a name
  nameTicks: counter('name_ticks', ['name', 'wake'], 'Turns about the name by what woke them.'),
  nameTickSeconds: counter('name_tick_seconds', NAME, 'Time that all turns took together.'),
  nameWakeLagSeconds: counter(
    'name_wake_lag_seconds',
    NAME,
    'Time from wake-up to the beginning of the turn, over all turns.',
  ),
  nameDecisions: counter(
    'name_decisions',
    ['name', 'reason'],
    'Steps that were proposed, by reason.',
  ),
  nameWithheld: counter(
    'name_withheld',
    ['name', 'rule'],
    'Steps that a guard withheld, by its rule.',
  ),
  nameSteps: counter(
    'name_steps',
    ['name', 'kind', 'result'],
    'Planned steps by what became of them.',
  ),
  nameStepErrors: counter(
    'name_step_errors',
    ['name', 'code'],
    'Steps that failed, by the cloud’s code.',
  ),
  nameApiCalls: counter(
    'name_api_calls',
    ['name', 'api', 'outcome'],
    'Calls of the cloud by API and outcome, as for pools.',
  ),
  nameBlindLooks: counter(
    'name_blind_looks',
    ['name', 'code'],
    'Turns that could not read the records, by the cause or the cloud’s code.',
  ),
  nameMoves: counter(
    'name_moves',
    ['name', 'kind'],
    'Moves of traffic that were begun: failover, failback or practice.',
  ),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricKey = keyof typeof METRICS;

/** One value of one metric. */
export interface Sample {
  readonly metric: MetricKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
