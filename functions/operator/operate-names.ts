import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { operateName } from '../../shared/operate/failover/operate-name';
import { type OperateNameContext } from '../../shared/operate/failover/operate-name-context';
import { type NameReply } from '../../shared/operate/failover/name-reply';
import { type NameRequest } from '../../shared/operate/failover/name-request';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { enqueueNameWorkers } from '../../shared/wake/wake-names';

export interface OperateNamesContext extends OperateNameContext {
  readonly fleet: FleetPolicy;
  readonly invoker: FunctionInvoker;
  /** Function that looks after names. */
  readonly failoverWorker: string;
}

/** Runs a verb about a public name; its worker is sent for when a person’s wish changed. */
export async function operateNames(
  request: NameRequest,
  context: OperateNamesContext,
): Promise<{ readonly kind: 'operated'; readonly replies: readonly NameReply[] }> {
  const reply = await operateName(request, context);
  if (reply.kind === 'site-ordered' || reply.kind === 'approval-stored') {
    const { clock, invoker, failoverWorker: worker, deadline } = context;
    const wake = { source: 'operator', detail: reply.kind, at: clock.now() } as const;
    await enqueueNameWorkers([reply.name], { wake, invoker, worker, deadline });
  }
  return { kind: 'operated', replies: [reply] };
}
