import { type PoolPolicy } from '../domain/policy';
import { type ListenerSnapshot, type TargetSnapshot } from '../domain/pool';
import { millis } from '../domain/units';
import { type DeclaredFacts, type DeclaredListener, type FleetPolicy } from './fleet-policy';
import { detectionTimeMs, LOAD_BALANCER_LIMITS } from './limits';

export type Severity = 'error' | 'warning' | 'info';

/** One thing that is allowed by the schema and still wrong, doubtful or worth knowing. */
export interface LintFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly poolName: string | null;
  /** The public name that it is about. */
  readonly publicName: string | null;
  /** Path in the file: `['pools', 0, 'guards', 'floorShare']`. */
  readonly at: readonly PropertyKey[];
  readonly sentence: string;
  readonly remedy: string;
}

/** What the cloud says of a pool, where it was asked; better than what the file declares. */
export interface LiveFacts {
  readonly poolName: string;
  readonly members: number;
  readonly targets: readonly TargetSnapshot[];
}

/** A listener as lint sees it, declared or live. */
type LintListener = Pick<
  ListenerSnapshot,
  'port' | 'protocol' | 'hasHealthCheck' | 'detectionMs' | 'isSticky'
>;

export interface PoolUnderLint {
  readonly fleet: FleetPolicy;
  readonly pool: PoolPolicy;
  readonly index: number;
  readonly declared: DeclaredFacts;
  readonly members: number | null;
  readonly listeners: readonly LintListener[];
}

/** What a rule says; `at` is relative to the pool. Several remarks when several places are concerned. */
export interface Remark {
  readonly at: readonly PropertyKey[];
  readonly sentence: string;
  readonly remedy: string;
}

/** One rule over one pool; `about` stands in the reference. */
export interface LintRule {
  readonly code: string;
  readonly severity: Severity;
  readonly about: string;
  check(subject: PoolUnderLint): readonly Remark[];
}

/** A list of rules whose functions take their types from it. */
export const lintRules = (rules: readonly LintRule[]): readonly LintRule[] => rules;

/** One remark if the condition holds. */
export const remarkIf = (condition: boolean, remark: () => Remark): readonly Remark[] =>
  condition ? [remark()] : [];

const declaredListener = (listener: DeclaredListener): LintListener => ({
  port: listener.port,
  protocol: listener.protocol,
  hasHealthCheck: listener.healthCheck !== null,
  detectionMs: millis(listener.healthCheck === null ? 0 : detectionTimeMs(listener.healthCheck)),
  isSticky: false,
});

const UNDECLARED: DeclaredFacts = {
  members: null,
  callsOwnLoadBalancer: false,
  latencyP99Ms: null,
  listeners: [],
  quotas: {
    backendsPerLoadBalancer: LOAD_BALANCER_LIMITS.backendsPerLoadBalancer,
    instances: null,
  },
};

/** Joins policy, declared facts and live facts of one pool. */
export function poolUnderLint(
  fleet: FleetPolicy,
  index: number,
  live: readonly LiveFacts[],
): PoolUnderLint | undefined {
  const pool = fleet.pools[index];
  if (pool === undefined) return undefined;
  const declared = fleet.facts[pool.name] ?? UNDECLARED;
  const seen = live.find((facts) => facts.poolName === pool.name);
  const liveListeners = seen?.targets.flatMap((target) => target.listeners) ?? [];
  return {
    fleet,
    pool,
    index,
    declared,
    members: seen?.members ?? declared.members,
    listeners: liveListeners.length > 0 ? liveListeners : declared.listeners.map(declaredListener),
  };
}
