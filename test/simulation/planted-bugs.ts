import { type Disguise } from '../../infra/simulation/cosmos';
import { type FaultKind } from '../../infra/simulation/fault-kinds';
import { ALARM_SECRET } from '../../infra/simulation/handlers';
import { PROTECTED_TAG } from '../../shared/domain/heal-tag';
import { LAUNCH_TAG } from '../../shared/domain/ownership-tags';
import { pausedRemark } from '../../shared/domain/failover/paused-remark';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { instant, plus } from '../../shared/domain/units';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { type StateStore } from '../../shared/ports/state-store';

/** A bug that breaks one promise, put in the way of what the product does or sees; and the faults among which it shows. */
export interface PlantedBug {
  readonly name: string;
  readonly promise: number;
  readonly faults: readonly FaultKind[];
  readonly hours: number;
  /** What a universe must have for it to show. */
  readonly needs?: 'name' | 'scaling';
  /** Made anew for each run: some remember. */
  readonly disguise: () => Disguise;
}

const ILLS: readonly FaultKind[] = ['backend-errors', 'backend-hang', 'backend-slow'];
/** The shortest run whose calm is long enough to judge the end of it. */
const WITH_CALM_H = 1.5;

/** The object with some of its methods replaced; the rest is as it was, private parts included. */
function instead<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key: keyof T & string) => {
      const value: unknown = Object.hasOwn(replaced, key) ? replaced[key] : target[key];
      return typeof value === 'function' && !Object.hasOwn(replaced, key)
        ? (value.bind(target) as unknown)
        : value;
    },
  });
}

const balancing = (
  wrap: (loadBalancer: Ports['loadBalancer']) => Partial<Ports['loadBalancer']>,
): Disguise => ({
  ports: (ports) => ({
    ...ports,
    loadBalancer: instead(ports.loadBalancer, wrap(ports.loadBalancer)),
  }),
});

const naming = (wrap: (dns: NamePorts['dns']) => Partial<NamePorts['dns']>): Disguise => ({
  namePorts: (ports) => ({ ...ports, dns: instead(ports.dns, wrap(ports.dns)) }),
});

const launching = (wrap: (fleet: Ports['fleet']) => Partial<Ports['fleet']>): Disguise => ({
  ports: (ports) => ({ ...ports, fleet: instead(ports.fleet, wrap(ports.fleet)) }),
});

const storing = (wrap: (store: StateStore) => Partial<StateStore>): Disguise => ({
  store: (store) => instead(store, wrap(store)),
});

/** Who is taken out takes the whole group along. */
const wholeGroupDown = balancing((loadBalancer) => ({
  setWeights: async (target, changes, options) => {
    if (!changes.some(({ weight }) => weight === 0))
      return loadBalancer.setWeights(target, changes, options);
    const members = await loadBalancer.describeMembers(target, options);
    const all = members.map(({ serverId, port }) => ({ serverId, port, weight: 0 }));
    return loadBalancer.setWeights(target, all, options);
  },
}));

/** The tag that keeps hands off is never read. */
const protectionUnseen: Disguise = {
  ports: (ports) => ({
    ...ports,
    compute: instead(ports.compute, {
      describeInstances: async (ids, options) => {
        const found = await ports.compute.describeInstances(ids, options);
        return new Map([...found].map(([id, facts]) => [id, withoutProtection(facts)]));
      },
    }),
    fleet: instead(ports.fleet, {
      describeOwned: async (key, value, options) =>
        (await ports.fleet.describeOwned(key, value, options)).map((each) => ({
          ...each,
          facts: withoutProtection(each.facts),
        })),
    }),
  }),
};

const withoutProtection = <T extends { readonly tags: Readonly<Record<string, string>> }>(
  facts: T,
): T => ({
  ...facts,
  tags: Object.fromEntries(Object.entries(facts.tags).filter(([key]) => key !== PROTECTED_TAG)),
});

const NEVER = Number.MAX_SAFE_INTEGER;

/** Every lease is for everybody, and old tokens are as good as new ones. */
const noFencing = storing((store) => ({
  acquireLease: async (name, holder, span) => {
    const lease = await store.acquireLease(name, holder, span);
    if (lease !== null) return lease;
    return { name, holder, token: NEVER, expiresAt: instant(NEVER) };
  },
  compareAndSet: async (key, value, version) => store.compareAndSet(key, value, version),
}));

/** What was changed in the window is forgotten with every tick. */
const changesForgotten = storing((store) => ({
  compareAndSet: async (key, value, version, fence) => {
    const isMemory = key.startsWith('memory/') && typeof value === 'object' && value !== null;
    const stored = isMemory && 'changes' in value ? { ...value, changes: [] } : value;
    return store.compareAndSet(key, stored, version, fence);
  },
}));

const DELAY_MS = 15 * 60_000;

/** Probes tell what was true a quarter of an hour ago, and call it new. */
function staleProbes(): Disguise {
  const seen = new Map<string, readonly ProbeWindow[]>();
  return {
    ports: (ports) => ({
      ...ports,
      prober: instead(ports.prober, {
        probe: async (targets, settings, options) => {
          const windows = await ports.prober.probe(targets, settings, options);
          return new Map([...windows].map(([id, window]) => [id, delayed(seen, id, window)]));
        },
      }),
    }),
  };
}

function delayed(
  seen: Map<string, readonly ProbeWindow[]>,
  id: string,
  window: ProbeWindow,
): ProbeWindow {
  const all = [...(seen.get(id) ?? []), window];
  seen.set(id, all);
  const old = all.findLast(({ endedAt }) => plus(endedAt, DELAY_MS) <= window.endedAt);
  if (old === undefined) return window;
  return { ...old, startedAt: window.startedAt, endedAt: window.endedAt };
}

/** Nothing is ever written quite as it should be. */
const alwaysOffByOne = balancing((loadBalancer) => ({
  setWeights: async (target, changes, options) => {
    const wrong = changes.map((each) => ({ ...each, weight: Math.max(0, each.weight - 1) }));
    const answers = await loadBalancer.setWeights(target, wrong, options);
    return answers.map((each, index) => ({
      ...each,
      weight: changes[index]?.weight ?? each.weight,
    }));
  },
}));

const unarchived: Disguise = {
  ports: (ports) => ({
    ...ports,
    archive: instead(ports.archive, { append: async () => Promise.resolve() }),
  }),
};

/** Whoever was launched is in no list that we read. */
const launchedUnseen = launching((fleet) => ({
  describeOwned: async (key, value, options) =>
    (await fleet.describeOwned(key, value, options)).filter(
      ({ facts }) => !(LAUNCH_TAG in facts.tags),
    ),
}));

/** Somebody in between tries every launch once more, under another token. */
const freshTokens = launching((fleet) => ({
  launch: async (request, options) => {
    await fleet.launch({ ...request, clientToken: `${request.clientToken}-again` }, options);
    return fleet.launch(request, options);
  },
}));

/** A pause hits the records of the other sites. */
const wrongRecord: Disguise = {
  namePorts: (ports) => {
    const known = new Set<string>();
    return {
      ...ports,
      dns: instead(ports.dns, {
        describeRecords: async (name, options) => {
          const records = await ports.dns.describeRecords(name, options);
          for (const { recordId } of records) known.add(recordId);
          return records;
        },
        setEnabled: async (record, isEnabled, options) => {
          const other = [...known].find((id) => id !== record.recordId) ?? record.recordId;
          if (!isEnabled) await ports.dns.setEnabled({ recordId: other }, false, options);
          return ports.dns.setEnabled(record, isEnabled, options);
        },
      }),
    };
  },
};

/** Whatever is paused is taken for ours. */
const everyPauseOurs: Disguise = naming((dns) => ({
  describeRecords: async (name, options) =>
    (await dns.describeRecords(name, options)).map((record) => ({
      ...record,
      remark: record.isEnabled ? record.remark : pausedRemark(NAME, { weight: null }),
    })),
}));

/** The name of every simulated universe. */
const NAME = 'shop';

/** What calls people, and what is logged, holds the word that lets alarms in. */
const secretTold: Disguise = {
  ports: (ports) => ({
    ...ports,
    alerts: instead(ports.alerts, {
      raise: async (subject, alert) =>
        ports.alerts.raise(subject, { ...alert, message: `${alert.message} ${ALARM_SECRET}` }),
    }),
  }),
};

/** One or more for every promise of ARCHITECTURE.md that a run can break. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    ...{ name: 'the floor is not kept', promise: 1, faults: ILLS, hours: 1 },
    disguise: () => wholeGroupDown,
  },
  {
    ...{ name: 'protection is not seen', promise: 2, hours: 1 },
    faults: [...ILLS, 'person-tag'],
    disguise: () => protectionUnseen,
  },
  {
    ...{ name: 'nothing is fenced', promise: 3, hours: 0.5 },
    faults: ['concurrent-worker'],
    disguise: () => noFencing,
  },
  {
    ...{ name: 'the budget is forgotten', promise: 4, hours: 2 },
    faults: [...ILLS, 'backend-flapping'],
    disguise: () => changesForgotten,
  },
  {
    ...{ name: 'stale probes are believed', promise: 5, faults: ILLS, hours: 2 },
    disguise: staleProbes,
  },
  {
    ...{ name: 'it never holds still', promise: 6, faults: ILLS, hours: WITH_CALM_H },
    disguise: () => alwaysOffByOne,
  },
  {
    ...{ name: 'no tick is kept', promise: 7, faults: ILLS, hours: 1 },
    disguise: () => unarchived,
  },
  {
    ...{
      name: 'launched instances are not seen',
      promise: 7,
      hours: WITH_CALM_H,
      needs: 'scaling',
    },
    faults: ['traffic-peak', 'backend-crash'],
    disguise: () => launchedUnseen,
  },
  {
    ...{ name: 'every try has a token of its own', promise: 8, hours: 1, needs: 'scaling' },
    faults: ['traffic-peak', 'timeout-after-effect', 'worker-crash'],
    disguise: () => freshTokens,
  },
  {
    ...{ name: 'the wrong record is paused', promise: 9, hours: 2, needs: 'name' },
    faults: ['region-loss', 'backend-crash'],
    disguise: () => wrongRecord,
  },
  {
    ...{ name: 'a pause of a person is undone', promise: 10, hours: 1, needs: 'name' },
    faults: ['person-record', 'tool-record'],
    disguise: () => everyPauseOurs,
  },
  {
    ...{ name: 'a secret is told', promise: 11, faults: ['backend-crash'], hours: 0.5 },
    disguise: () => secretTold,
  },
];
