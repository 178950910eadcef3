import { findName, type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type NamePorts } from '../../shared/ports/name-ports';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { type Invocation } from '../../shared/runtime/invocation';
import { enqueueNameWorkers, namesAtHome } from '../../shared/wake/wake-names';
import { type WatchSlots } from '../../shared/watch-slots';
import { workName } from '../../shared/work-name';
import { type ReconcileFailoverInput } from './event';

export interface WorkNamesContext {
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  readonly policyVersion?: number | null;
  /** False once the policy was changed: a worker that watches then hands over to one that reads it anew. */
  readonly isPolicyCurrent: () => boolean | Promise<boolean>;
  readonly portsFor: (policy: NamePolicy) => NamePorts;
  readonly newTickId: () => string;
  readonly clock: Clock;
  readonly invoker: FunctionInvoker;
  /** Name of this function: its successor is another run of it. */
  readonly worker: string;
  /** Places for workers that stay awake; left out: nobody counts them. */
  readonly watchSlots?: WatchSlots;
}

type NameResult =
  | Awaited<ReturnType<typeof workName>>
  | { readonly kind: 'unknown-name' }
  /** Its store and locks are elsewhere: here it would be a second writer. */
  | { readonly kind: 'not-at-home' };

export interface WorkNamesReply {
  readonly kind: 'worked';
  readonly names: readonly { readonly name: string; readonly result: NameResult }[];
}

/**
 * Works on every name it is given, each under its own lease, and sends a successor for those that must go on being watched. One
 * name’s failure does not stop the others; it is thrown when all are done, so that the platform tries again.
 */
export async function workNames(
  input: ReconcileFailoverInput,
  context: WorkNamesContext,
  invocation: Invocation,
): Promise<WorkNamesReply> {
  const names = [...new Set(input.names)];
  const settled = await Promise.allSettled(
    names.map(async (name) => ({ name, result: await workOn(name, input, context, invocation) })),
  );
  const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await giveBackPlace(context, invocation);
  await handOver(done, context, invocation);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { kind: 'worked', names: done };
}

async function workOn(
  name: string,
  { wake }: ReconcileFailoverInput,
  context: WorkNamesContext,
  { deadline, requestId: holder }: Invocation,
): Promise<NameResult> {
  const { fleet, policyHash, policyVersion, isPolicyCurrent, portsFor, newTickId, watchSlots } =
    context;
  const policy = findName(fleet, name);
  if (policy === undefined) return { kind: 'unknown-name' };
  if (!namesAtHome(fleet).includes(name)) return { kind: 'not-at-home' };
  const ports = portsFor(policy);
  const times = { wake, deadline, holder, newTickId, mayWatch: true, watchSlots };
  return workName({ policy, policyHash, policyVersion, isPolicyCurrent, ports, ...times });
}

/** Before the successor is sent for, which needs it. It runs out by itself when it cannot be given back. */
async function giveBackPlace({ watchSlots }: WorkNamesContext, { log }: Invocation): Promise<void> {
  try {
    await watchSlots?.leave();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn('the place of a worker that stayed awake could not be given back');
  }
}

/** Longest wait for the successor to be accepted. */
const HAND_OVER_MS = 2_000;

/** Without this nobody would watch from the end of this worker's time to the next timer. Should it fail, that timer takes over. */
async function handOver(
  done: WorkNamesReply['names'],
  { clock, invoker, worker }: WorkNamesContext,
  { log }: Invocation,
): Promise<void> {
  const watched = done
    .filter(({ result }) => result.kind === 'worked' && result.isHandedOver)
    .map(({ name }) => name);
  if (watched.length === 0) return;
  const wake = { source: 'watch', detail: 'handed over by a worker', at: clock.now() } as const;
  const deadline = plus(clock.now(), HAND_OVER_MS);
  try {
    await enqueueNameWorkers(watched, { wake, invoker, worker, deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.warn('the successor could not be enqueued; the next timer takes over', {
      names: watched.join(', '),
      code: error.details.code,
    });
  }
}
