import { SystemClock } from '../../shared/adapters/system/system-clock';
import { plus } from '../../shared/domain/units';
import { type NameReply } from '../../shared/operate/failover/name-reply';
import { type NameRequest } from '../../shared/operate/failover/name-request';
import { type OperatorReply } from '../../shared/operate/operator-reply';
import { type OperatorRequest } from '../../shared/operate/operator-request';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type NameAnswer } from './ask-names';
import { type Answer } from './ask-pools';
import { type OpenFleet } from './open-fleet';
import { UserError } from './user-error';

export interface OperatorPlace {
  readonly fleet: Pick<OpenFleet, 'environment'>;
  readonly invoker: FunctionInvoker;
  readonly timeoutMs: number;
}

export async function askOperator(request: OperatorRequest, place: OperatorPlace): Promise<Answer>;
export async function askOperator(request: NameRequest, place: OperatorPlace): Promise<NameAnswer>;
/**
 * Has the function operator run a verb on one pool or name, with its own store, archive and role. Throws `CloudError` and, when it
 * refuses, `UserError`.
 */
export async function askOperator(
  request: OperatorRequest | NameRequest,
  { fleet, invoker, timeoutMs }: OperatorPlace,
): Promise<Answer | NameAnswer> {
  const { operator } = fleet.environment.functionCompute;
  const deadline = plus(new SystemClock().now(), timeoutMs);
  const answered = (await invoker.call(operator, request, { deadline })) as {
    readonly replies?: readonly (OperatorReply | NameReply)[];
  } | null;
  const reply = answered?.replies?.[0];
  if (reply === undefined)
    throw new UserError('unreachable', `${operator} answered with something that is no reply.`);
  if (reply.kind === 'refused') throw new UserError('problem', reply.message);
  return reply;
}
