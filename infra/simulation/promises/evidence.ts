import { decodeRetireTag, POOL_TAG, RETIRE_TAG } from '../../../shared/domain/ownership-tags';
import { type CloudCall, type Moment, type WorldView } from '../history';
import { instancesNamed, isOurWrite, poolsIn, tagsIn } from './call-effects';
import { Judge } from './judge';
import { type Lowering, type Lowerings } from './lowerings';
import { LookOut, worldAt } from './one-look';
import { SinceWhen } from './since-when';

/** Nothing that was seen so long ago counts as evidence any more: the oldest metric, the windows of a confirmation, and a tick. */
const FORGOTTEN_MS = 480_000;
/** For so long the load must have needed the capacity that is taken away. */
const NEEDED_MS = 600_000;

/**
 * Promise 5: weight-down, repairs and scale-in rest on fresh, agreeing evidence. The truth is known here: who takes a backend that had
 * been sound for longer than any signal may be old, or scales in below what the load has needed for long, had no such evidence.
 */
export class EvidenceJudge extends Judge {
  private readonly lowerings: Lowerings;
  private readonly lookOut = new LookOut();
  private readonly sound = new SinceWhen<boolean>();
  private readonly enough = new Map<
    string,
    readonly { readonly at: number; readonly needed: number }[]
  >();

  constructor(lowerings: Lowerings) {
    super(5, 'nobody is taken out, repaired or scaled in without fresh evidence');
    this.lowerings = lowerings;
  }

  see(moment: Moment): void {
    for (const lowering of this.lowerings.see(moment)) this.judgeLowering(lowering);
    if (moment.kind === 'call' && isOurWrite(moment)) {
      this.judgeRepair(moment);
      this.judgeScaleIn(moment);
    }
    if (moment.kind === 'fault') this.sound.note(moment.subject, false, moment.at);
    const world = this.lookOut.from(moment);
    if (world !== null) this.look(world, moment.at);
  }

  private look(world: WorldView, at: number): void {
    for (const name of world.pools) {
      const { policy, groups, needed } = world.pool(name);
      for (const { instanceId } of groups.flatMap(({ members }) => members)) {
        const instance = world.instance(policy.regionId, instanceId);
        this.sound.note(instanceId, instance?.ills.length === 0, at);
      }
      if (needed === null) continue;
      const recent = (this.enough.get(name) ?? []).filter((each) => at - each.at <= NEEDED_MS);
      this.enough.set(name, [...recent, { at, needed }]);
    }
  }

  private judgeLowering(lowering: Lowering): void {
    const { policy, from, to, soundForMs, isFirst, isTakenBack, instanceId, at } = lowering;
    const isTuned = policy.heal.weights.kind === 'managed' && to > 0;
    if (isFirst || isTakenBack || isTuned || soundForMs < FORGOTTEN_MS) return;
    this.breach(
      at,
      `${instanceId} went from ${from} to ${to} in ${lowering.targetKey}, though nothing had ailed it for ${Math.round(soundForMs / 1000)} s`,
    );
  }

  private judgeRepair(call: CloudCall): void {
    if (!/^(RebootInstances?|RunCommand)$/u.test(call.action)) return;
    for (const id of instancesNamed(call)) {
      const forMs = this.sound.lasted(id, true, call.at);
      if (forMs >= FORGOTTEN_MS)
        this.breach(
          call.at,
          `${call.action} on ${id}, though nothing had ailed it for ${Math.round(forMs / 1000)} s`,
        );
    }
  }

  /** A mark to leave, because of the load, on one more than the load leaves to spare. */
  private judgeScaleIn(call: CloudCall): void {
    const mark = decodeRetireTag(tagsIn(call).get(RETIRE_TAG));
    if (call.action !== 'TagResources' || mark?.reason !== 'scale-in') return;
    for (const { policy, groups } of poolsIn(worldAt(call), call.regionId)) {
      const own = worldAt(call)
        .instances(call.regionId)
        .filter(({ tags, status }) => tags.get(POOL_TAG) === policy.name && status !== 'Stopped');
      if (!instancesNamed(call).some((id) => own.some((each) => each.instanceId === id))) continue;
      const retiring = own.filter(({ tags }) => tags.has(RETIRE_TAG));
      const staying = [
        ...own.map(({ instanceId }) => instanceId),
        ...groups.flatMap(({ members }) => members.map(({ instanceId }) => instanceId)),
      ].filter((id) => !retiring.some(({ instanceId }) => instanceId === id));
      const left = new Set(staying).size;
      const seen = (this.enough.get(policy.name) ?? []).filter(
        ({ at }) => call.at - at <= NEEDED_MS,
      );
      const [first] = seen;
      if (first === undefined || call.at - first.at < NEEDED_MS - 60_000) continue;
      const needed = Math.min(policy.scale?.max ?? 0, ...seen.map((each) => each.needed));
      if (left < needed)
        this.breach(
          call.at,
          `${policy.name} scaled in to ${left}, though its load needed ${needed} at least for ${Math.round((call.at - first.at) / 1000)} s`,
        );
    }
  }
}
