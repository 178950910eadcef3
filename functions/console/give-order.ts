import { CloudError } from '../../shared/domain/cloud-error';
import { plus } from '../../shared/domain/units';
import { type NamePlanned } from '../../shared/operate/failover/name-reply';
import { type PoolPlan } from '../../shared/operate/operator-reply';
import { type OrderReply } from './api';
import { ConsoleError } from './console-error';
import { type ConsoleContext, type NameSource, type PoolSource } from './console-context';
import { noteOrder } from './given-orders';
import { type OrderRequest } from './order-request';
import { type Session } from './sessions';
import { explainNamePlan, explainPlan } from './views/explanation-view';

/**
 * Has the `operator` function run a person’s order, so that it goes through the same checks as one of the command line, and writes down
 * who gave it before and what became of it afterwards. Throws `ConsoleError` and `StoreUnavailable`.
 */
export async function giveOrder(
  request: OrderRequest,
  { by }: Session,
  context: ConsoleContext,
): Promise<OrderReply> {
  const { log, store, clock, newId } = context;
  const subject = subjectOf(request);
  const operated = operatorRequest(request, by, context);
  const order = { id: newId(), at: clock.now(), by, verb: verbOf(request), subject };
  log.info('order from the console', { by, verb: order.verb, subject });
  if (isPlan(request)) return replyTo(await operate(operated, context));
  await noteOrder({ ...order, result: 'asked' }, store);
  const reply = replyTo(await operate(operated, context));
  const result = reply.kind === 'refused' ? `refused: ${reply.code}` : reply.kind;
  log.info('order answered', { by, verb: order.verb, subject, result });
  await noteOrder({ ...order, result }, store);
  return reply;
}

const isPlan = ({ verb }: OrderRequest): boolean => verb === 'plan' || verb === 'plan-name';

const verbOf = (request: OrderRequest): string =>
  request.verb === 'approve' && !request.isGranted ? 'reject' : request.verb;

function subjectOf(request: OrderRequest): string {
  switch (request.verb) {
    case 'plan':
      return request.pool;
    case 'plan-name':
      return request.name;
    case 'drain':
    case 'undrain':
      return `${request.instanceId} · ${request.pool}`;
    case 'approve':
      return `${request.moveId} · ${request.name}`;
    case 'freeze':
    case 'unfreeze':
      return request.pool ?? request.name ?? 'all';
  }
}

const poolNamed = (id: string, { pools }: ConsoleContext): PoolSource => {
  const found = pools.find((pool) => pool.id === id);
  if (found === undefined) throw new ConsoleError(404, 'unknown-pool', `There is no pool ${id}.`);
  return found;
};

const nameNamed = (id: string, { names }: ConsoleContext): NameSource => {
  const found = names.find((name) => name.id === id);
  if (found === undefined) throw new ConsoleError(404, 'unknown-name', `There is no name ${id}.`);
  return found;
};

/** The verb of the `operator` function, with who gives it. */
function operatorRequest(request: OrderRequest, by: string, context: ConsoleContext): object {
  switch (request.verb) {
    case 'plan':
      return { verb: 'plan', pool: poolNamed(request.pool, context).policy.name };
    case 'plan-name':
      return { verb: 'plan-name', name: nameNamed(request.name, context).policy.name };
    case 'drain':
    case 'undrain':
      return { ...request, pool: poolNamed(request.pool, context).policy.name, by };
    case 'freeze':
    case 'unfreeze':
      return { ...request, ...scopeOf(request, context), by };
    case 'approve':
      return signedWord(request, by, context);
  }
}

const scopeOf = (
  { pool, name }: Extract<OrderRequest, { verb: 'freeze' | 'unfreeze' }>,
  context: ConsoleContext,
) => ({
  ...(pool === undefined ? {} : { pool: poolNamed(pool, context).policy.name }),
  ...(name === undefined ? {} : { name: nameNamed(name, context).policy.name }),
});

/** Signs the word as `evenkeel approve` does: for one move, for as long as the policy lets it hold. */
function signedWord(
  { name, moveId, isGranted }: Extract<OrderRequest, { verb: 'approve' }>,
  by: string,
  context: ConsoleContext,
): object {
  const { policy } = nameNamed(name, context);
  const [secret] = context.approvalSecrets();
  if (secret === undefined)
    throw new ConsoleError(
      409,
      'no-approval-secret',
      'The policy names no approvalSecret: nothing can be approved.',
    );
  const at = context.clock.now();
  const word = {
    ...{ approvalId: context.newId(), name: policy.name, moveId, by, isGranted, at },
    until: plus(at, policy.approval.validMs),
  };
  return { verb: 'approve', word, signature: context.signatures.sign('approval', word, secret) };
}

async function operate(request: object, { operate: run }: ConsoleContext): Promise<unknown> {
  if (run === null) throw new ConsoleError(403, 'read-only', 'This console only shows.');
  try {
    return await run(request);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    throw new ConsoleError(
      502,
      'operator-unreachable',
      `The operator function could not be asked, or did not answer (${error.details.code}); look before you try again.`,
    );
  }
}

interface AnyReply {
  readonly kind?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly plans?: readonly unknown[];
}

const textIn = (value: unknown, otherwise: string): string =>
  typeof value === 'string' ? value : otherwise;

/** The operator’s one reply, for the page. */
function replyTo(operated: unknown): OrderReply {
  const { kind, message, replies } = (operated ?? {}) as {
    readonly kind?: unknown;
    readonly message?: unknown;
    readonly replies?: readonly AnyReply[];
  };
  if (kind === 'malformed')
    return { kind: 'refused', code: 'malformed', message: textIn(message, '') };
  const [reply] = replies ?? [];
  const told = textIn(reply?.kind, 'unreadable');
  if (reply === undefined || told === 'refused')
    return {
      kind: 'refused',
      code: textIn(reply?.code, 'unreadable'),
      message: textIn(reply?.message, 'The operator function gave no reply.'),
    };
  const [plan] = reply.plans ?? [];
  if (told === 'plans') return { kind: 'plan', explanation: explainPlan(plan as PoolPlan) };
  if (told === 'name-plans')
    return { kind: 'plan', explanation: explainNamePlan(plan as NamePlanned) };
  return { kind: 'done', result: told, message: remarkOn(reply) };
}

/** What is worth saying besides that it was done. */
function remarkOn(reply: AnyReply & { readonly isTagged?: unknown }): string {
  return reply.isTagged === false
    ? 'The order stands in the store; the instance’s tag could not be written.'
    : '';
}
