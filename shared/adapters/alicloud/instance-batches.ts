import { type CloudErrorDetails } from '../../domain/cloud-error';
import { type InstanceAnswer } from '../../ports/fleet';
import { INSTANCES_PER_CALL } from './ecs-calls';
import { classifyVendorError } from './error-table';
import { detailsOf, launchRefusalKind, refusedAnswer } from './launch-refusals';
import { chunks, type Fields, optionalListAt, textAt } from './reply';

/** Per instance the vendor says `200` in text; other spellings of success are not documented away. */
export const isSuccessCode = (code: string): boolean => ['', '200', 'OK', 'Success'].includes(code);

interface BatchCall {
  readonly action: string;
  readonly send: (instanceIds: readonly string[]) => Promise<Fields>;
}

/** One refusal concerns them all: sending the rest would only add to it. */
const concernsEverybody = (details: CloudErrorDetails): boolean =>
  ['lost', 'throttled', 'account'].includes(launchRefusalKind(details));

/** A reply without rows, such as a deletion's, speaks for the whole batch; with rows, each instance must have one. */
function rowAnswer(action: string, reply: Fields, instanceId: string): InstanceAnswer {
  const rows = optionalListAt(reply, 'InstanceResponses', 'InstanceResponse');
  if (rows.length === 0) return { instanceId, kind: 'accepted' };
  const row = rows.find((one) => textAt(one, 'InstanceId') === instanceId);
  const code = row === undefined ? 'UnreadableReply' : textAt(row, 'Code');
  if (isSuccessCode(code)) return { instanceId, kind: 'accepted' };
  const message = row === undefined ? 'the answer does not name it' : textAt(row, 'Message');
  const requestId = textAt(reply, 'RequestId');
  const { details } = classifyVendorError({ action, status: 403, code, message, requestId });
  return refusedAnswer(instanceId, details);
}

type Outcome = { readonly reply: Fields } | { readonly refusal: CloudErrorDetails };

const outcomeOf = (call: Promise<Fields>): Promise<Outcome> =>
  call.then(
    (reply) => ({ reply }),
    (error: unknown) => ({ refusal: detailsOf(error) }),
  );

/**
 * Acts on instances, up to 100 in a call, and answers for each in order. A call that is refused because of some of them is
 * sent again one by one, since nothing in the refusal says which; after one that concerns everybody no more are sent.
 */
export async function actOnInstances(
  instanceIds: readonly string[],
  { action, send }: BatchCall,
): Promise<readonly InstanceAnswer[]> {
  const waiting = [...chunks([...new Set(instanceIds)], INSTANCES_PER_CALL)];
  const answers: InstanceAnswer[] = [];
  let outage: CloudErrorDetails | undefined;
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const outcome = outage === undefined ? await outcomeOf(send(batch)) : { refusal: outage };
    if ('reply' in outcome) {
      answers.push(...batch.map((id) => rowAnswer(action, outcome.reply, id)));
      continue;
    }
    const { refusal } = outcome;
    const isForAll = outage !== undefined || concernsEverybody(refusal);
    if (!isForAll && batch.length > 1) waiting.unshift(...chunks(batch, 1));
    else answers.push(...batch.map((id) => refusedAnswer(id, refusal)));
    // What is not sent any more has surely not taken effect.
    if (isForAll) outage = { ...refusal, isAmbiguous: false };
  }
  return answers;
}
