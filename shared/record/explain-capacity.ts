import { REASONS } from '../domain/reasons';
import { SCALE_REASONS } from '../domain/scale-reasons';
import { type InstanceStage, type ScaleProposal } from '../domain/scale-proposal';

/** What is said of capacity: a sentence for the whole, then why, then whoever is on the way. */
export interface CapacityExplanation {
  readonly summary: string;
  readonly reasons: readonly string[];
  readonly instances: readonly string[];
}

/** Stages of which there is nothing to tell. */
const QUIET: readonly string[] = ['serving', 'warm', 'parked'];

/** A pool’s capacity in words: how many are wanted, how many there are, what held that back, who comes and who goes; of one instance only itself. */
export function explainCapacity(scale: ScaleProposal, instanceId?: string): CapacityExplanation {
  const { counts, limitedBy, explanations, stages } = scale;
  const present = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([stage, count]) => `${count} ${stage}`);
  const held = limitedBy.length === 0 ? [] : [`held by ${limitedBy.join(', ')}`];
  const shown = stages.filter((each) =>
    instanceId === undefined ? !QUIET.includes(each.stage) : each.instanceId === instanceId,
  );
  return {
    summary: `${[wantedBy(scale), ...present, ...held].join('; ')}.`,
    reasons: [...explanations, ...limitedBy.flatMap(limitText)],
    instances: shown.map(describeStage),
  };
}

/** Without a number and without a hold there is no scaling: members come and go by their tag. */
function wantedBy({ desired, limitedBy }: ScaleProposal): string {
  if (desired !== null)
    return `Capacity: ${desired} ${desired === 1 ? 'instance' : 'instances'} wanted`;
  return limitedBy.length === 0
    ? 'Members come and go by their tag'
    : 'Capacity: nothing can be said, so nobody comes or goes';
}

const limitText = (limit: string): readonly string[] => {
  const sentence = Object.entries(SCALE_REASONS).find(([code]) => code === `limit-${limit}`)?.[1];
  return sentence === undefined ? [] : [`${limit}: ${sentence}`];
};

const describeStage = ({ instanceId, stage, reason, detail }: InstanceStage): string =>
  [`${instanceId}: ${stage}`, ...(reason === null ? [] : [REASONS[reason]]), detail]
    .filter((part) => part !== '')
    .join(' — ');
