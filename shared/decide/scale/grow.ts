import { lackAt } from '../../domain/launch-back-off';
import { LAUNCH_TAG, WARM_TAG } from '../../domain/ownership-tags';
import { type PoolSnapshot } from '../../domain/pool';
import { type Evidence, type Step, type TagStep } from '../../domain/proposal';
import { type ReasonCode } from '../../domain/reasons';
import { type BackOffMemory } from '../../domain/scale-memory';
import { type ScaleStep, type StartStep } from '../../domain/scale-steps';
import { ceilDiv, since } from '../../domain/units';
import { keepAfterAll } from './departures';
import { type LaunchCircumstances, planLaunch } from './plan-launch';
import { type Entry, isCapacity, mayRest, takesRoom } from './entry';
import { leftZoneOf, standsInLeftZone } from './left-zone';

export interface Growth {
  readonly steps: readonly (Step | ScaleStep)[];
  readonly notes: readonly string[];
}

/**
 * Fills a gap with what is cheapest and quickest first: who is only just leaving stays, then the warm pool wakes, then new
 * ones are launched. The oldest wakes first: the newest may have been stopped before it was ever set up.
 */
export function grow(
  gap: number,
  reason: ReasonCode,
  evidence: readonly Evidence[],
  circumstances: LaunchCircumstances & { readonly room: number },
): Growth {
  const { roster, pool, room } = circumstances;
  const staying = roster.filter((entry) => !standsInLeftZone(entry, leftZoneOf(pool)));
  const kept = staying.filter(mayStay).slice(0, gap);
  const resting = staying
    .filter(({ stage, isOurs, isProtected }) => stage === 'warm' && isOurs && !isProtected)
    .sort((one, other) => one.launchedAt - other.launchedAt);
  const lacks = new Map(resting.map((entry) => [entry, lackOf(entry, circumstances)]));
  const woken = resting
    .filter((entry) => lacks.get(entry) === undefined)
    .slice(0, Math.max(0, Math.min(gap - kept.length, room)));
  const missing = gap - kept.length - woken.length;
  const steps = [
    ...kept.map(keepAfterAll),
    ...woken.flatMap((entry) => wake(entry, evidence, pool)),
  ];
  if (missing <= 0) return { steps, notes: [] };
  const left = [...lacks].flatMap(([entry, lack]) =>
    lack === undefined ? [] : [stillRests(entry, lack, pool)],
  );
  const wanted = Math.min(missing, room - woken.length);
  if (wanted < 1)
    return {
      steps,
      notes: [...left, noRoom(staying.filter((entry) => !kept.includes(entry)))],
    };
  const { step, notes } = planLaunch(wanted, reason, evidence, circumstances);
  return { steps: step === null ? steps : [...steps, step], notes: [...left, ...notes] };
}

/** Who takes room and carries nothing is named: people may delete it, or let it serve. */
function noRoom(staying: readonly Entry[]): string {
  const full = 'as many instances as the maximum and the surge allow exist already';
  const idle = staying.filter((entry) => takesRoom(entry) && !isCapacity(entry));
  if (idle.length === 0) return full;
  const named = idle.slice(0, NAMED_MAX).map(({ instanceId, stage }) => `${instanceId} ${stage}`);
  const more = idle.length > NAMED_MAX ? ', …' : '';
  return `${full}; not in service are ${idle.length}: ${named.join(', ')}${more}`;
}

/** So many instances are named in a sentence; the inventory lists all. */
const NAMED_MAX = 5;

/** What keeps a resting instance from finding a machine when it is started. */
const lackOf = (
  { owned }: Entry,
  { memory, policy, pool }: LaunchCircumstances,
): BackOffMemory | undefined =>
  owned === null ? undefined : lackAt(memory.backOff, policy.regionId, owned.facts, pool.takenAt);

const stillRests = (
  { instanceId }: Entry,
  { until, code }: BackOffMemory,
  { takenAt }: PoolSnapshot,
): string =>
  `${instanceId} rests and is not started for another ${ceilDiv(since(takenAt, until), 1000)} s after ${code}`;

const mayStay = ({ retire, backend, isProtected }: Entry): boolean =>
  retire?.reason === 'scale-in' && backend !== null && !isProtected;

/** Its launch tag first, so that a crash in between leaves one that is known to be wanted; then it starts. */
function wake(
  { instanceId }: Entry,
  evidence: readonly Evidence[],
  { takenAt }: PoolSnapshot,
): readonly [TagStep, StartStep] {
  const reason = 'warm-started';
  const tags = { [LAUNCH_TAG]: `launch-${takenAt.toString(36)}-warm` };
  return [
    {
      kind: 'tag',
      stepId: `${instanceId}/wake`,
      instanceId,
      reason,
      evidence,
      tags,
      removeKeys: [WARM_TAG],
    },
    { kind: 'start', stepId: `${instanceId}/start`, instanceId, reason, evidence },
  ];
}

/**
 * Launches what the warm pool lacks: each is stopped as soon as it runs. Only pay-as-you-go: spot cannot be stopped
 * economically. `unseen` were launched for it and are not on the list yet; who is leaving service will rest, too.
 */
export function fillWarmPool(
  size: number,
  unseen: number,
  circumstances: LaunchCircumstances,
): Growth {
  const { roster, scale } = circumstances;
  const resting = roster.filter(
    (entry) =>
      mayRest(entry) ||
      entry.stage === 'warm' ||
      (entry.stage !== 'ghost' && WARM_TAG in (entry.facts?.tags ?? {})),
  ).length;
  const lacking = size - resting - unseen;
  if (lacking <= 0) return { steps: [], notes: [] };
  const options = scale.launch.options.filter(({ chargeType }) => chargeType === 'pay-as-you-go');
  const { step, notes } = planLaunch(lacking, 'warm-filled', [], {
    ...circumstances,
    scale: { ...scale, launch: { ...scale.launch, options } },
  });
  return { steps: step === null ? [] : [step], notes };
}
