import { RETIRE_TAG } from '../../../shared/domain/ownership-tags';
import { DRAIN_TAG } from '../../../shared/domain/store-keys';
import { type PoolPolicy } from '../../../shared/domain/policy';
import {
  type CloudCall,
  type FaultInjected,
  type GroupTruth,
  type InstanceTruth,
  type Moment,
  type PoolTruth,
  type WorldView,
} from '../history';
import { KNOWN_MS } from './floor';
import { groupNow, instanceBefore, isLowered, isOurWrite, weightChanges } from './call-effects';
import { LookOut, worldAt } from './one-look';
import { SinceWhen } from './since-when';

/** A weight that we lowered on our own account: nobody ordered it, and the instance is not on its way out. */
export interface Lowering {
  readonly policy: PoolPolicy;
  /** Members of the pool, wherever they stand: as many as there were a moment ago, if those were more. */
  readonly memberCount: number;
  readonly instanceId: string;
  readonly targetKey: string;
  readonly at: number;
  readonly runId: string | null;
  readonly from: number;
  readonly to: number;
  /** For how long the load balancer had sent traffic there and the instance had been running, in ms. */
  readonly servedForMs: number;
  /** For how long nothing at all had ailed it. */
  readonly soundForMs: number;
  /** Our first word on this member: a newcomer at the beginning of its ramp. */
  readonly isFirst: boolean;
  /** It takes back what a call of ours had just done, such as one that landed late. */
  readonly isTakenBack: boolean;
}

/** How long a write of ours may be taken back as one that landed late. */
const TAKEN_BACK_MS = 600_000;

/** Faults whose subject is an instance. */
const BACKEND_FAULT = /^(backend-|maintenance|spot)/u;

interface Written {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Finds what we lowered on our own account, with what was true of the backend then and how long. */
export class Lowerings {
  private readonly serves = new SinceWhen<boolean>();
  private readonly sound = new SinceWhen<boolean>();
  private readonly written = new Map<string, readonly Written[]>();
  /** By pool: members at the last look, and how many there were before others took some out. */
  private readonly counts = new Map<string, { now: number; before: number; until: number }>();
  private readonly lookOut = new LookOut();
  private last: { readonly moment: Moment; readonly found: readonly Lowering[] } | null = null;
  /** Drained, evacuated: by order of a person, by pool. */
  private readonly ordered = new Map<string, string>();

  /** Takes a moment in; gives the lowerings in it. The same moment may be shown by several. */
  see(moment: Moment): readonly Lowering[] {
    if (this.last?.moment === moment) return this.last.found;
    this.last = { moment, found: this.take(moment) };
    return this.last.found;
  }

  private take(moment: Moment): readonly Lowering[] {
    if (moment.kind === 'store' && moment.result === 'stored')
      if (/^(drains|evacuations)\//u.test(moment.key))
        this.ordered.set(
          moment.key,
          `${this.ordered.get(moment.key) ?? ''} ${JSON.stringify(moment.value)}`,
        );
    if (moment.kind === 'fault' && BACKEND_FAULT.test(moment.fault)) this.strike(moment);
    const found = moment.kind === 'call' && isOurWrite(moment) ? this.judge(moment) : [];
    const world = this.lookOut.from(moment);
    if (world !== null) this.look(world, moment.at, moment.kind === 'call' && isOurWrite(moment));
    return found;
  }

  /** Struck just now, however well it looks at this instant. */
  private strike(fault: FaultInjected): void {
    const world = worldAt(fault);
    for (const name of world.pools)
      for (const { targetKey } of world.pool(name).groups)
        this.sound.note(`${targetKey}|${fault.subject}`, false, fault.at);
  }

  private look(world: WorldView, at: number, isOurs: boolean): void {
    for (const name of world.pools) {
      const { groups, policy } = world.pool(name);
      this.noteCount(name, membersIn(groups), at, isOurs);
      this.note(groups, (id) => world.instance(policy.regionId, id), at);
    }
  }

  private noteCount(name: string, count: number, at: number, isOurs: boolean): void {
    const known = this.counts.get(name) ?? { now: count, before: 0, until: 0 };
    const before = Math.max(known.now, at - known.until < KNOWN_MS ? known.before : 0);
    const hasShrunk = count < known.now && !isOurs;
    this.counts.set(name, { ...known, now: count, ...(hasShrunk && { before, until: at }) });
  }

  /** Who left a moment ago may have been counted by whoever acts. */
  private memberCount(pool: PoolTruth, call: CloudCall): number {
    const known = this.counts.get(pool.policy.name);
    const isFresh = known !== undefined && call.at - known.until < KNOWN_MS;
    return Math.max(membersBefore(pool, call), isFresh ? known.before : 0);
  }

  private note(
    groups: readonly GroupTruth[],
    find: (instanceId: string) => InstanceTruth | null,
    at: number,
  ): void {
    for (const { targetKey, members } of groups)
      for (const { instanceId, health } of members) {
        const instance = find(instanceId);
        const isRunning = instance?.status === 'Running';
        const isSent = !Object.values(health).includes('abnormal');
        const key = `${targetKey}|${instanceId}`;
        this.serves.note(key, isRunning && isSent, at);
        this.sound.note(key, isRunning && isSent && instance.ills.length === 0, at);
      }
  }

  /** Right before the call the load balancer may have stopped sending there, since anybody looked last. */
  private judge(call: CloudCall): readonly Lowering[] {
    this.note(call.before.groups, (id) => instanceBefore(call, id), call.at);
    const changes = weightChanges(call);
    const lowered = changes.filter(isLowered).flatMap((change): readonly Lowering[] => {
      const { group, instanceId, before, after } = change;
      const found = groupNow(worldAt(call), call.regionId, group.targetKey);
      if (found === null || this.isAsked(found.pool.policy, instanceId, call)) return [];
      const key = `${group.targetKey}|${instanceId}`;
      const [from, to] = [before ?? 0, after ?? 0];
      const own = this.written.get(key) ?? [];
      return [
        {
          policy: found.pool.policy,
          memberCount: this.memberCount(found.pool, call),
          targetKey: group.targetKey,
          ...{ instanceId, from, to, at: call.at, runId: call.runId },
          servedForMs: this.serves.lasted(key, true, call.at),
          soundForMs: this.sound.lasted(key, true, call.at),
          isFirst: own.length === 0 && to > 0,
          isTakenBack: isTakenBack(own, { from, to, at: call.at }),
        },
      ];
    });
    for (const { group, instanceId, before, after } of changes)
      this.noteWrite(`${group.targetKey}|${instanceId}`, {
        ...{ from: before ?? 0, to: after ?? 0, at: call.at },
      });
    return lowered;
  }

  private noteWrite(key: string, write: Written): void {
    this.written.set(key, [write, ...(this.written.get(key) ?? [])].slice(0, 8));
  }

  /** A person wants it, or the instance leaves. */
  private isAsked({ name }: PoolPolicy, instanceId: string, call: CloudCall): boolean {
    const instance = instanceBefore(call, instanceId);
    if (instance?.tags.has(RETIRE_TAG) === true || instance?.tags.has(DRAIN_TAG) === true)
      return true;
    const orders = this.ordered.get(`drains/${name}`) ?? '';
    const zones = this.ordered.get(`evacuations/${name}`) ?? '';
    return orders.includes(instanceId) || (instance !== null && zones.includes(instance.zoneId));
  }
}

/** No more is taken than a write of ours had just given, or as much as to where the one before it had put the weight. */
const isTakenBack = (own: readonly Written[], { from, to, at }: Written): boolean =>
  own.some(
    (each, index) =>
      each.to === from &&
      each.from < from &&
      at - each.at < TAKEN_BACK_MS &&
      (to >= each.from || to === own[index + 1]?.to),
  );

/** How many stand in any of the pool's groups, as they were before the call. */
function membersBefore({ groups }: PoolTruth, { before }: CloudCall): number {
  const found = groups.map(
    (now) => before.groups.find(({ targetKey }) => targetKey === now.targetKey) ?? now,
  );
  return membersIn(found);
}

const membersIn = (groups: readonly GroupTruth[]): number =>
  new Set(groups.flatMap(({ members }) => members.map(({ instanceId }) => instanceId))).size;
