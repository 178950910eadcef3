import { type PoolPolicy } from '../../shared/domain/policy';
import { operate } from '../../shared/operate/operate';
import { type OperatorReply } from '../../shared/operate/operator-reply';
import { type OperatorRequest } from '../../shared/operate/operator-request';
import { type CliContext } from './cli-context';
import { type CloudOptions } from './common-options';
import { openContext } from './open-context';
import { openFleet, type OpenFleet } from './open-fleet';
import { withProgress } from './terminal';
import { UserError } from './user-error';

export interface PoolAnswer<Reply> {
  readonly pool: PoolPolicy;
  readonly reply: Reply;
}

type Refusal = Extract<OperatorReply, { kind: 'refused' }>;
export type Answer = Exclude<OperatorReply, Refusal>;

/** The pool of that name; without a name the only pool there is. Throws `UserError`. */
export function onePool({ policy, file }: OpenFleet, name: string | undefined): PoolPolicy {
  const names = policy.pools.map((pool) => pool.name).join(', ');
  const pool =
    name === undefined && policy.pools.length === 1
      ? policy.pools[0]
      : policy.pools.find((one) => one.name === name);
  if (pool !== undefined) return pool;
  if (name === undefined)
    throw new UserError('usage', `Say which pool with --pool; ${file} has ${names}.`);
  throw new UserError('problem', `There is no pool ${name}; ${file} has ${names}.`);
}

export interface AskedPool {
  readonly fleet: OpenFleet;
  readonly pool: PoolPolicy;
  readonly options: CloudOptions;
  readonly context: CliContext;
}

/** Asks one pool and insists on an answer. Throws `UserError` when it is refused. */
export async function askPool(
  request: OperatorRequest,
  { fleet, pool, options, context }: AskedPool,
): Promise<Answer> {
  const writeLog = options.debug === true ? context.terminal.err : null;
  const ports = openContext(fleet, pool, { timeoutMs: options.timeout, writeLog });
  const reply = await withProgress(
    context.terminal,
    `${request.verb} ${pool.name}`,
    operate(request, ports),
  );
  if (reply.kind === 'refused') throw new UserError('problem', reply.message);
  return reply;
}

/** Asks the named pool, or every pool in turn: each has its own region and mode. */
export async function askPools(
  verb: 'plan' | 'reconcile' | 'status' | 'inventory' | 'evacuation-status',
  options: CloudOptions & { readonly pool?: string },
  context: CliContext,
): Promise<{ readonly fleet: OpenFleet; readonly answers: readonly PoolAnswer<Answer>[] }> {
  const fleet = openFleet(options, context.variables);
  const pools = options.pool === undefined ? fleet.policy.pools : [onePool(fleet, options.pool)];
  const answers: PoolAnswer<Answer>[] = [];
  for (const pool of pools) {
    answers.push({
      pool,
      reply: await askPool({ verb, pool: pool.name }, { fleet, pool, options, context }),
    });
  }
  return { fleet, answers };
}
