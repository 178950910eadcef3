import { CloudError, type CloudErrorDetails } from '../../domain/cloud-error';
import { DEFAULT_GROUP, type Target } from '../../domain/target';
import { type Instant, millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import {
  type CallOptions,
  type GroupMember,
  type WeightChange,
  type WeightReadBack,
} from '../../ports/load-balancer';
import { type Random } from '../../ports/random';
import { chunks } from './reply';

/** Servers in one call: the vendor refuses more with `TooManyBackendServers`. */
const SERVERS_PER_CALL = 20;

/** Waits for the load balancer's configuration lock: `firstMs` to three times that at random, doubling up to `maxMs`. */
export interface LockWait {
  /** Default 1,000 ms. */
  readonly firstMs: number;
  /** Default 30,000 ms. */
  readonly maxMs: number;
}

export interface WeightWriterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly lockWait?: LockWait | undefined;
  readonly call: (
    action: string,
    query: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ) => Promise<unknown>;
  readonly readMembers: (target: Target, options: CallOptions) => Promise<readonly GroupMember[]>;
}

interface Batch {
  readonly target: Target;
  readonly changes: readonly WeightChange[];
}

/** How often a read-back that differs is read again: the vendor shows a change a moment after it accepted it. */
const READ_BACKS = 4;

/** Sets weights in batches under the load balancer's configuration lock, then reads back what became of them. */
export class WeightWriter {
  private readonly options: WeightWriterOptions;

  constructor(options: WeightWriterOptions) {
    this.options = options;
  }

  /**
   * Two passes at most: what the first could not set although the member is there (a lost reply, a batch refused because
   * of another member that has gone) is sent once more. `stop` other than for members that have gone is not repeated.
   */
  async write(
    target: Target,
    changes: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly WeightReadBack[]> {
    if (changes.length === 0) return [];
    const failures = await this.send({ target, changes }, options);
    const found = await this.readBack({ target, changes }, options, failures);
    const again = found.filter(
      (one) => one.state === 'different' && this.isWorthRepeating(one, found),
    );
    if (again.length === 0) return found;
    const rest = changes.filter((change) => again.some((one) => isSame(target, one, change)));
    const moreFailures = await this.send({ target, changes: rest }, options);
    return this.readBack({ target, changes }, options, moreFailures);
  }

  private isWorthRepeating({ failure }: WeightReadBack, all: readonly WeightReadBack[]): boolean {
    if (failure === undefined) return false;
    return (
      failure.isAmbiguous ||
      (failure.reaction === 'stop' && all.some(({ state }) => state === 'gone'))
    );
  }

  /**
   * What went wrong, per change. A batch refused because of one of its members does not keep the others from being sent;
   * after an outage, a lack of permission or a lock that outlasts the deadline the rest is not tried.
   */
  private async send(
    { target, changes }: Batch,
    options: CallOptions,
  ): Promise<ReadonlyMap<WeightChange, CloudErrorDetails>> {
    const failures = new Map<WeightChange, CloudErrorDetails>();
    let outage: CloudErrorDetails | undefined;
    for (const batch of chunks(changes, SERVERS_PER_CALL)) {
      const failure = outage ?? (await this.sendBatch({ target, changes: batch }, options));
      if (failure === undefined) continue;
      for (const change of batch) failures.set(change, failure);
      const isAboutMembers = failure.reaction === 'stop' && failure.status !== 403;
      if (!isAboutMembers) outage = { ...failure, isAmbiguous: false };
    }
    return failures;
  }

  private async sendBatch(
    { target, changes }: Batch,
    options: CallOptions,
  ): Promise<CloudErrorDetails | undefined> {
    const { clock, random, call, lockWait = { firstMs: 1000, maxMs: 30_000 } } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await call(...setCall(target, changes), options);
        return undefined;
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        const isLocked = error.details.reaction === 'wait-for-lock';
        const firstMs = lockWait.firstMs * (1 + 2 * random.next());
        const waitMs = Math.min(lockWait.maxMs, Math.ceil(firstMs * 2 ** attempt));
        if (!isLocked || this.isPast(options.deadline, waitMs)) return error.details;
        await clock.sleep(millis(waitMs));
      }
    }
  }

  private async readBack(
    { target, changes }: Batch,
    options: CallOptions,
    failures: ReadonlyMap<WeightChange, CloudErrorDetails>,
  ): Promise<readonly WeightReadBack[]> {
    for (let attempt = 1; ; attempt += 1) {
      const members = await this.readMembers(target, options);
      const found = changes.map((change) =>
        compare({ target, change, members, failure: failures.get(change) }),
      );
      const isSettled = found.every(
        ({ state, failure }) => state !== 'different' || failure !== undefined,
      );
      const waitMs = 100 * 2 ** attempt;
      if (isSettled || attempt === READ_BACKS || this.isPast(options.deadline, waitMs))
        return found;
      await this.options.clock.sleep(millis(waitMs));
    }
  }

  private async readMembers(target: Target, options: CallOptions): Promise<readonly GroupMember[]> {
    try {
      return await this.options.readMembers(target, options);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      throw new CloudError({
        ...error.details,
        isAmbiguous: true,
        message: `written but not read back: ${error.details.message}`,
      });
    }
  }

  private isPast(deadline: Instant, waitMs: number): boolean {
    return this.options.clock.now() + waitMs >= deadline;
  }
}

/** A server stands once in the default group and once per port in a VServer group. */
const isSame = (
  target: Target,
  one: { readonly serverId: string; readonly port: number },
  other: { readonly serverId: string; readonly port: number },
): boolean =>
  one.serverId === other.serverId &&
  (target.serverGroupId === DEFAULT_GROUP || one.port === other.port);

function setCall(
  { loadBalancerId, serverGroupId }: Target,
  changes: readonly WeightChange[],
): [string, Readonly<Record<string, unknown>>] {
  const isDefault = serverGroupId === DEFAULT_GROUP;
  const servers = changes.map(({ serverId, port, weight }) => ({
    ServerId: serverId,
    ...(isDefault ? {} : { Port: port }),
    Weight: weight,
    Type: 'ecs',
  }));
  return isDefault
    ? [
        'SetBackendServers',
        { LoadBalancerId: loadBalancerId, BackendServers: JSON.stringify(servers) },
      ]
    : [
        'SetVServerGroupAttribute',
        { VServerGroupId: serverGroupId, BackendServers: JSON.stringify(servers) },
      ];
}

interface Comparison {
  readonly target: Target;
  readonly change: WeightChange;
  readonly members: readonly GroupMember[];
  readonly failure: CloudErrorDetails | undefined;
}

function compare({ target, change, members, failure }: Comparison): WeightReadBack {
  const { serverId, port } = change;
  const member = members.find((one) => isSame(target, one, change));
  if (member === undefined)
    return { serverId, port, weight: null, state: 'gone', ...(failure && { failure }) };
  if (member.weight === change.weight)
    return { serverId, port, weight: member.weight, state: 'as-wanted' };
  return { serverId, port, weight: member.weight, state: 'different', ...(failure && { failure }) };
}
