import { type CloudErrorDetails } from '../../domain/cloud-error';
import { type Target } from '../../domain/target';
import {
  type CallOptions,
  type GroupMember,
  type Membership,
  type MembershipFailure,
  type MembershipFailureKind,
  type MembershipReadBack,
  type WeightChange,
} from '../../ports/load-balancer';
import { ConfigurationLock, type LockOptions } from './configuration-lock';
import { matchesCode } from './error-table';
import { chunks } from './reply';
import {
  type GroupAccess,
  groupCall,
  type GroupChange,
  isAboutMembers,
  isSameMember,
  SERVERS_PER_CALL,
} from './server-group';

const FAILURE_KINDS: readonly (readonly [MembershipFailureKind, readonly string[]])[] = [
  ['load-balancer-full', ['InstanceBackendServerNumberOverLimit']],
  ['quota', ['OverQuota', 'QuotaExceed*', 'LimitExceed*']],
  ['not-running', ['ObtainIpFail', 'InvalidServerId.NotFound']],
];

function membershipFailure(details: CloudErrorDetails): MembershipFailure {
  const known = FAILURE_KINDS.find(([, codes]) =>
    codes.some((pattern) => matchesCode(pattern, details.code)),
  );
  const other = details.reaction === 'wait-for-lock' ? 'locked' : 'other';
  return { ...details, kind: known?.[0] ?? other };
}

/** One change to who is in a group. */
interface Change {
  readonly kind: Extract<GroupChange, 'add' | 'remove'>;
  readonly target: Target;
  readonly options: CallOptions;
}

type Server = Membership & { readonly weight?: number };
type Failures = ReadonlyMap<Server, MembershipFailure>;

/** Adds and removes servers in batches under the load balancer's configuration lock, then reads back who is a member. */
export class MemberWriter {
  private readonly access: GroupAccess;
  private readonly lock: ConfigurationLock;

  constructor(options: LockOptions & GroupAccess) {
    this.access = options;
    this.lock = new ConfigurationLock(options);
  }

  /** Members are looked up first: adding one again is an error for some versions of the API and would refuse the batch. */
  async add(
    target: Target,
    additions: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]> {
    if (additions.length === 0) return [];
    const change: Change = { kind: 'add', target, options };
    const members = await this.access.readMembers(target, options);
    const absent = additions.filter(
      (addition) => !members.some((member) => isSameMember(target, member, addition)),
    );
    return absent.length === 0
      ? readBackOf(change, additions, members, new Map())
      : this.write(change, additions, absent);
  }

  /** Not looked up first: removing who is no member is no error. */
  async remove(
    target: Target,
    memberships: readonly Membership[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]> {
    if (memberships.length === 0) return [];
    const servers = memberships.map(({ serverId, port }) => ({ serverId, port }));
    return this.write({ kind: 'remove', target, options }, servers, servers);
  }

  /** Two passes at most: what a lost call did not do is sent once more, after reading. */
  private async write(
    change: Change,
    all: readonly Server[],
    unsent: readonly Server[],
  ): Promise<readonly MembershipReadBack[]> {
    const failures = await this.send(change, unsent);
    const found = await this.readBack(change, all, failures);
    const again = unsent.filter(
      (server) =>
        failures.get(server)?.isAmbiguous === true &&
        found.some((one) => !one.isAsWanted && isSameMember(change.target, one, server)),
    );
    if (again.length === 0) return found;
    const kept = [...failures].filter(([server]) => !again.includes(server));
    const failuresNow = new Map([...kept, ...(await this.send(change, again))]);
    return this.readBack(change, all, failuresNow);
  }

  /**
   * What went wrong, per server. A refused batch is halved until the servers to blame are found, since the refusal does not
   * name them and the others must not wait; halving also fills a load balancer that has room for some. Once there is no
   * room for one, or after an outage, a lack of permission or a lock that outlasts the deadline, no more is sent.
   */
  private async send(change: Change, servers: readonly Server[]): Promise<Failures> {
    const waiting = [...chunks(servers, SERVERS_PER_CALL)];
    const failures = new Map<Server, MembershipFailure>();
    let outage: MembershipFailure | undefined;
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const failure = outage ?? (await this.sendBatch(change, batch));
      if (failure === undefined) continue;
      const isAboutSome = outage === undefined && isAboutServers(failure);
      if (isAboutSome && batch.length > 1) {
        waiting.unshift(...chunks(batch, Math.ceil(batch.length / 2)));
        continue;
      }
      for (const server of batch) failures.set(server, failure);
      if (!isAboutSome || failure.kind === 'load-balancer-full')
        outage = { ...failure, isAmbiguous: false };
    }
    return failures;
  }

  private async sendBatch(
    { kind, target, options }: Change,
    batch: readonly Server[],
  ): Promise<MembershipFailure | undefined> {
    const [action, query] = groupCall(kind, target, batch);
    const failure = await this.lock.send(
      () => this.access.call(action, query, options),
      options.deadline,
    );
    return failure === undefined ? undefined : membershipFailure(failure);
  }

  private readBack(
    change: Change,
    servers: readonly Server[],
    failures: Failures,
  ): Promise<readonly MembershipReadBack[]> {
    const { target, options } = change;
    const read = async (): Promise<readonly MembershipReadBack[]> =>
      readBackOf(change, servers, await this.access.readMembers(target, options), failures);
    const isSettled = (found: readonly MembershipReadBack[]): boolean =>
      found.every(({ isAsWanted, failure }) => isAsWanted || failure !== undefined);
    return this.lock.readBack(read, isSettled, options.deadline);
  }
}

const isAboutServers = (failure: CloudErrorDetails): boolean =>
  isAboutMembers(failure) || failure.reaction === 'already-so';

const readBackOf = (
  { kind, target }: Change,
  servers: readonly Server[],
  members: readonly GroupMember[],
  failures: Failures,
): readonly MembershipReadBack[] =>
  servers.map((server) => {
    const { serverId, port } = server;
    const member = members.find((one) => isSameMember(target, one, server));
    const isAsWanted = (member !== undefined) === (kind === 'add');
    const failure = isAsWanted ? undefined : failures.get(server);
    const weight = member?.weight ?? null;
    return { serverId, port, weight, isAsWanted, ...(failure && { failure }) };
  });
