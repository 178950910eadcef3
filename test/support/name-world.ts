import { alidnsService } from '../../infra/local/alidns/actions';
import { AlidnsModel } from '../../infra/local/alidns/model';
import { ManualClock } from '../../infra/local/clock';
import { InProcessRpc } from '../../infra/local/in-process-rpc';
import { ControlPlane } from '../../infra/local/openapi/control-plane';
import { type FaultSwitch } from '../../infra/local/openapi/fault-switch';
import { Alidns } from '../../shared/adapters/alicloud/alidns';
import { RetryingRpc } from '../../shared/adapters/alicloud/retrying-rpc';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { emptyLines } from '../../shared/domain/failover/empty-line';
import { type NameMemory } from '../../shared/domain/failover/name-memory';
import { type NameAlert } from '../../shared/domain/failover/name-proposal';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type SiteOrder } from '../../shared/domain/failover/name-snapshot';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { nameMemoryKey, nameOrdersKey, REGION_CLAIM_KEY } from '../../shared/domain/store-keys';
import { type Wake } from '../../shared/domain/tick';
import { instant, type Instant, millis } from '../../shared/domain/units';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type StateStore } from '../../shared/ports/state-store';
import { workName } from '../../shared/work-name';
import { type WorkResult } from '../../shared/work-under-lease';
import { aNamePolicy, aSite } from './name-builders';
import { FakeRegionPools, FakeVantages } from './name-signals';
import { VirtualClock } from './virtual-clock';

/** A record to lay out: of a site, enabled and without weight unless it says more. */
export interface RecordSeed {
  readonly site: string;
  readonly line?: string;
  readonly weight?: number;
  readonly isEnabled?: boolean;
  readonly remark?: string;
  readonly type?: string;
}

export interface LiveNameOptions {
  readonly policy?: Partial<NamePolicy>;
  /** Default: one for each site. With weights, weighting is on for their lines. */
  readonly records?: readonly RecordSeed[];
  /** A name in the same home region: it shares the store and the time with that one. */
  readonly beside?: LiveName;
  /** Time for which a domain refuses the next write. Default 500 ms. */
  readonly writeLockMs?: number;
  /** When its story begins, milliseconds since the epoch; one beside another begins with that. */
  readonly startAt?: number;
}

/** A name in a simulated Alidns, with the real adapter and the real worker, and time that is moved by hand. */
export interface LiveName {
  readonly manual: ManualClock;
  readonly clock: VirtualClock;
  readonly model: AlidnsModel;
  readonly faults: FaultSwitch;
  readonly vantages: FakeVantages;
  readonly pools: FakeRegionPools;
  readonly store: StateStore;
  readonly archive: MemoryTickArchive<NameTick>;
  readonly policy: NamePolicy;
  readonly ports: NamePorts;
  readonly alerts: readonly (NameAlert & { readonly at: Instant })[];
  readonly logged: readonly string[];
  readonly ticks: readonly NameTick[];
  /** Changes that Alidns made for us, as `pause a telecom`, in their order. */
  readonly changes: readonly string[];
  /** Lines that had no enabled record right after a change; none in a good run. */
  readonly emptied: readonly string[];
  readonly work: (more?: {
    readonly ports?: NamePorts;
    readonly holder?: string;
    readonly policy?: NamePolicy;
    readonly source?: Wake['source'];
    readonly mayWatch?: boolean;
    readonly spanMs?: number;
  }) => Promise<WorkResult>;
  /** One look, which must come about. */
  readonly tick: () => Promise<NameTick>;
  /** Looks every 15 seconds, or as often as it is said. */
  readonly watch: (seconds: number, everySeconds?: number) => Promise<readonly NameTick[]>;
  readonly pass: (ms: number) => Promise<void>;
  /** How the records stand: `a default 100`, `b telecom off [remark]`, by site and line. */
  readonly shown: () => readonly string[];
  readonly recordId: (site: string, line?: string) => string;
  /** Nobody reaches these sites any more, nor does their region tell of its pool; all others are up. */
  readonly kill: (...sites: readonly string[]) => void;
  /** A person at the console: no write lock holds them up. */
  readonly person: (change: (model: AlidnsModel) => unknown) => void;
  readonly order: (order: Pick<SiteOrder, 'kind' | 'siteName'>, forMs?: number) => Promise<void>;
  readonly memory: () => Promise<NameMemory>;
  /** Region that is being failed over, by the claim in the store. */
  readonly claimed: () => Promise<string | null>;
  /** The store is gone with all that was in it, leases included; an empty one is there instead. */
  readonly loseStore: () => void;
}

const LOOK_SECONDS = 15;
const CALLER = { accessKeyId: 'in-process', accountId: '1234567890123456' };

export function createLiveName(options: LiveNameOptions = {}): LiveName {
  const { beside } = options;
  const { startAt = Date.parse('2026-11-21T03:00:00Z') } = options;
  const manual = beside?.manual ?? new ManualClock(startAt);
  const clock = beside?.clock ?? new VirtualClock(manual);
  const policy = aNamePolicy(options.policy);
  const model = new AlidnsModel({ clock: manual, writeLockMs: options.writeLockMs ?? 500 });
  layOut(model, policy, options.records ?? policy.sites.map(({ name }) => ({ site: name })));
  const controlPlane = new ControlPlane({
    ...{ regionId: policy.homeRegionId, clock: manual, services: [alidnsService(model)] },
  });
  const changes: string[] = [];
  const emptied: string[] = [];
  const siteNamed = (address: string): string =>
    policy.sites.find((site) => site.address === address)?.name ?? address;
  const nameOf = (recordId: string): string => {
    const found = recordsOf(model, policy).find((one) => one.recordId === recordId);
    return found === undefined ? recordId : `${siteNamed(found.value)} ${found.line}`;
  };
  const direct = new InProcessRpc({ controlPlane, caller: CALLER });
  const rpc: Rpc = {
    async call(request, callOptions) {
      if (request.action.startsWith('Describe')) return direct.call(request, callOptions);
      const before = model.domain(policy.domain).zone;
      try {
        return await direct.call(request, callOptions);
      } finally {
        if (model.domain(policy.domain).zone !== before) changes.push(changeIn(request, nameOf));
        for (const line of emptyLines(recordsOf(model, policy), policy))
          emptied.push(`${line} after ${changes.at(-1) ?? ''}`);
      }
    },
  };
  let present: StateStore = beside?.store ?? new MemoryStateStore(clock);
  const store = new Proxy({} as StateStore, {
    get: (_, method: keyof StateStore) =>
      (present[method] as (...parameters: unknown[]) => unknown).bind(present),
  });
  const alerts: (NameAlert & { at: Instant })[] = [];
  const logged: string[] = [];
  const note = (message: string, fields: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const random = { next: () => 0.5 };
  const vantages = new FakeVantages(clock);
  const pools = new FakeRegionPools(clock);
  const archive = new MemoryTickArchive<NameTick>();
  const ports: NamePorts = {
    dns: new Alidns({ rpc: new RetryingRpc({ rpc, clock, random }), clock, random }),
    ...{ vantages, regionPools: pools, store, archive, clock, writes: 'real' },
    log: { info: note, warn: note, error: note },
    alerts: {
      raise: (_subject, alert) =>
        Promise.resolve(void alerts.push({ ...(alert as NameAlert), at: clock.now() })),
    },
  };
  const ticks: NameTick[] = [];
  let ids = 0;
  const work: LiveName['work'] = (more = {}) =>
    workName({
      policy: more.policy ?? policy,
      policyHash: 'test-policy',
      wake: { source: more.source ?? 'timer', detail: 'test', at: clock.now() },
      deadline: instant(clock.now() + (more.spanMs ?? 55_000)),
      holder: more.holder ?? 'worker-1',
      newTickId: () => `tick-${String((ids += 1)).padStart(5, '0')}`,
      ports: more.ports ?? ports,
      mayWatch: more.mayWatch ?? false,
      onTick: (tick) => void ticks.push(tick),
    });
  const tick = async (): Promise<NameTick> => {
    const before = ticks.length;
    const result = await work();
    const last = ticks.at(-1);
    if (ticks.length === before || last === undefined)
      throw new Error(`No tick came about: ${JSON.stringify(result)}`);
    return last;
  };
  const pass = async (ms: number): Promise<void> => clock.sleep(millis(ms));
  return {
    ...{
      manual,
      clock,
      model,
      faults: controlPlane.faults,
      vantages,
      pools,
      store,
      archive,
      policy,
    },
    ...{ ports, alerts, logged, ticks, changes, emptied, work, tick, pass },
    async watch(seconds, everySeconds = LOOK_SECONDS) {
      const before = ticks.length;
      for (const end = clock.now() + seconds * 1000; clock.now() < end;) {
        const next = clock.now() + everySeconds * 1000;
        await work();
        await pass(Math.max(0, next - clock.now()));
      }
      return ticks.slice(before);
    },
    shown: () => shownRecords(recordsOf(model, policy), siteNamed),
    recordId: (site, line = 'default') =>
      recordsOf(model, policy).find((one) => siteNamed(one.value) === site && one.line === line)!
        .recordId,
    kill(...sites) {
      vantages.answers = Object.fromEntries(sites.map((site) => [site, 'down' as const]));
      pools.unreachable.clear();
      for (const { name, poolName } of policy.sites)
        if (poolName !== null && sites.includes(name)) pools.unreachable.add(poolName);
    },
    person: (change) => void model.provision(() => change(model)),
    async order({ kind, siteName }, forMs = 3_600_000) {
      const document = await store.read(nameOrdersKey(policy.name));
      const at = clock.now();
      const order = { kind, siteName, by: 'ann', reason: 'works', at, until: at + forMs };
      await store.compareAndSet(nameOrdersKey(policy.name), [order], document?.version ?? null);
    },
    memory: async () => (await store.read(nameMemoryKey(policy.name)))?.value as NameMemory,
    claimed: async () => {
      const value = (await store.read(REGION_CLAIM_KEY))?.value;
      return (value as { regionId: string } | null | undefined)?.regionId ?? null;
    },
    loseStore: () => void (present = new MemoryStateStore(clock)),
  };
}

function layOut(model: AlidnsModel, policy: NamePolicy, seeds: readonly RecordSeed[]): void {
  const { domain: domainName, host: rr, type, ttlSeconds, sites } = policy;
  model.provision(() => {
    model.addDomain({ domainName, edition: 'standard' });
    const added = seeds.map((seed) => {
      const { address } = sites.find(({ name }) => name === seed.site) ?? aSite(seed.site);
      const line = seed.line ?? 'default';
      const input = { rr, type: seed.type ?? type, value: address, ttlSeconds, line };
      return { seed, line, record: model.addRecord(domainName, input) };
    });
    for (const { seed, line, record } of added) {
      const { recordId } = record;
      if (seed.weight !== undefined) {
        model.setWeighting({ domainName, rr, type, line }, true);
        model.setWeight(recordId, seed.weight);
      }
      if (seed.remark !== undefined) model.setRemark(recordId, seed.remark);
      if (seed.isEnabled === false) model.setEnabled(recordId, false);
    }
  });
}

/** The records of the host as the model has them, without an adapter in between. */
function recordsOf(model: AlidnsModel, { domain, host }: NamePolicy): readonly DnsRecord[] {
  return model
    .domain(domain)
    .zone.records.filter(({ rr }) => rr === host)
    .map((one) => ({
      ...one,
      host: one.rr,
      weight: model.domain(domain).zone.weighted.has(`${one.rr} ${one.type} ${one.line}`)
        ? one.weight
        : null,
      updatedAt: instant(one.updatedAt),
    }));
}

const shownRecords = (
  records: readonly DnsRecord[],
  siteNamed: (address: string) => string,
): readonly string[] =>
  records
    .map(({ value, line, isEnabled, weight, remark }) => {
      const state = isEnabled ? (weight === null ? 'on' : String(weight)) : 'off';
      return `${siteNamed(value)} ${line} ${state}${remark === '' ? '' : ` [${remark}]`}`;
    })
    .toSorted();

function changeIn(
  { action, query }: Parameters<Rpc['call']>[0],
  nameOf: (recordId: string) => string,
): string {
  const { RecordId, Line, Weight } = query as Readonly<Record<string, string | undefined>>;
  const what = nameOf(RecordId ?? Line ?? '');
  switch (action) {
    case 'SetDomainRecordStatus':
      return `${query['Status'] === 'Enable' ? 'enable' : 'pause'} ${what}`;
    case 'UpdateDNSSLBWeight':
      return `weight ${Weight ?? ''} ${what}`;
    case 'UpdateDomainRecordRemark':
      return query['Remark'] === '' ? `unnote ${what}` : `note ${what}`;
    default:
      return `${action} ${what}`;
  }
}
