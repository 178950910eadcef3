import { type CloudErrorDetails } from '../../domain/cloud-error';
import { type Target } from '../../domain/target';
import {
  type CallOptions,
  type GroupMember,
  type WeightChange,
  type WeightReadBack,
} from '../../ports/load-balancer';
import { ConfigurationLock, type LockOptions } from './configuration-lock';
import { chunks } from './reply';
import {
  type GroupAccess,
  groupCall,
  isAboutMembers,
  isSameMember,
  SERVERS_PER_CALL,
} from './server-group';

interface Batch {
  readonly target: Target;
  readonly changes: readonly WeightChange[];
}

/** Sets weights in batches under the load balancer's configuration lock, then reads back what became of them. */
export class WeightWriter {
  private readonly access: GroupAccess;
  private readonly lock: ConfigurationLock;

  constructor(options: LockOptions & GroupAccess) {
    this.access = options;
    this.lock = new ConfigurationLock(options);
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
    const rest = changes.filter((change) => again.some((one) => isSameMember(target, one, change)));
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
      if (!isAboutMembers(failure)) outage = { ...failure, isAmbiguous: false };
    }
    return failures;
  }

  private sendBatch(
    { target, changes }: Batch,
    options: CallOptions,
  ): Promise<CloudErrorDetails | undefined> {
    const [action, query] = groupCall('set', target, changes);
    return this.lock.send(() => this.access.call(action, query, options), options.deadline);
  }

  private readBack(
    { target, changes }: Batch,
    options: CallOptions,
    failures: ReadonlyMap<WeightChange, CloudErrorDetails>,
  ): Promise<readonly WeightReadBack[]> {
    const read = async (): Promise<readonly WeightReadBack[]> => {
      const members = await this.access.readMembers(target, options);
      return changes.map((change) =>
        compare({ target, change, members, failure: failures.get(change) }),
      );
    };
    const isSettled = (found: readonly WeightReadBack[]): boolean =>
      found.every(({ state, failure }) => state !== 'different' || failure !== undefined);
    return this.lock.readBack(read, isSettled, options.deadline);
  }
}

interface Comparison {
  readonly target: Target;
  readonly change: WeightChange;
  readonly members: readonly GroupMember[];
  readonly failure: CloudErrorDetails | undefined;
}

function compare({ target, change, members, failure }: Comparison): WeightReadBack {
  const { serverId, port } = change;
  const member = members.find((one) => isSameMember(target, one, change));
  if (member === undefined)
    return { serverId, port, weight: null, state: 'gone', ...(failure && { failure }) };
  if (member.weight === change.weight)
    return { serverId, port, weight: member.weight, state: 'as-wanted' };
  return { serverId, port, weight: member.weight, state: 'different', ...(failure && { failure }) };
}
