import { attachmentKey } from '../../domain/attachment';
import { evacuationAt } from '../../domain/evacuation';
import { type SiteCapacity } from '../../domain/failover/name-snapshot';
import { backOffsOf } from '../../domain/launch-back-off';
import { type PoolPolicy } from '../../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../domain/pool';
import { type BackendVerdict, type Proposal } from '../../domain/proposal';
import { freshValue, missing, type Reading } from '../../domain/reading';
import { type ScaleProposal } from '../../domain/scale-proposal';
import { type ScalePolicy } from '../../domain/scale-policy';
import { permilleOf } from '../../domain/units';
import { boundsAt } from './bounds';
import { poolLoad } from './pool-load';

export interface CapacitySources {
  readonly pool: PoolSnapshot;
  readonly proposal: Proposal;
  readonly policy: PoolPolicy;
}

/**
 * What a pool tells a public name about itself: what it carries, how much of it is used, and how far it can grow. Nothing is
 * guessed: where the load balancer’s health or the list of instances could not be read there is no answer but the sentence that
 * says so; metrics that are missing stay missing.
 *
 * Example: 8 serving, 2 on their way, CPU at 90 % with a target of 60 %: load 12,000, members 10.
 */
export function siteCapacity(sources: CapacitySources): SiteCapacity | string {
  const { pool, proposal, policy } = sources;
  const unknown = whyUnknown(sources);
  if (unknown !== null) return unknown;
  const mayAct = policy.mode === 'enforce' && pool.freeze === undefined;
  const { members, arriving, warm } = headcount(sources);
  const serving = proposal.verdicts.filter(
    (each) => each.isServing && each.nextState !== 'ejected',
  );
  return {
    serving: serving.length,
    bearing: serving.map((each) => bearingOf(each, pool)).reduce((a, b) => a + b, 0),
    members,
    healthy: permilleOf(pool.backends.filter(isNormal).length, pool.backends.length),
    load: poolLoad(pool, policy.scale, proposal.scale),
    traffic: inThousandths(pool.metrics.qps),
    errorShare: errorShareOf(pool),
    warm: mayAct ? warm : 0,
    max: policy.scale === undefined ? null : boundsAt(policy.scale, pool.takenAt).max,
    arriving,
    canLaunch: mayAct && policy.scale !== undefined && canLaunch(policy.scale, sources),
    takenAt: pool.takenAt,
  };
}

/**
 * Who is in slow start bears as much of an instance as it has of its base weight: the rest of its share goes to the others.
 *
 * Example: two at full weight and a newcomer at 10 of 100 bear 2,100 together.
 */
function bearingOf({ instanceId, nextState, memoryIfDone }: BackendVerdict, pool: PoolSnapshot) {
  const backend = pool.backends.find((each) => each.instanceId === instanceId);
  if (nextState !== 'probation' || backend === undefined) return 1000;
  const shares = backend.attachments.map((attachment) => {
    const base = memoryIfDone.baseWeights[attachmentKey(backend, attachment)] ?? 0;
    return base === 0 ? 1000 : Math.min(1000, permilleOf(attachment.weight, base));
  });
  return Math.min(...shares);
}

/** Health that could not be read leaves open who serves; a list that is not believed, who is there at all. */
function whyUnknown({ pool, proposal, policy }: CapacitySources): string | null {
  const unread = pool.backends.filter(isUnread).length;
  if (unread > 0) return `backends whose health could not be read: ${unread}`;
  return policy.scale !== undefined && (proposal.scale?.desired ?? null) === null
    ? (proposal.scale?.explanations.join('; ') ?? 'the list of instances was not read')
    : null;
}

const isUnread = ({ attachments }: BackendSnapshot): boolean => {
  const weighted = attachments.filter(({ weight }) => weight > 0);
  return weighted.length > 0 && weighted.every(({ health }) => health.kind !== 'ok');
};

const isNormal = ({ attachments }: BackendSnapshot): boolean =>
  attachments.some(({ health }) =>
    (freshValue(health) ?? []).some(({ verdict }) => verdict === 'normal'),
  );

/** Who counts as capacity; of a pool that is not scaled its backends. */
function headcount({
  pool,
  proposal,
  policy,
}: CapacitySources): Pick<SiteCapacity, 'members' | 'arriving' | 'warm'> {
  const counts: ScaleProposal['counts'] = proposal.scale?.counts ?? {};
  const count = (stage: string): number => counts[stage] ?? 0;
  if (policy.scale === undefined) return { members: pool.backends.length, arriving: 0, warm: 0 };
  const all = count('serving') + count('held') + count('arriving');
  return {
    members: all - count('evacuated'),
    arriving: count('arriving'),
    warm: count('warm'),
  };
}

const inThousandths = (read: Reading<number>): Reading<number> =>
  read.kind === 'missing' ? read : { ...read, value: Math.round(read.value * 1000) };

/** Where no veto asks for it the load balancer’s own figures tell, as long as there is one only: in a sum the silence of one would be lost. */
function errorShareOf({ capacity, metrics, targets }: PoolSnapshot): Reading<number> {
  if (capacity !== undefined) return capacity.errorShare;
  const { qps, upstream5xx } = metrics;
  const isOnly = new Set(targets.map(({ target }) => target.loadBalancerId)).size === 1;
  if (qps.kind === 'missing') return qps;
  if (upstream5xx.kind === 'missing' || !isOnly) return missing('no-datapoint');
  const older = qps.sampledAt < upstream5xx.sampledAt ? qps : upstream5xx;
  return { ...older, value: permilleOf(upstream5xx.value, qps.value) };
}

/** Somebody could be launched now: nothing is switched off, no breaker is open, and one way at least is not backed off. */
function canLaunch(
  { out, launch }: ScalePolicy,
  { pool, proposal, policy: { regionId } }: CapacitySources,
): boolean {
  const { breakerOpenUntil = null, backOff = {} } = proposal.scale?.memory ?? {};
  const now = pool.takenAt;
  if (!out.enabled || (breakerOpenUntil ?? now) > now) return false;
  const leftZone = evacuationAt(pool.evacuation, now)?.zoneId;
  return launch.options.some(
    (option) =>
      option.zoneId !== leftZone &&
      backOffsOf(backOff, regionId, option).every(({ until }) => until <= now),
  );
}
