import { type StepOutcome, type StepResult } from '../domain/plan';

/** What a step came to, in words. Example: `done, read back as 40 (120 ms)`. */
export function describeResult(outcome: StepOutcome | undefined, notReached: string): string {
  if (outcome === undefined) return notReached;
  const { result } = outcome;
  const took = `${outcome.finishedAt - outcome.startedAt} ms`;
  return `${resultWord(result)}${result.detail === '' ? '' : `, ${result.detail}`} (${took})`;
}

function resultWord(result: StepResult): string {
  if (result.kind === 'not-sent' && result.reason !== undefined)
    return `not sent (${result.reason})`;
  if (result.kind === 'failed')
    return `failed with ${result.code}${result.isAmbiguous ? ', may have landed' : ''}`;
  return {
    done: 'done',
    'already-so': 'already so',
    'would-do': 'would be done (mode observe)',
    'not-sent': 'not sent',
  }[result.kind];
}
