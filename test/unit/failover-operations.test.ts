import { describe, expect, it } from '@jest/globals';
import { operateFleet, type OperateFleetContext } from '../../functions/operator/operate-fleet';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { type PendingApproval } from '../../shared/domain/failover/name-memory';
import { type PracticePolicy } from '../../shared/domain/failover/name-policy';
import { instant, millis, permille } from '../../shared/domain/units';
import { operateName } from '../../shared/operate/failover/operate-name';
import { nameRequest } from '../../shared/operate/failover/name-request';
import { type NameReply } from '../../shared/operate/failover/name-reply';
import { operatorRequest } from '../../shared/operate/operator-request';
import { type Ports } from '../../shared/ports/ports';
import { ok } from '../support/builders';
import { aNamePolicy, aSite } from '../support/name-builders';
import { createLiveName, type LiveName } from '../support/name-world';

const SECRET = 'a-secret-of-sixteen-characters';
const HOUR = 3_600_000;
const HOLD = aNamePolicy().holdDownMs / 1000;
const PRACTICE = {
  ...{ site: 'a', timeZone: 'Asia/Shanghai', days: [] as const, fromMinute: 0 },
  ...{ durationMs: millis(300_000), abortErrorShare: permille(20) },
};

const ask = async (name: LiveName, request: object): Promise<NameReply> =>
  operateName(nameRequest.parse({ name: 'www', ...request }), {
    fleet: { names: [name.policy] },
    ...{ store: name.store, clock: name.clock, log: name.ports.log },
    ...{ signatures: HMAC_SIGNATURES, approvalSecrets: [SECRET], portsFor: () => name.ports },
    ...{ policyHash: 'p', holder: 'operator', newTickId: () => 'plan' },
    deadline: instant(name.clock.now() + 60_000),
  });
const order = async (name: LiveName, verb: string, site = 'a', more: object = {}) =>
  ask(name, {
    ...{ verb, site, by: 'ann', reason: 'works', until: name.clock.now() + HOUR },
    ...more,
  });
const approve = async (
  name: LiveName,
  { moveId }: Pick<PendingApproval, 'moveId'>,
  more: { approvalId?: string; isGranted?: boolean; until?: number } = {},
) => {
  const word = {
    ...{ name: 'www', approvalId: 'approval-1', moveId, by: 'ann', isGranted: true },
    ...{ at: name.clock.now(), until: name.clock.now() + 600_000, ...more },
  };
  return operateName(
    nameRequest.parse({
      verb: 'approve',
      word,
      signature: HMAC_SIGNATURES.sign('approval', word, SECRET),
    }),
    {
      fleet: { names: [name.policy] },
      ...{ store: name.store, clock: name.clock, log: name.ports.log },
      ...{ signatures: HMAC_SIGNATURES, approvalSecrets: [SECRET], portsFor: () => name.ports },
      ...{ policyHash: 'p', holder: 'operator', newTickId: () => 'plan' },
      deadline: instant(name.clock.now() + 60_000),
    },
  );
};
const pending = async (name: LiveName): Promise<PendingApproval> =>
  (await name.memory()).pending[0]!;

describe('orders', () => {
  it('a plan of a failover says what it would do, and the order does it', async () => {
    const name = createLiveName();
    await name.watch(30);
    const plan = await order(name, 'failover', 'a', { isPlan: true });
    expect(plan).toMatchObject({ kind: 'name-plans' });
    expect(name.changes).toEqual([]);
    expect(await name.store.isDirty('name/www')).toBe(false);
    expect(await order(name, 'failover')).toMatchObject({ kind: 'site-ordered' });
    await name.watch(15);
    expect(name.shown()[0]).toMatch(/^a default off/);
    const { plans } = plan as Extract<NameReply, { kind: 'name-plans' }>;
    expect(plans[0]?.plan.steps.map(({ kind }) => kind)).toContain('pause-record');
    expect(await ask(name, { verb: 'name-status' })).toMatchObject({
      names: [{ sites: [{ siteName: 'a', state: 'paused' }, { state: 'serving' }] }],
    });
  });

  it('a failback takes it back, without waiting for the hold', async () => {
    const name = createLiveName();
    await name.watch(30);
    await order(name, 'failover');
    await name.watch(60);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await order(name, 'failback');
    await name.watch(30);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect((await name.memory()).moves.map(({ kind }) => kind)).toEqual(['failover', 'failback']);
  });

  it('a failover that stands keeps the site out though it is up, and it returns when the order expires', async () => {
    const name = createLiveName();
    await name.watch(30);
    await order(name, 'failover', 'a', { until: name.clock.now() + 1_200_000 });
    await name.watch(1190);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(1000);
    expect(name.shown()[0]).toBe('a default on');
  });

  it('a failover of the only site that is up is withheld, and people hear of it', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.kill('b');
    await order(name, 'failover');
    await name.watch(60);
    expect(name.changes).toEqual([]);
    expect(name.ticks.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain('guard-last-site');
    expect(name.alerts.map(({ reason }) => reason)).toContain('guard-last-site');
  });

  it('a site of which a person paused the record can be ordered nowhere', async () => {
    const name = createLiveName({ records: [{ site: 'a', isEnabled: false }, { site: 'b' }] });
    for (const verb of ['failover', 'failback'])
      expect(await order(name, verb)).toMatchObject({ code: 'record-paused-by-person' });
  });
});

describe('a rehearsal', () => {
  const practised = () => createLiveName({ policy: { practice: PRACTICE } });
  /** Time begins on a Saturday at eleven there: it is due five minutes later. */
  const scheduled = (days: PracticePolicy['days'] = ['sat']) =>
    createLiveName({ policy: { practice: { ...PRACTICE, days, fromMinute: 11 * 60 + 5 } } });

  it('moves the site away for its time and brings it back by itself', async () => {
    const name = practised();
    await name.watch(30);
    expect(await order(name, 'practice')).toMatchObject({ kind: 'site-ordered' });
    await name.watch(30);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(300);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect((await name.memory()).practice).toMatchObject({ siteName: 'a', abortedBecause: null });
    await name.watch(600);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toHaveLength(1);
  });

  it('ends at once when requests fail in the pool that took over', async () => {
    const name = practised();
    await name.watch(30);
    await order(name, 'practice');
    await name.watch(45);
    name.pools.capacities.set('pool-b', { errorShare: ok(50, name.clock.now()) });
    await name.watch(15);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect(name.alerts.map(({ reason }) => reason)).toContain('practice-aborted');
  });

  it('begins on its schedule, ends after its time, and is over for that day', async () => {
    const name = scheduled();
    await name.watch(285);
    expect(name.changes).toEqual([]);
    await name.watch(30);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(270);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(30);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    await name.watch(900);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toHaveLength(1);
    expect((await name.memory()).moves.map(({ kind }) => kind)).toEqual(['practice', 'failback']);
  });

  it('on its schedule ends at once on its outcome alarm, and does not begin again', async () => {
    const name = scheduled();
    await name.watch(330);
    expect(name.shown()[0]).toMatch(/^a default off/);
    name.pools.capacities.set('pool-b', { errorShare: ok(21, name.clock.now()) });
    await name.watch(15);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect(name.alerts.map(({ reason }) => reason)).toContain('practice-aborted');
    name.pools.capacities.delete('pool-b');
    await name.watch(300);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toHaveLength(1);
  });

  it('does not begin on another day than that of its schedule', async () => {
    const name = scheduled(['sun']);
    await name.watch(600);
    expect(name.changes).toEqual([]);
  });

  it('does not begin where the others cannot carry all of it', async () => {
    const name = practised();
    await name.watch(30);
    name.pools.capacities.set('pool-b', { serving: 5 });
    await order(name, 'practice');
    await name.watch(300);
    expect(name.changes).toEqual([]);
  });

  it('that a worker began and could not remember goes on for its time, and ends by itself', async () => {
    const name = practised();
    await name.watch(30);
    await order(name, 'practice');
    const { store } = name.ports;
    let writes = 0;
    const forgetful = Object.create(store, {
      compareAndSet: {
        value: async (...call: Parameters<typeof store.compareAndSet>) => {
          const isMemory = call[0].startsWith('name-memory');
          if (isMemory && (writes += 1) === 2) return 'fenced';
          return store.compareAndSet(...call);
        },
      },
    }) as typeof store;
    await name.work({ ports: { ...name.ports, store: forgetful } });
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(240);
    expect(name.shown()[0]).toMatch(/^a default off/);
    await name.watch(90);
    expect(name.shown()[0]).toBe('a default on');
  });
});

describe('a move that a person must approve', () => {
  const asked = async (validMs = 1_800_000): Promise<LiveName> => {
    const name = createLiveName({
      policy: {
        sites: [aSite('a', { isStateful: true }), aSite('b')],
        approval: { firstFailover: false, validMs: millis(validMs) },
      },
    });
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD + 30);
    expect(name.changes).toEqual([]);
    expect(name.alerts.map(({ reason }) => reason)).toContain('waiting-for-approval');
    return name;
  };

  it('waits for the word, is done with it, and the word is used up', async () => {
    const name = await asked();
    const question = await pending(name);
    expect(await approve(name, question)).toMatchObject({ kind: 'approval-stored' });
    await name.watch(15);
    expect(name.shown()[0]).toMatch(/^a default off/);
    expect((await name.memory()).usedApprovals).toEqual(['approval-1']);
    expect(await approve(name, question)).toMatchObject({ code: 'replayed' });
    const again = { approvalId: 'approval-2' };
    expect(await approve(name, question, again)).toMatchObject({ code: 'unknown-move' });
  });

  it('is still asked for when the word has expired', async () => {
    const name = await asked();
    const question = await pending(name);
    await name.store.clearDirty('name/www');
    await approve(name, question, { until: name.clock.now() + 1000 });
    await name.pass(2000);
    await name.watch(60);
    expect(name.changes).toEqual([]);
    expect((await pending(name)).moveId).toBe(question.moveId);
  });

  it('is not done when the person says no', async () => {
    const name = await asked();
    await approve(name, await pending(name), { isGranted: false });
    await name.watch(120);
    expect(name.changes).toEqual([]);
    expect(name.ticks.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain(
      'guard-approval-refused',
    );
  });

  it('that ended in the middle goes on under the same word, though that has expired meanwhile', async () => {
    const name = await asked();
    await approve(name, await pending(name), { until: name.clock.now() + 20_000 });
    let isGone = false;
    const { dns } = name.ports;
    const ports = {
      ...name.ports,
      dns: Object.create(dns, {
        setEnabled: {
          value: async (...call: Parameters<typeof dns.setEnabled>) => {
            const reply = await dns.setEnabled(...call);
            isGone = true;
            throw Object.assign(new Error('the process ended'), { reply });
          },
        },
      }) as typeof dns,
    };
    await expect(name.work({ ports })).rejects.toThrow('the process ended');
    expect(isGone).toBe(true);
    await name.pass(60_000);
    await name.watch(60);
    expect(name.shown()[0]).toMatch(/^a default off/);
    expect((await name.memory()).moves.map(({ kind }) => kind)).toEqual(['failover']);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toHaveLength(1);
  });
});

describe('a freeze of a name by the operator function', () => {
  it('stops its moves until it is taken back, and its worker is sent for both times; nobody of another region', async () => {
    const name = createLiveName();
    await name.watch(60);
    const sent: unknown[] = [];
    const context: OperateFleetContext = {
      fleet: {
        ...{ pools: [{ name: 'far', regionId: 'cn-elsewhere' }], names: [name.policy] },
        ...{ regionId: name.policy.homeRegionId, failover: {} },
      } as unknown as OperateFleetContext['fleet'],
      ...{ policyHash: 'p', newTickId: () => 't', now: () => name.clock.now() },
      portsFor: () => name.ports as unknown as Ports,
      invoker: {
        enqueue: (...call) => Promise.resolve(void sent.push(call.slice(0, 2))),
        call: () => Promise.reject(new Error('nobody is asked')),
      },
      ...{ worker: 'reconcile-pool', failoverWorker: 'reconcile-failover' },
    };
    const invocation = {
      requestId: 'r',
      deadline: instant(name.clock.now() + 60_000),
    } as Parameters<typeof operateFleet>[2];
    const freeze = { verb: 'freeze', name: 'www', by: 'ann', reason: 'audit' };
    const until = name.clock.now() + HOUR;
    await operateFleet(operatorRequest.parse({ ...freeze, until }), context, invocation);
    name.kill('a');
    await name.watch(HOLD + 60);
    expect(name.changes).toEqual([]);
    await operateFleet(
      operatorRequest.parse({ verb: 'unfreeze', name: 'www', by: 'ann' }),
      context,
      invocation,
    );
    await name.watch(15);
    expect(name.shown()[0]).toMatch(/^a default off/);
    const all = { verb: 'freeze', by: 'ann', reason: 'audit', until: name.clock.now() + HOUR };
    await operateFleet(operatorRequest.parse(all), context, invocation);
    expect(sent).toEqual([
      ['reconcile-failover', expect.objectContaining({ names: ['www'] })],
      ['reconcile-failover', expect.objectContaining({ names: ['www'] })],
      ['reconcile-failover', expect.objectContaining({ names: ['www'] })],
    ]);
  });
});
