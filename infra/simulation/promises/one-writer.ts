import { MEMBER_TAG, POOL_TAG } from '../../../shared/domain/ownership-tags';
import { nameLease, poolLease } from '../../../shared/domain/store-keys';
import { type Lease } from '../../../shared/domain/tick';
import { type CloudCall, type Moment, type StoreWrite } from '../history';
import {
  instanceBefore,
  instancesTouched,
  isOurWrite,
  poolsIn,
  recordChanges,
  tagsIn,
} from './call-effects';
import { Judge } from './judge';
import { worldAt } from './one-look';

/** A write that was sent in time may land so long after the lease was over: an answer is waited for ten seconds, and it may be slow after. */
const LANDING_MS = 15_000;
/** Writes of one run that may be sent though its lease is over: the one before which its process stood still. */
const LATE_WRITES_MAX = 1;

interface Held {
  readonly runId: string;
  readonly token: number;
  readonly expiresAt: number;
  readonly isOver: boolean;
}

/**
 * Promise 3: one writer per pool and name in the store; a late cloud write is withheld but for the one that was under way. Judged by
 * what the store answered and by when writes landed.
 */
export class OneWriterJudge extends Judge {
  /** By region and lease: who holds it. */
  private readonly holders = new Map<string, Held>();
  /** By run and lease: until when it may write. */
  private readonly rights = new Map<string, number>();
  private readonly lateWrites = new Map<string, number>();

  constructor() {
    super(3, 'one writer at a time; who was taken over writes nothing more');
  }

  /** Writes that landed after their lease was over. */
  get lateLandings(): number {
    return [...this.lateWrites.values()].reduce((sum, count) => sum + count, 0);
  }

  see(moment: Moment): void {
    if (moment.kind === 'store') this.judgeStore(moment);
    else if (moment.kind === 'call' && isOurWrite(moment)) this.judgeCall(moment);
  }

  private judgeStore(write: StoreWrite): void {
    const { operation, regionId, result, lease } = write;
    if (operation === 'lost') this.forget(regionId);
    if (lease === null) return;
    const key = `${regionId}|${lease.name}`;
    const held = this.holders.get(key);
    if (held !== undefined) this.judgeLease(write, lease, held);
    if (result === 'granted') this.hold(key, write);
    if (operation === 'releaseLease' && held?.token === lease.token)
      this.holders.set(key, { ...held, isOver: true });
  }

  private forget(regionId: string): void {
    for (const key of this.holders.keys())
      if (key.startsWith(`${regionId}|`)) this.holders.delete(key);
  }

  private judgeLease({ operation, result, at, runId, key }: StoreWrite, lease: Lease, held: Held) {
    if (operation === 'compareAndSet' && result === 'stored' && lease.token < held.token)
      this.breach(at, `the store took ${key} from ${runId} under an old token`);
    if (operation === 'renewLease' && result === 'granted' && lease.token < held.token)
      this.breach(at, `${lease.name} was renewed for ${runId} under an old token`);
    if (operation !== 'acquireLease' || result !== 'granted') return;
    if (!held.isOver && held.expiresAt > at)
      this.breach(at, `${lease.name} was given to ${runId} while ${held.runId} held it`);
    if (held.token >= lease.token)
      this.breach(at, `${lease.name} was given out under the old token ${lease.token}`);
  }

  private hold(key: string, { runId, lease }: StoreWrite): void {
    if (lease === null) return;
    const { token, expiresAt } = lease;
    this.holders.set(key, { runId, token, expiresAt, isOver: false });
    this.rights.set(`${runId}|${lease.name}`, expiresAt);
  }

  private judgeCall(call: CloudCall): void {
    for (const lease of leasesFor(call)) {
      const key = `${call.runId ?? ''}|${lease}`;
      const until = this.rights.get(key);
      if (until === undefined) {
        this.breach(call.at, `${call.action} by ${call.runId ?? '?'}, which never held ${lease}`);
        continue;
      }
      if (call.at <= until) continue;
      const late = (this.lateWrites.get(key) ?? 0) + Number(call.at > until + LANDING_MS);
      this.lateWrites.set(key, late);
      if (late > LATE_WRITES_MAX)
        this.breach(
          call.at,
          `${call.runId ?? '?'} wrote ${late} times after its lease ${lease} was over, last with ${call.action}`,
        );
    }
  }
}

/** Under whose lease a write belongs. */
export function leasesFor(call: CloudCall): readonly string[] {
  const pools = poolsIn(worldAt(call), call.regionId).map(({ policy, groups }) => ({
    name: policy.name,
    keys: groups.map(({ targetKey }) => targetKey),
    members: groups.flatMap(({ members }) => members.map(({ instanceId }) => instanceId)),
  }));
  const targets = call.before.groups.map(({ targetKey }) => targetKey);
  const ofTargets = pools.filter(({ keys }) => keys.some((key) => targets.includes(key)));
  const ofInstances = call.product === 'Ecs' ? ownersOf(call, pools) : [];
  const names = recordChanges(call).map(({ name }) => nameLease(name));
  const poolNames = [...ofTargets.map(({ name }) => name), ...ofInstances];
  return [...new Set([...poolNames.map(poolLease), ...names])];
}

function ownersOf(
  call: CloudCall,
  pools: readonly { readonly name: string; readonly members: readonly string[] }[],
): readonly string[] {
  const launching = tagsIn(call).get(POOL_TAG);
  if (call.action === 'RunInstances') return launching === undefined ? [] : [launching];
  return instancesTouched(call).flatMap((id) => {
    const tags = instanceBefore(call, id)?.tags;
    const owner = tags?.get(POOL_TAG) ?? tags?.get(MEMBER_TAG);
    const found = pools.find(({ name }) => name === owner);
    // Of an instance in two pools both may write.
    const listing = pools.filter(({ members }) => members.includes(id));
    if (found !== undefined) return [found.name];
    return listing.length === 1 ? [listing[0]?.name ?? ''] : [];
  });
}
