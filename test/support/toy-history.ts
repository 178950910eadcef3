import {
  type Breach,
  type Checker,
  type CloudCall,
  type GroupTruth,
  type InstanceTruth,
  type Moment,
  type RecordTruth,
  type StoreWrite,
  type WorkerRun,
  type WorldView,
} from '../../infra/simulation/history';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { pausedRemark } from '../../shared/domain/failover/paused-remark';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type ReasonCode } from '../../shared/domain/reasons';
import { type Lease, type Tick } from '../../shared/domain/tick';
import { instant } from '../../shared/domain/units';
import { aPolicy, NOW } from './builders';
import { aNamePolicy } from './name-builders';

const MINUTE_MS = 60_000;
export const TOY_TARGET = 'lb-1/rsp-1';
const REGION = 'cn-hangzhou';
/** What `Tag.N` pairs of a call say. */
export const tagParameters = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], index) => [
      [`Tag.${index + 1}.Key`, key],
      [`Tag.${index + 1}.Value`, value],
    ]),
  );

interface ToyInstance {
  weight: number | null;
  status: InstanceTruth['status'];
  health: 'normal' | 'abnormal' | 'unavailable';
  ills: InstanceTruth['ills'];
  tags: Map<string, string>;
  createdAt: number;
}

interface Options {
  readonly checker: Checker;
  readonly ids?: readonly string[];
  readonly policy?: PoolPolicy;
  readonly name?: Partial<NamePolicy>;
  readonly secrets?: readonly string[];
  readonly timerMs?: number;
  /** Members of another group of the pool. */
  readonly elsewhere?: readonly string[];
}

const ELSEWHERE = { targetKey: 'lb-2/rsp-2', loadBalancerId: 'lb-2', serverGroupId: 'rsp-2' };

/** A world small enough to be told by hand: one pool behind one listener, one name, and a checker that is shown all of it. */
export class ToyHistory {
  at: number = NOW;
  needed: number | null = null;
  deadSites: readonly string[] = [];
  readonly policy: PoolPolicy;
  readonly namePolicy: NamePolicy;
  readonly instances = new Map<string, ToyInstance>();
  readonly records: RecordTruth[];
  private readonly foreign = new Map<string, number>();
  private readonly checker: Checker;
  /** Weights in the other group. */
  private readonly elsewhere: Map<string, number>;

  constructor({
    checker,
    ids = ['i-1', 'i-2', 'i-3', 'i-4'],
    policy,
    name,
    secrets,
    timerMs,
    elsewhere = [],
  }: Options) {
    this.checker = checker;
    this.elsewhere = new Map(elsewhere.map((id) => [id, 100]));
    this.policy = policy ?? aPolicy();
    this.namePolicy = aNamePolicy(name);
    for (const id of ids) this.add(id);
    this.records = this.namePolicy.sites.map(({ name: site, address }) => ({
      ...{ recordId: `r-${site}`, line: 'default', value: address, remark: '' },
      ...{ isEnabled: true, isLocked: false, weight: null },
    }));
    this.tell({
      ...{ kind: 'began', at: this.at, seed: 1, calmAt: this.at, endsAt: this.at },
      ...{ secrets: secrets ?? [], timerMs: timerMs ?? MINUTE_MS },
    });
  }

  /** A sound instance with weight 100. */
  add(id: string, parts: Partial<ToyInstance> = {}): void {
    this.instances.set(id, {
      ...{ weight: 100, status: 'Running', health: 'normal', ills: [], tags: new Map() },
      createdAt: this.at,
      ...parts,
    });
  }

  of(id: string): ToyInstance {
    const found = this.instances.get(id);
    if (found === undefined) throw new Error(`no instance ${id}`);
    return found;
  }

  tell(moment: Moment): void {
    this.checker.see(moment);
  }

  /** Time goes by, and the world is looked at every minute. */
  pass(minutes: number): void {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.at += MINUTE_MS;
      this.tell({ kind: 'world', at: this.at, world: this.view() });
    }
  }

  /** A call that takes effect; `change` is what it does. */
  call(action: string, change: () => void, parts: Partial<CloudCall> = {}): void {
    const before = {
      groups: parts.product === 'Ecs' ? [] : this.groups(),
      instances: this.allInstances(),
      records: this.records.map((record) => ({ ...record })),
    };
    change();
    this.tell({
      ...{ kind: 'call', at: this.at, regionId: REGION, who: 'ours', runId: 'run-1' },
      ...{ product: 'Slb', action, parameters: {}, isEffective: true, code: null },
      ...{ before, world: this.view() },
      ...parts,
    });
  }

  setWeight(id: string, weight: number, parts: Partial<CloudCall> = {}): void {
    this.call('SetVServerGroupAttribute', () => (this.of(id).weight = weight), parts);
  }

  setElsewhere(id: string, weight: number): void {
    this.call('SetVServerGroupAttribute', () => this.elsewhere.set(id, weight));
  }

  /** We change a member that is no instance. */
  setForeignWeight(id: string, from: number, to: number): void {
    this.foreign.set(id, from);
    this.call('SetVServerGroupAttribute', () => this.foreign.set(id, to));
  }

  /** A call about one instance by its id. */
  onInstance(
    action: string,
    id: string,
    change: () => void = () => undefined,
    { parameters, ...parts }: Partial<CloudCall> = {},
  ): void {
    const named = { 'InstanceId.1': id, ...parameters };
    this.call(action, change, { product: 'Ecs', parameters: named, ...parts });
  }

  /** Enables or pauses the record of a site; a pause of ours leaves our note. */
  setRecord(site: string, isEnabled: boolean, parts: Partial<CloudCall> = {}): void {
    const index = this.records.findIndex(({ recordId }) => recordId === `r-${site}`);
    const isOurs = parts.who === undefined || parts.who === 'ours';
    const note = isOurs && !isEnabled ? pausedRemark(this.namePolicy.name, { weight: null }) : '';
    this.call(
      'SetDomainRecordStatus',
      () => (this.records[index] = { ...this.records[index]!, isEnabled, remark: note }),
      { product: 'Alidns', ...parts },
    );
  }

  setRecordWeight(site: string, weight: number, parts: Partial<CloudCall> = {}): void {
    const index = this.records.findIndex(({ recordId }) => recordId === `r-${site}`);
    this.call(
      'UpdateDNSSLBWeight',
      () => (this.records[index] = { ...this.records[index]!, weight }),
      { product: 'Alidns', ...parts },
    );
  }

  /** People are told about the pool. */
  alert(reason: ReasonCode, key: string = reason): void {
    const alert = { severity: 'critical', instanceId: null, message: '', reason, key } as const;
    const place = { at: this.at, regionId: REGION, runId: 'run-1', subject: this.policy.name };
    this.tell({ kind: 'alert', ...place, alert });
  }

  run(what: WorkerRun['what'], runId = 'run-1'): void {
    const subjects = [this.policy.name];
    this.tell({ kind: 'run', at: this.at, runId, regionId: REGION, subjects, what });
  }

  store(parts: Partial<StoreWrite>): void {
    this.tell({
      ...{ kind: 'store', at: this.at, regionId: REGION, runId: 'run-1', key: '' },
      ...{ operation: 'compareAndSet', lease: null, result: 'stored', value: null },
      ...parts,
    });
  }

  /** A run takes the pool's lease for a minute. */
  acquire(token: number, runId = 'run-1', name = `pool/${this.policy.name}`): Lease {
    const expiresAt = instant(this.at + MINUTE_MS);
    const lease = { name, holder: runId, token, expiresAt };
    this.store({ operation: 'acquireLease', key: name, lease, result: 'granted', runId });
    return lease;
  }

  /** A recorded tick that tells of the steps; they were done. */
  tick(
    steps: readonly object[],
    parts: Partial<{ runId: string; text: string }> = {},
    pool: object = { poolName: this.policy.name, backends: [], drainOrders: [] },
  ): void {
    const tick = {
      request: { tickId: 'tick-1', text: parts.text ?? '' },
      pool,
      plan: { steps, withheld: [] },
      outcome: {
        steps: steps.map((step) => ({ ...step, result: { kind: 'done', detail: '' } })),
      },
    } as unknown as Tick;
    const { runId = 'run-1' } = parts;
    const world = this.view();
    const place = { at: this.at, regionId: REGION, runId };
    this.tell({ kind: 'tick', ...place, tick, world });
    this.tell({ kind: 'archived', ...place, tickId: tick.request.tickId, isWhole: true });
  }

  /** What is found in the end. */
  end(): readonly Breach[] {
    this.checker.finish();
    return this.checker.breaches;
  }

  private group(): GroupTruth {
    return {
      ...{ targetKey: TOY_TARGET, loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' },
      listenerPorts: [80],
      members: [
        ...[...this.instances].flatMap(([instanceId, { weight, health }]) =>
          weight === null ? [] : [{ instanceId, weight, health: { 80: health } }],
        ),
        ...[...this.foreign].map(([instanceId, weight]) => ({ instanceId, weight, health: {} })),
      ],
    };
  }

  private groups(): readonly GroupTruth[] {
    if (this.elsewhere.size === 0) return [this.group()];
    const health = { 80: 'normal' } as const;
    const members = [...this.elsewhere].map(([id, weight]) => ({ instanceId: id, weight, health }));
    return [this.group(), { ...ELSEWHERE, listenerPorts: [80], members }];
  }

  private allInstances(): readonly InstanceTruth[] {
    return [...this.instances].map(([instanceId, { status, ills, tags, createdAt }]) => ({
      ...{ instanceId, regionId: REGION, zoneId: `${REGION}-a`, status, ills, createdAt },
      ...{ isSpot: false, isServiceUp: status === 'Running', load: 0, tags: new Map(tags) },
    }));
  }

  private view(): WorldView {
    const [groups, all] = [this.groups(), this.allInstances()];
    const records = this.records.map((record) => ({ ...record }));
    const { policy, needed, namePolicy, deadSites, at } = this;
    return {
      now: () => at,
      pools: [policy.name],
      pool: () => ({ policy, groups, needed }),
      instances: () => all,
      instance: (_, id) => all.find(({ instanceId }) => instanceId === id) ?? null,
      names: [namePolicy.name],
      name: () => ({ policy: namePolicy, records, deadSites }),
      isDark: () => false,
    };
  }
}
