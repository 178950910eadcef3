import { type WithheldStep } from '../domain/plan';
import { type BackendSnapshot } from '../domain/pool';
import { type BackendVerdict, type Step } from '../domain/proposal';
import { type Reading } from '../domain/reading';
import { REASONS } from '../domain/reasons';
import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';
import { explainCapacity } from './explain-capacity';
import { describeResult } from './describe-result';
import { describeStep } from './describe-step';
import { describeSignals } from './describe-signals';
import { ageText, instantText, policyText, shareText } from './text';

/** `heading`, an ordinary line, something `done`, something `withheld` or failed, or a `quiet` detail. */
export type Tone = 'heading' | 'plain' | 'done' | 'withheld' | 'quiet';

/** One line of an explanation; a terminal may colour it by its tone. */
export interface ExplanationLine {
  readonly indent: number;
  readonly tone: Tone;
  readonly text: string;
}

export interface ExplanationOptions {
  /** Only this backend; without it, every backend that is not simply healthy. */
  readonly instanceId?: string;
  /** Also the backends that are healthy and were left alone. */
  readonly isComplete?: boolean;
}

const line = (indent: number, tone: Tone, text: string): ExplanationLine => ({
  indent,
  tone,
  text,
});

/** A tick’s content, or a plan’s: `notReached` says what it means that a step has no outcome. */
interface Explained extends Pick<Tick, 'pool' | 'proposal' | 'plan' | 'outcome'> {
  readonly notReached: string;
}

/**
 * A recorded tick in words: what woke it, what was seen and how old it was, what was concluded of each backend and why,
 * what was proposed, withheld (by which rule) and done. Answers "why did you act?" and "why did you not?".
 */
export function explanationOf(
  tick: Tick,
  options: ExplanationOptions = {},
): readonly ExplanationLine[] {
  const explained = { ...tick, notReached: 'the tick ended before it was reached' };
  return [...explainRequest(tick), ...explainContent(explained, options)];
}

/** The same for a plan, of which nothing has been done. */
export function planExplanationOf(
  planned: Pick<Tick, 'pool' | 'proposal' | 'plan'>,
  notReached: string,
  options: ExplanationOptions = {},
): readonly ExplanationLine[] {
  return explainContent({ ...planned, outcome: { steps: [] }, notReached }, options);
}

function explainContent(
  explained: Explained,
  options: ExplanationOptions,
): readonly ExplanationLine[] {
  const shown = explained.proposal.verdicts.filter((verdict) =>
    isShown(verdict, explained, options),
  );
  const rest = explained.proposal.verdicts.length - shown.length;
  return [
    ...explainPool(explained),
    ...shown.flatMap((verdict) => explainBackend(verdict, explained)),
    ...(rest > 0 && options.instanceId === undefined
      ? [
          line(
            0,
            'plain',
            `${rest} further ${rest === 1 ? 'backend is' : 'backends are'} healthy and left alone.`,
          ),
        ]
      : []),
    ...(options.instanceId !== undefined &&
    shown.length === 0 &&
    !isKnown(options.instanceId, explained)
      ? [line(0, 'withheld', `${options.instanceId} is not among the pool’s backends.`)]
      : []),
    ...explainScale(explained, options),
    ...explainConclusion(explained),
  ];
}

/** No backend, and the pool’s all the same: on its way in or out, or in the warm pool. */
const isKnown = (instanceId: string, { proposal }: Explained): boolean =>
  proposal.scale?.stages.some((each) => each.instanceId === instanceId) === true;

/** Capacity, and the steps of whoever is no backend: launches, instances on their way in or out. */
function explainScale(
  explained: Explained,
  { instanceId: only }: ExplanationOptions,
): readonly ExplanationLine[] {
  const { scale, steps, verdicts } = explained.proposal;
  if (scale === undefined) return [];
  const backends = new Set(verdicts.map(({ instanceId }) => instanceId));
  const { summary, reasons, instances } = explainCapacity(scale, only);
  return [
    line(0, 'heading', summary),
    ...reasons.map((text) => line(1, 'quiet', text)),
    ...instances.map((text) => line(1, 'plain', text)),
    ...steps
      .filter(
        ({ instanceId }) =>
          !backends.has(instanceId) && (only === undefined || only === instanceId),
      )
      .flatMap((step) => [
        line(1, 'plain', `${step.instanceId}: ${REASONS[step.reason]}`),
        ...explainStep(step, explained),
      ]),
  ];
}

function isShown(
  verdict: BackendVerdict,
  tick: Explained,
  { instanceId, isComplete = false }: ExplanationOptions,
): boolean {
  if (instanceId !== undefined) return verdict.instanceId === instanceId;
  const isQuiet =
    verdict.reason === 'healthy' && verdict.state === 'healthy' && verdict.nextState === 'healthy';
  return isComplete || !isQuiet || stepsOf(verdict.instanceId, tick).length > 0;
}

function explainRequest({ request, pool }: Tick): readonly ExplanationLine[] {
  const { policy, wake } = request;
  const because = wake.detail === '' ? wake.source : `${wake.source} (${wake.detail})`;
  return [
    line(
      0,
      'heading',
      `Tick ${request.tickId} of pool ${pool.poolName}, ${instantText(pool.takenAt)}`,
    ),
    line(
      1,
      'quiet',
      `woken by ${because}; mode ${policy.mode}; ${policyText(request)}; memory from ${pool.memorySource}`,
    ),
    ...(request.watchers === 'full' ? [line(1, 'withheld', REASONS['watchers-full'])] : []),
  ];
}

function explainPool({ pool, proposal }: Explained): readonly ExplanationLine[] {
  const healthy = proposal.verdicts.filter((verdict) => verdict.isHealthy).length;
  const state = proposal.isPanic ? ' PANIC.' : '';
  return [
    line(
      0,
      proposal.isPanic ? 'withheld' : 'plain',
      `${healthy} of ${pool.backends.length} backends healthy (${shareText(proposal.healthy)}).${state}`,
    ),
    ...(proposal.isPanic ? [line(1, 'withheld', REASONS.panic)] : []),
    ...explainMetrics(pool.metrics, pool.takenAt),
    ...explainWishes(pool),
    ...pool.drainOrders.map((order) =>
      line(1, 'plain', `drain order for ${order.instanceId} by ${order.by}: ${order.reason}`),
    ),
    ...(pool.foreignMembers.length === 0
      ? []
      : [line(1, 'quiet', `${REASONS['foreign-members']} ${pool.foreignMembers.join(', ')}`)]),
    ...proposal.alerts.map((alert) =>
      line(1, 'withheld', `people called (${alert.severity}): ${alert.message}`),
    ),
  ];
}

const explainWishes = ({
  freeze,
  evacuation,
  reversal,
}: Tick['pool']): readonly ExplanationLine[] => [
  ...(freeze === undefined
    ? []
    : [
        line(
          1,
          'withheld',
          `frozen by ${freeze.by} until ${instantText(freeze.until)}: ${freeze.reason}`,
        ),
      ]),
  ...(evacuation === undefined
    ? []
    : [
        line(
          1,
          'plain',
          `${evacuation.zoneId} is evacuated by order of ${evacuation.by} until ${instantText(evacuation.until)}: ${evacuation.reason}`,
        ),
      ]),
  ...(reversal === undefined
    ? []
    : [
        line(
          1,
          'withheld',
          `${reversal.by} takes back what healing did, until ${instantText(reversal.until)}: ${reversal.reason}`,
        ),
      ]),
];

function explainMetrics(
  metrics: Tick['pool']['metrics'],
  now: Instant,
): readonly ExplanationLine[] {
  const seen: readonly (readonly [string, Reading<number>])[] = [
    ['unhealthy servers', metrics.unhealthyServerCount],
    ['requests/s', metrics.qps],
    ['response time ms', metrics.responseTimeMs],
    ['upstream 5xx/s', metrics.upstream5xx],
  ];
  return [
    line(
      1,
      'quiet',
      `CloudMonitor: ${seen.map(([name, read]) => `${name} ${readingText(read, now)}`).join(', ')}`,
    ),
  ];
}

const readingText = (read: Reading<number>, now: Instant): string =>
  read.kind === 'missing'
    ? `missing (${read.reason})`
    : `${read.value} (${ageText(read.sampledAt, now)}${read.kind === 'stale' ? ', stale' : ''})`;

const stepsOf = (instanceId: string, { proposal }: Explained): readonly Step[] =>
  proposal.steps.filter((step) => step.instanceId === instanceId);

function explainBackend(verdict: BackendVerdict, tick: Explained): readonly ExplanationLine[] {
  const snapshot = tick.pool.backends.find((backend) => backend.instanceId === verdict.instanceId);
  const change =
    verdict.state === verdict.nextState ? verdict.state : `${verdict.state} → ${verdict.nextState}`;
  return [
    line(0, 'heading', `${verdict.instanceId}: ${change} (${verdict.reason})`),
    line(
      1,
      'plain',
      verdict.detail === '' || verdict.reason === 'healthy'
        ? REASONS[verdict.reason]
        : `${REASONS[verdict.reason]} ${verdict.detail}`,
    ),
    ...explainSeen(snapshot, tick.pool.takenAt),
    ...verdict.evidence.map((fact) =>
      line(
        1,
        'quiet',
        `evidence, ${fact.strength}: ${fact.signal}, ${fact.detail} (${ageText(fact.sampledAt, tick.pool.takenAt)})`,
      ),
    ),
    ...explainSteps(verdict, tick),
  ];
}

const explainSeen = (
  snapshot: BackendSnapshot | undefined,
  now: Instant,
): readonly ExplanationLine[] =>
  snapshot === undefined
    ? []
    : describeSignals(snapshot, now).map((text) => line(1, 'quiet', `seen: ${text}`));

function explainSteps(verdict: BackendVerdict, tick: Explained): readonly ExplanationLine[] {
  const steps = stepsOf(verdict.instanceId, tick);
  if (steps.length === 0) return [line(1, 'plain', 'nothing was proposed for it')];
  return steps.flatMap((step) => explainStep(step, tick));
}

function explainStep(
  step: Step,
  { plan, outcome, notReached }: Explained,
): readonly ExplanationLine[] {
  const withheld = plan.withheld.find((refused) => refused.step.stepId === step.stepId);
  if (withheld !== undefined) return explainWithheld(withheld);
  const result = outcome.steps.find((done) => done.stepId === step.stepId);
  return [
    line(
      1,
      result?.result.kind === 'failed' ? 'withheld' : 'done',
      `${describeStep(step)}: ${describeResult(result, notReached)}`,
    ),
  ];
}

const explainWithheld = ({ step, rule, detail }: WithheldStep): readonly ExplanationLine[] => [
  line(1, 'withheld', `${describeStep(step)}: withheld by ${rule}`),
  line(2, 'withheld', REASONS[rule] + (detail === '' ? '' : ` ${detail}`)),
];

function explainConclusion({ proposal, plan, pool }: Explained): readonly ExplanationLine[] {
  const { length: proposed } = proposal.steps;
  const summary =
    proposed === 0
      ? 'Nothing was proposed: no backend gave reason to act.'
      : `${proposed} ${proposed === 1 ? 'step' : 'steps'} proposed, ${plan.withheld.length} withheld.`;
  const again =
    proposal.lookAgainAt === null
      ? []
      : [
          line(
            0,
            'quiet',
            `Next look due ${ageText(pool.takenAt, proposal.lookAgainAt)} later, unless an event comes first.`,
          ),
        ];
  return [line(0, 'plain', summary), ...again];
}
