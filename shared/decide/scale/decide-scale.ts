import { type CapacitySnapshot } from '../../domain/capacity';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Proposal, type Step } from '../../domain/proposal';
import { EMPTY_SCALE_MEMORY, type ScaleMemory } from '../../domain/scale-memory';
import { attendance } from './attendance';
import { decideInstances } from './decide-instances';
import { rememberInstances } from './remember-instances';
import { callRoster } from './roster';
import { type ScaleDecision } from './sources';
import { withoutFuture } from './without-future';

/**
 * How many instances there should be, and who comes and goes for it. Pure, like `decide`. While the list of instances is
 * missing or contradicts itself nobody does.
 */
export function decideScale(
  pool: PoolSnapshot,
  policy: PoolPolicy,
  heal: Pick<Proposal, 'verdicts' | 'isPanic' | 'steps'>,
): ScaleDecision | null {
  const { capacity } = pool;
  if (capacity === undefined) return null;
  const memory = withoutFuture(
    pool.memory.scale ?? EMPTY_SCALE_MEMORY,
    policy.scale?.launch,
    pool.takenAt,
  );
  const unclear = whyUnclear(capacity, policy);
  if (unclear.length > 0) return hold(unclear, memory, pool);
  const verdicts = new Map(heal.verdicts.map((verdict) => [verdict.instanceId, verdict]));
  const attended = attendance(memory, policy.scale, pool.takenAt);
  const known = { ...memory, knownSince: memory.knownSince ?? pool.takenAt, attended };
  const roster = callRoster({ pool, policy, capacity, memory: known, verdicts });
  const decision = decideInstances({
    pool,
    policy,
    capacity,
    roster,
    memory: known,
    isPanic: heal.isPanic,
    raised: raisedBy(heal.steps),
  });
  const instances = rememberInstances(roster, pool.takenAt);
  return {
    ...decision,
    proposal: { ...decision.proposal, memory: { ...decision.proposal.memory, instances } },
  };
}

const raisedBy = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(
    steps
      .filter((step) => step.kind === 'set-weight' && step.to > step.from)
      .map(({ instanceId }) => instanceId),
  );

/** A pool that is not scaled owns nobody: its list by tag is not waited for. */
function whyUnclear(
  { owned, contradictions }: CapacitySnapshot,
  { scale }: PoolPolicy,
): readonly string[] {
  if (scale === undefined || owned.kind === 'ok') return contradictions;
  return owned.kind === 'missing'
    ? ['the list of the pool’s instances could not be read']
    : ['the list of the pool’s instances is out of date'];
}

function hold(
  explanations: readonly string[],
  memory: ScaleMemory,
  { poolName }: PoolSnapshot,
): ScaleDecision {
  return {
    steps: [],
    alerts: [
      {
        key: 'inventory-hold',
        severity: 'warning',
        reason: 'inventory-hold',
        instanceId: null,
        message: `${poolName}: no instance comes or goes: ${explanations.join('; ')}.`,
      },
    ],
    proposal: {
      desired: null,
      counts: {},
      direction: 'hold',
      limitedBy: ['inventory'],
      explanations,
      stages: [],
      memory,
      isUnsteady: true,
      lookAgainAt: null,
    },
  };
}
