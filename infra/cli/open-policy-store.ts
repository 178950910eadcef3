import { randomUUID } from 'node:crypto';
import { stateStore } from '../../shared/adapters/production';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { loadPlace } from '../../shared/config/settings';
import { operatePolicy } from '../../shared/operate/policy/operate-policy';
import { type PolicyReply } from '../../shared/operate/policy/policy-reply';
import { type PolicyRequest } from '../../shared/operate/policy/policy-request';
import { problemText } from '../../shared/config/problem';
import { storeChoice } from '../../shared/runtime/store-choice';
import { type CliContext } from './cli-context';
import { policyFileOf, type FleetOptions } from './open-fleet';
import { readText } from './read-file';
import { UserError } from './user-error';

/** A policy file, and the store that it names. Nothing else of the file needs to be valid: an older policy can always be brought back. */
export interface OpenPolicyStore {
  readonly file: string;
  readonly text: string;
  /** Throws `UserError` when it is refused, and `StoreUnavailable`. */
  readonly ask: (request: PolicyRequest) => Promise<PolicyAnswer>;
}

type PolicyAnswer = Exclude<PolicyReply, { kind: 'refused' }>;

/** Throws `UserError` when the file cannot be read, or does not say where a store is. */
export function openPolicyStore(
  options: FleetOptions,
  { variables }: Pick<CliContext, 'variables'>,
): OpenPolicyStore {
  const file = policyFileOf(options, variables);
  const text = readText(file);
  const reading = loadPlace({ ...variables, EVENKEEL_POLICY: file });
  if (reading.kind === 'invalid')
    throw new UserError('problem', `${file} does not say where the store is:`, reading.problems);
  const { store: place } = reading.place;
  if (place.kind === 'memory')
    throw new UserError(
      'problem',
      `${file} has a store in memory, which holds no policy: give it another one.`,
    );
  const clock = new SystemClock();
  const store = stateStore(storeChoice(place), clock);
  const context = { store, clock, newId: randomUUID };
  return { file, text, ask: async (request) => insist(await operatePolicy(request, context)) };
}

function insist(reply: PolicyReply): PolicyAnswer {
  if (reply.kind !== 'refused') return reply;
  throw new UserError('problem', reply.message, reply.problems.map(problemText));
}
