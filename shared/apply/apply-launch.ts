import { BUDGET_SPENT, CloudError } from '../domain/cloud-error';
import { type LaunchOutcome, type StepResult } from '../domain/plan';
import { type LaunchAttempt, type RefusalKind, TOKEN_MISMATCH } from '../domain/scale-memory';
import { type LaunchStep } from '../domain/scale-steps';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type LaunchAnswer } from '../ports/fleet';
import { type Ports } from '../ports/ports';
import { writeDeadline } from './call-window';
import { unsent } from './failed-result';
import { type LaunchNote, type NotedAttempt, type NotedCall, openLaunchNote } from './launch-note';

export interface LaunchResult {
  readonly result: StepResult;
  /** Left out while no call of this launch was ever sent: then nothing is to be expected of it. */
  readonly launch?: LaunchOutcome;
}

type Attempt = LaunchStep['attempts'][number];

/** What one run through the attempts has met with. */
interface Progress {
  readonly refusals: LaunchOutcome['refusals'][number][];
  readonly contradictions: string[];
  /** Other ways would meet with the same, or what is there must be looked at first. */
  isOver: boolean;
}

interface Context {
  readonly step: LaunchStep;
  readonly request: TickRequest;
  readonly ports: Ports;
  readonly note: LaunchNote;
  readonly progress: Progress;
}

/** Classes after which the same call may still succeed, or may have: it is sent again with the same token, next tick. */
const UNSETTLED: readonly RefusalKind[] = ['throttled', 'transient', 'lost'];

/**
 * Asks the cloud for instances, one way after the other until there are enough. Every call is noted in the store with its
 * token and its size before it is sent, and its answer after: a worker that ends in between leaves one call whose answer
 * is not known, and that one is sent again just as it was, whatever the policy says by now, which launches nothing twice.
 * While an answer is not known no other way is tried; nor after one that contradicts itself, or an account that may launch nothing at all.
 */
export async function applyLaunch(
  step: LaunchStep,
  request: TickRequest,
  ports: Ports,
): Promise<LaunchResult> {
  if (ports.writes === 'recorded') return wouldLaunch(step);
  const note = await openLaunchNote(step, request, ports);
  const progress: Progress = { refusals: [], contradictions: [], isOver: false };
  const context: Context = { step, request, ports, note, progress };
  for (const attempt of step.attempts) if (!(await tryAttempt(attempt, context))) break;
  return conclude(context);
}

/** False when the rest of the attempts must wait for another tick. */
async function tryAttempt(attempt: Attempt, context: Context): Promise<boolean> {
  const { step, request, ports, note, progress } = context;
  const { clientToken } = attempt;
  const before = note.attempt(clientToken);
  if (before.state !== 'open') return true;
  const missing = stillMissing(step, attempt, note);
  const isNeedless = progress.isOver || missing <= 0 || note.isRefused(attempt.option.name);
  // What was sent before is sent again whatever came since, and just as it was: the token stands for its size, too.
  if (isNeedless && !before.isSent) return note.write({ ...before, state: 'skipped' });
  const deadline = writeDeadline(request, ports.clock.now());
  if (deadline === null) return false;
  const count = before.isSent ? before.count : Math.min(attempt.count, missing);
  const call = before.isSent && before.call !== undefined ? before.call : callOf(step, attempt);
  const sent = { ...before, count, isSent: true, call };
  if (!(await note.write(sent))) return false;
  return settle(sent, await ask({ clientToken, count, ...call }, deadline, context), context);
}

const callOf = (
  { templateId, templateVersion, tags }: LaunchStep,
  { option }: Attempt,
): NotedCall => ({ templateId, templateVersion, tags, option });

async function settle(
  sent: NotedAttempt,
  answer: LaunchAnswer,
  { note, progress }: Context,
): Promise<boolean> {
  if (answer.kind === 'launched') {
    const { instanceIds, contradiction } = answer;
    if (contradiction !== null) {
      progress.contradictions.push(contradiction);
      progress.isOver = true;
    }
    return note.write({ ...sent, state: 'accepted', instanceIds });
  }
  const { kind, code } = answer.refusal;
  progress.refusals.push({ option: sent.option, kind, code });
  if (UNSETTLED.includes(kind)) {
    if (code === TOKEN_MISMATCH) await note.write({ ...sent, code });
    return false;
  }
  if (kind === 'account') progress.isOver = true;
  return note.write({ ...sent, state: 'refused', code });
}

/** What is still to come; of spot no more than its share allows, whichever ways have brought it. */
function stillMissing(
  { count, attempts, spotMax }: LaunchStep,
  { option, clientToken }: Attempt,
  note: LaunchNote,
): number {
  const missing = count - note.launched() - note.perhapsLaunched(clientToken);
  if (option.chargeType !== 'spot') return missing;
  const isSpot = (name: string): boolean =>
    attempts.some((each) => each.option.name === name && each.option.chargeType === 'spot');
  const spot = note
    .attempts()
    .filter((each) => isSpot(each.option))
    .reduce((sum, { instanceIds }) => sum + instanceIds.length, 0);
  return Math.min(missing, spotMax - spot);
}

async function ask(
  { clientToken, count, ...call }: NotedCall & Pick<NotedAttempt, 'clientToken' | 'count'>,
  deadline: Instant,
  { ports: { fleet } }: Context,
): Promise<LaunchAnswer> {
  try {
    return await fleet.launch({ clientToken, count, ...call }, { deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { code, message, requestId } = error.details;
    return {
      kind: 'refused',
      refusal: { kind: 'lost', code, message, requestId: requestId ?? null },
    };
  }
}

function conclude({ step, note, progress }: Context): LaunchResult {
  const { refusals } = progress;
  const attempts = note.attempts();
  const result = resultOf(step, note, progress);
  return note.isSent() ? { result, launch: { attempts, refusals } } : { result };
}

function resultOf(
  step: LaunchStep,
  note: LaunchNote,
  { refusals, contradictions }: Progress,
): StepResult {
  const accepted = note.attempts().filter(({ instanceIds }) => instanceIds.length > 0);
  const refused = refusals.map(({ option, code }) => `${option}: ${code}`).join(', ');
  const remarks = [
    ...contradictions.map((text) => `the answer contradicts itself: ${text}`),
    ...(refused === '' ? [] : [`refused: ${refused}`]),
  ];
  if (accepted.length > 0) {
    const ids = accepted.flatMap(({ instanceIds }) => instanceIds);
    const ways = accepted.map(({ option }) => option).join(', ');
    const came = `${ids.length} of ${step.count} by ${ways}: ${ids.join(', ')}`;
    return { kind: 'done', detail: [came, ...remarks].join('; ') };
  }
  const last = refusals.at(-1);
  if (last === undefined) return { kind: 'not-sent', detail: whyNotSent(note) };
  const detail = ['nothing launched', ...remarks].join('; ');
  if (last.code === BUDGET_SPENT) return unsent({ message: detail });
  return {
    kind: 'failed',
    code: last.code,
    isAmbiguous: last.kind === 'lost',
    detail,
  };
}

const whyNotSent = (note: LaunchNote): string =>
  note.isFenced()
    ? 'the lease was lost to a newer worker'
    : 'the lease or the time of this tick would not outlive the call';

function wouldLaunch(step: LaunchStep): LaunchResult {
  const attempts = step.attempts.map(({ option, clientToken, count }): LaunchAttempt => ({
    option: option.name,
    clientToken,
    count,
    state: 'skipped',
    code: null,
    instanceIds: [],
  }));
  const detail = `launch ${step.count} by ${step.attempts.map(({ option }) => option.name).join(', then ')}`;
  return { launch: { attempts, refusals: [] }, result: { kind: 'would-do', detail } };
}
