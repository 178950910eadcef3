import { type NamePolicy } from '../../domain/failover/name-policy';
import {
  type NameProposal,
  type NameStep,
  type SiteVerdict,
} from '../../domain/failover/name-proposal';
import { type NameSnapshot } from '../../domain/failover/name-snapshot';
import { instant, type Instant } from '../../domain/units';
import { decideSite } from './decide-site';
import { fillEmptyLines, replaceLast } from './empties';
import { requestFloors } from './floors';
import { leaveCause } from './leave-cause';
import { shareOfAnswers } from './line-shares';
import { nameAlerts } from './name-alerts';
import { memoriesAfter } from './name-memory-after';
import { judgePractice } from './practice';
import { type NameScene, setScene } from './scene';
import { settle, type SiteDecision } from './site-decision';
import { remarkOnTtl } from './ttl';
import { remarkOnWeights, weighLines } from './weigh-lines';

/**
 * What would be right for a name: which records are paused and which come back, what is asked of other pools, a verdict on every site,
 * and what to remember. Pure: the same snapshot and policy give the same proposal, byte for byte.
 *
 * What is safe is not judged here; see `guard/failover`.
 */
export function decideName(name: NameSnapshot, policy: NamePolicy): NameProposal {
  const scene = setScene(name, policy);
  const practising = judgePractice(scene);
  const decisions = scene.isReadable
    ? scene.sites.map((view) => decideSite(view, practising, scene))
    : scene.sites.map(holdSite);
  const wantedOut = scene.sites.filter((view) => leaveCause(view, practising, scene) !== null);
  const rescues = [
    ...fillEmptyLines(scene),
    ...replaceLast(leavingOf(decisions), wantedOut, scene),
  ];
  const steps = orderSteps([
    ...rescues.flatMap((rescue) => rescue.steps),
    ...inOrder(decisions).flatMap((decision) => decision.steps),
    ...weighLines(decisions, scene),
    ...requestFloors(decisions, scene),
  ]);
  return {
    steps,
    verdicts: decisions.map((decision) => verdictOn(decision, scene)),
    forecasts: decisions.flatMap(({ forecast }) => forecast ?? []),
    alerts: [...rescues.map(({ alert }) => alert), ...nameAlerts(decisions, practising, scene)],
    isUnsteady: steps.length > 0 || decisions.some(isUnsteady),
    lookAgainAt: earliest(
      decisions.flatMap(({ dueAt }) => dueAt ?? []),
      scene,
    ),
    ...memoriesAfter(decisions, practising, scene),
  };
}

/** Without the records nothing is concluded; the verdicts are counted on. */
const holdSite = (view: NameScene['sites'][number]): SiteDecision =>
  settle(view, view.memory, { reason: 'name-unreadable', detail: view.judgement.detail });

const leavingOf = (decisions: readonly SiteDecision[]) =>
  decisions
    .filter(({ steps }) => steps.some(({ kind }) => kind === 'pause-record'))
    .map(({ view }) => view);

/** Who was down first leaves first: one region at a time. */
function inOrder(decisions: readonly SiteDecision[]): readonly SiteDecision[] {
  const key = ({ view }: SiteDecision): number => view.memory.downSince ?? Infinity;
  return [...decisions].sort((one, other) =>
    key(one) < key(other) ? -1 : Number(key(one) > key(other)),
  );
}

/** What gives traffic comes before what takes it away; each step once. */
function orderSteps(steps: readonly NameStep[]): readonly NameStep[] {
  const once = steps.filter(
    (step, index) => steps.findIndex(({ stepId }) => stepId === step.stepId) === index,
  );
  const gives = (step: NameStep): boolean => step.kind === 'enable-record';
  return [...once.filter(gives), ...once.filter((step) => !gives(step))];
}

function verdictOn(decision: SiteDecision, scene: NameScene): SiteVerdict {
  const { view, reason, detail, next, stay } = decision;
  const isWaiting = reason === 'waiting-for-approval';
  return {
    siteName: view.site.name,
    verdict: view.judgement.verdict,
    state: scene.name.memory.sites[view.site.name]?.state ?? 'serving',
    nextState: isWaiting ? stay.state : next.state,
    reason,
    detail: detail + remarkOnWeights(view, scene) + remarkOnTtl(view, scene),
    evidence: view.judgement.evidence,
    share: shareOfAnswers(view, scene),
  };
}

const isUnsteady = ({ view, next }: SiteDecision): boolean =>
  view.judgement.verdict !== 'up' || !['serving', 'absent'].includes(next.state);

function earliest(dues: readonly Instant[], { now }: NameScene): Instant | null {
  const ahead = dues.filter((due) => due > now);
  return ahead.length === 0 ? null : instant(Math.min(...ahead));
}
