import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { floorDiv, type Instant, plus, since } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Invocation } from '../../shared/runtime/invocation';
import { poolsHere } from '../../shared/wake/pools-here';
import { rotated } from '../../shared/wake/rotation';
import { namesAtHome, sendNames } from '../../shared/wake/wake-names';
import { sendPools } from '../../shared/wake/wake-pools';

export interface FanOutContext {
  readonly fleet: Pick<FleetPolicy, 'pools' | 'names' | 'failover' | 'regionId' | 'deployment'>;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly worker: string;
  readonly failoverWorker: string;
}

export interface FanOutReply {
  readonly kind: 'accepted';
  readonly pools: number;
  readonly names: number;
  /** Workers that the platform did not take; the next timer sends them again. */
  readonly refused: number;
}

/** A queue of names that does not answer must not keep the pools waiting until there is no time left for them. */
const halfWay = (now: Instant, deadline: Instant): Instant =>
  plus(now, floorDiv(since(now, deadline), 2));

/**
 * Sends the workers for the names that are at home here and then for the pools of this deployment, in chunks, beginning elsewhere each
 * minute. Nothing is marked: a worker that is awake already needs no second turn. Some that are refused are left to the next timer,
 * which is sooner there than a second delivery of all of them; throws `CloudError` when none was taken.
 */
export async function fanOut(
  triggerName: string,
  { fleet, invoker, clock, worker, failoverWorker }: FanOutContext,
  { deadline, log }: Pick<Invocation, 'deadline' | 'log'>,
): Promise<FanOutReply> {
  const now = clock.now();
  const wake = { source: 'timer', detail: `timer ${triggerName}`, at: now } as const;
  const options = { wake, invoker, deadline };
  const names = await sendNames(rotated(namesAtHome(fleet), now), {
    ...options,
    deadline: halfWay(now, deadline),
    worker: failoverWorker,
  });
  const pools = await sendPools(
    rotated(
      poolsHere(fleet).map(({ name }) => name),
      now,
    ),
    { ...options, worker, poolsPerWorker: fleet.deployment.poolsPerWorker },
  );
  const failures = [...names.failed, ...pools.failed];
  const [first] = failures;
  const reply = { pools: pools.sent.flat().length, names: names.sent.length };
  if (first !== undefined) {
    if (!(first.error instanceof CloudError) || reply.pools + reply.names === 0) throw first.error;
    const { code } = first.error.details;
    log.error('workers were not taken; the next timer sends them', {
      refused: failures.length,
      code,
    });
  }
  return { kind: 'accepted', ...reply, refused: failures.length };
}
