import { type NamePlanned } from '../../../shared/operate/failover/name-reply';
import { type PoolPlan } from '../../../shared/operate/operator-reply';
import { type TickDigest } from '../../../shared/ports/tick-archive';
import {
  type ExplanationLine,
  explanationOf,
  planExplanationOf,
} from '../../../shared/record/explain';
import { nameExplanationOf } from '../../../shared/record/failover/explain-name';
import { type ExplanationView } from '../api';
import { type NameSource, type PoolSource } from '../console-context';
import { digestOf, shortened } from './tick-history';

/** Lines of one explanation: what a person may read, and what a pool of 2,000 in panic has many more of. */
const LINES_MAX = 1500;
const LINE_LENGTH_MAX = 1000;

type Wanted = Parameters<typeof digestOf>[1];

/** One tick of a pool in words; null when there is none. */
export async function explainPoolTick(
  { policy, archive }: PoolSource,
  wanted: Wanted,
  backend: string | null,
): Promise<ExplanationView | null> {
  const digest = await digestOf(policy.name, wanted, archive);
  if (digest === undefined) return null;
  const tick = digest.isWhole ? await archive.read(policy.name, digest.tickId) : null;
  if (tick === null) return explanation(digest, digestLines(digest, 'backends healthy'));
  return explanation(digest, explanationOf(tick, backend === null ? {} : { instanceId: backend }));
}

/** One tick of a public name in words; null when there is none. */
export async function explainNameTick(
  { policy, archive }: NameSource,
  wanted: Wanted,
): Promise<ExplanationView | null> {
  const digest = await digestOf(policy.name, wanted, archive);
  if (digest === undefined) return null;
  const tick = digest.isWhole ? await archive.read(policy.name, digest.tickId) : null;
  return tick === null
    ? explanation(digest, digestLines(digest, 'sites up'))
    : explanation(
        digest,
        nameExplanationOf({ ...tick, mode: tick.request.policy.mode }, tick.outcome),
      );
}

/** What a tick would do now. */
export const explainPlan = (plan: PoolPlan): ExplanationView =>
  view('plan', plan.pool.takenAt, planExplanationOf(plan, 'would be done'));

export const explainNamePlan = (planned: NamePlanned): ExplanationView =>
  view('plan', planned.name.takenAt, nameExplanationOf(planned, null));

const explanation = (
  { tickId, at }: TickDigest,
  lines: readonly ExplanationLine[],
): ExplanationView => view(tickId, at, lines);

const view = (title: string, at: number, lines: readonly ExplanationLine[]): ExplanationView => ({
  ...{ title, at },
  lines: lines
    .slice(0, LINES_MAX)
    .map((line) => ({ ...line, text: shortened(line.text, LINE_LENGTH_MAX) })),
  omitted: Math.max(0, lines.length - LINES_MAX),
});

const digestLines = (digest: TickDigest, what: string): readonly ExplanationLine[] => [
  {
    ...{ indent: 0, tone: 'heading' },
    text: `${digest.healthy} of ${digest.members} ${what}: ${digest.summary}.`,
  },
  {
    ...{ indent: 0, tone: 'quiet' },
    text: 'Only this line was kept: nothing was proposed, withheld or changed.',
  },
];
