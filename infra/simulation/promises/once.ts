import { LAUNCH_TAG, POOL_TAG, RETIRE_TAG } from '../../../shared/domain/ownership-tags';
import { OPERATIONS } from '../../../shared/domain/store-keys';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type CloudCall, type Moment, type PoolTick, type StoreWrite } from '../history';
import { instanceBefore, instancesNamed, isOurWrite, poolsIn, tagsIn } from './call-effects';
import { KNOWN_MS } from './floor';
import { Judge } from './judge';
import { worldAt } from './one-look';

/** One launch that was asked for: what of it came. */
interface Launch {
  readonly instanceIds: Set<string>;
  /** Instances wanted, as was written down before or told after. */
  wanted: number;
}

/** Looks at a repair may come so much early. */
const EARLY_MS = 30_000;

/**
 * Promise 8: nothing is done twice, whatever dies, doubles or comes late. An operation brings no more instances than it was for, a pool
 * has no more than its maximum, and a restart or reboot is not repeated before its time.
 */
export class OnceJudge extends Judge {
  private readonly launches = new Map<string, Launch>();
  /** When each instance was restarted or rebooted last, and with which token. */
  private readonly repairs = new Map<string, { readonly at: number; readonly token: string }>();
  private readonly evacuated = new Set<string>();
  /** When somebody else started an instance that was off. */
  private readonly startedByOthers = new Map<string, number>();

  constructor() {
    super(8, 'nothing is done twice');
  }

  see(moment: Moment): void {
    if (moment.kind === 'store' && moment.key.startsWith('evacuations/'))
      this.evacuated.add(moment.key.slice('evacuations/'.length));
    if (moment.kind === 'store' && moment.key.startsWith(OPERATIONS)) this.note(moment);
    if (moment.kind === 'tick') this.listen(moment);
    if (moment.kind === 'call' && moment.isEffective) this.judge(moment);
  }

  private judge(call: CloudCall): void {
    if (call.action === 'StartInstances') this.noteStart(call);
    if (!isOurWrite(call)) return;
    if (call.action === 'RunInstances') this.judgeLaunch(call);
    if (/^(RunInstances|StartInstances)$/u.test(call.action)) this.judgeMaximum(call);
    if (/^(RunCommand|RebootInstances)$/u.test(call.action))
      for (const id of instancesNamed(call)) this.judgeRepair(id, call);
  }

  private listen({ tick }: PoolTick): void {
    for (const step of tick.plan.steps)
      if (step.kind === 'launch') {
        const launch = this.launch(step.operationId);
        launch.wanted = Math.max(launch.wanted, step.count);
      }
  }

  /** What is about to be asked for is written down before the first call. */
  private note({ key, value }: StoreWrite): void {
    const { kind, attempts = [] } = (value ?? {}) as {
      readonly kind?: string;
      readonly attempts?: readonly { readonly count: number }[];
    };
    if (kind !== 'launch') return;
    const launch = this.launch(key.slice(OPERATIONS.length));
    launch.wanted = Math.max(launch.wanted, ...attempts.map(({ count }) => count));
  }

  private noteStart(call: CloudCall): void {
    for (const id of instancesNamed(call))
      if (call.who === 'ours') this.startedByOthers.delete(id);
      else this.startedByOthers.set(id, call.at);
  }

  private launch(operationId: string): Launch {
    const known = this.launches.get(operationId);
    if (known !== undefined) return known;
    const fresh: Launch = { instanceIds: new Set(), wanted: 0 };
    this.launches.set(operationId, fresh);
    return fresh;
  }

  private judgeLaunch(call: CloudCall): void {
    const operationId = tagsIn(call).get(LAUNCH_TAG);
    if (operationId === undefined) return;
    const launch = this.launch(operationId);
    for (const { instanceId, tags } of worldAt(call).instances(call.regionId))
      if (tags.get(LAUNCH_TAG) === operationId) launch.instanceIds.add(instanceId);
    if (launch.instanceIds.size > launch.wanted)
      this.breach(
        call.at,
        `${operationId} was for ${launch.wanted} and brought ${launch.instanceIds.size}: ${[...launch.instanceIds].join(', ')}`,
      );
  }

  /** Of the pool that the call adds to. What somebody else started or made a moment ago may not be known yet. */
  private judgeMaximum(call: CloudCall): void {
    const grown = new Set([
      tagsIn(call).get(POOL_TAG),
      ...instancesNamed(call).map((id) => instanceBefore(call, id)?.tags.get(POOL_TAG)),
    ]);
    for (const { policy } of poolsIn(worldAt(call), call.regionId)) {
      const { scale } = policy;
      if (scale === undefined || !grown.has(policy.name) || this.evacuated.has(policy.name))
        continue;
      const running = worldAt(call)
        .instances(call.regionId)
        .filter(({ tags, status }) => tags.get(POOL_TAG) === policy.name && !isOff(status))
        .filter(({ tags, createdAt }) => tags.has(LAUNCH_TAG) || call.at - createdAt > KNOWN_MS)
        .filter(({ tags }) => !tags.has(RETIRE_TAG))
        .filter(({ instanceId: id }) => {
          const startedAt = this.startedByOthers.get(id) ?? -Infinity;
          return call.at - startedAt > KNOWN_MS;
        });
      const limit = scale.max + scale.launch.replaceSurge + scale.warmPool.size;
      if (running.length > limit)
        this.breach(call.at, `${policy.name} has ${running.length} instances, ${limit} may be`);
    }
  }

  private judgeRepair(id: string, call: CloudCall): void {
    const kind = call.action === 'RunCommand' ? 'restart' : 'reboot';
    const token = call.parameters['ClientToken'] ?? '';
    const before = this.repairs.get(`${kind} ${id}`);
    const policy = poolsIn(worldAt(call), call.regionId).find(({ groups }) =>
      groups.some(({ members }) => members.some((member) => member.instanceId === id)),
    )?.policy;
    this.repairs.set(`${kind} ${id}`, { at: call.at, token });
    if (before === undefined || policy === undefined) return;
    const isRepeated = kind === 'restart' && before.token === token;
    const waitMs = waitAfter(kind, policy) - EARLY_MS;
    if (!isRepeated && call.at - before.at < waitMs)
      this.breach(
        call.at,
        `${call.action} on ${id} twice within ${Math.round((call.at - before.at) / 1000)} s`,
      );
  }
}

const isOff = (status: string): boolean => status === 'Stopped' || status === 'Stopping';

const waitAfter = (kind: 'restart' | 'reboot', { heal: { ladder } }: PoolPolicy): number =>
  (kind === 'restart' ? ladder.restart?.waitMs : ladder.reboot?.waitMs) ?? 0;
