import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { resolveSecrets } from '../../shared/config/environment';
import { operateName } from '../../shared/operate/failover/operate-name';
import { type NamePlanned, type NameReply } from '../../shared/operate/failover/name-reply';
import { type NameRequest } from '../../shared/operate/failover/name-request';
import { type CliContext } from './cli-context';
import { type CloudOptions } from './common-options';
import { openContext } from './open-context';
import { openNamePorts } from './open-name-ports';
import { type OpenFleet } from './open-fleet';
import { withProgress } from './terminal';
import { UserError } from './user-error';

export type NameAnswer = Exclude<NameReply, { kind: 'refused' }>;

/** Secrets that sign approvals, current first; none when the policy names none. Throws `UserError`. */
export function approvalSecretsOf(
  { policy }: OpenFleet,
  { variables }: CliContext,
): readonly string[] {
  const references = policy.failover?.approvalSecret ?? null;
  if (references === null) return [];
  const read = resolveSecrets(references, variables);
  if (read.kind === 'invalid')
    throw new UserError('usage', 'The approval secret cannot be read:', read.problems);
  const { current, next } = read.secrets;
  return [current, next].flatMap((secret) => (secret === null ? [] : [secret.reveal()]));
}

/** Asks about a name and insists on an answer. Throws `UserError` when it is refused. */
export async function askName(
  request: NameRequest,
  fleet: OpenFleet,
  options: CloudOptions,
  context: CliContext,
): Promise<NameAnswer> {
  const { policy } = fleet;
  const regionId = policy.failover?.homeRegionId ?? policy.regionId;
  const writeLog = options.debug === true ? context.terminal.err : null;
  const opened = openContext(
    fleet,
    { regionId, mode: 'observe' },
    { timeoutMs: options.timeout, writeLog },
  );
  const { store, clock, log } = opened.ports;
  const { policyHash, deadline, holder, newTickId } = opened;
  const work = operateName(request, {
    ...{ fleet: policy, store, clock, log, policyHash, deadline, holder, newTickId },
    approvalSecrets: request.verb === 'approve' ? approvalSecretsOf(fleet, context) : [],
    signatures: HMAC_SIGNATURES,
    portsFor: () => openNamePorts(fleet, opened.ports),
  });
  const reply = await withProgress(context.terminal, request.verb, work);
  if (reply.kind === 'refused') throw new UserError('problem', reply.message);
  return reply;
}

/** The plans of an answer. Throws `UserError` where the records could not be read: then nothing was planned. */
export function plansIn(reply: NameAnswer): readonly NamePlanned[] {
  if (reply.kind !== 'name-plans') throw new Error(`a plan was answered with ${reply.kind}`);
  const unread = reply.plans.find(({ name }) => name.records.kind === 'missing');
  if (unread !== undefined)
    throw new UserError(
      'unreachable',
      `The records of ${unread.name.name} could not be read: nothing can be said about what a tick would do.`,
      ['Try again in a minute; --debug shows what the cloud answered.'],
    );
  return reply.plans;
}
