import { describe, expect, it } from '@jest/globals';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import {
  EMPTY_NAME_MEMORY,
  freshSite,
  type NameMemory,
} from '../../../shared/domain/failover/name-memory';
import { type DnsRecord } from '../../../shared/domain/failover/dns-record';
import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { CloudError } from '../../../shared/domain/cloud-error';
import {
  approvalsKey,
  nameLease,
  nameMemoryKey,
  nameOrdersKey,
} from '../../../shared/domain/store-keys';
import { instant, millis, plus } from '../../../shared/domain/units';
import { type NamePorts } from '../../../shared/ports/name-ports';
import { operateName } from '../../../shared/operate/failover/operate-name';
import { nameRequest } from '../../../shared/operate/failover/name-request';
import { type ApprovalWord } from '../../../shared/operate/take-approval';
import { aNamePolicy, aRecord, aSite, aSiteCapacity } from '../../support/name-builders';
import { TestClock } from '../../support/test-clock';

const SECRET = 'a-secret-of-sixteen-characters';
const HOUR = 3_600_000;
const SHOP = aNamePolicy({
  name: 'shop',
  sites: [aSite('a'), aSite('b')],
  approval: { firstFailover: true, validMs: millis(HOUR) },
});
const ALONE = { ...SHOP, name: 'alone', sites: [aSite('a')] };
const UNREADABLE = new CloudError({
  ...{ action: 'DescribeDomainRecords', code: 'Throttling', reaction: 'retry', message: 'm' },
  isAmbiguous: false,
});

async function scene(
  memory: Partial<NameMemory> = {},
  approvalSecrets: readonly string[] = [SECRET],
  records: readonly DnsRecord[] | null = null,
) {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  await store.compareAndSet(nameMemoryKey('shop'), { ...EMPTY_NAME_MEMORY, ...memory }, null);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const archive = new MemoryTickArchive<NameTick>();
  const looks = {
    dns: {
      describeRecords: () =>
        records === null ? Promise.reject(UNREADABLE) : Promise.resolve(records),
      describeWeighting: () => Promise.resolve([]),
      describeMinimumTtl: () => Promise.resolve(60),
    },
    vantages: {
      look: (_: string, asked: readonly { name: string }[]) =>
        Promise.resolve(
          asked.map(({ name: siteName }) => ({
            ...{ siteName, voter: 'v', kind: 'vantage', answer: 'up', at: clock.now() },
            ...{ attempts: 3, failed: 0, latencyMs: 5, detail: '' },
          })),
        ),
    },
    regionPools: {
      describeCapacity: () => Promise.resolve(aSiteCapacity({ takenAt: clock.now() })),
    },
  };
  const ask = async (request: object, store_ = store) =>
    operateName(nameRequest.parse(request), {
      fleet: { names: [SHOP, ALONE] },
      store: store_,
      clock,
      log,
      signatures: HMAC_SIGNATURES,
      approvalSecrets,
      portsFor: () => ({ store: store_, clock, log, archive, ...looks }) as unknown as NamePorts,
      policyHash: 'p',
      deadline: clock.in(60_000).deadline,
      holder: 'h',
      newTickId: () => 't',
    });
  const order = (more: object = {}) => ({
    verb: 'failover',
    name: 'shop',
    site: 'a',
    by: 'ann',
    reason: 'works',
    until: clock.now() + HOUR,
    ...more,
  });
  const approve = (
    more: { readonly [Field in keyof ApprovalWord]?: unknown } = {},
    secret = SECRET,
  ) => {
    const word = {
      name: 'shop',
      approvalId: 'approval-1',
      moveId: 'failover-1',
      by: 'ann',
      isGranted: true,
      at: clock.now(),
      until: clock.now() + HOUR,
      ...more,
    };
    return { verb: 'approve', word, signature: HMAC_SIGNATURES.sign('approval', word, secret) };
  };
  return { clock, store, archive, ask, order, approve };
}
const pending = [
  {
    moveId: 'failover-1',
    siteName: 'a',
    reason: 'failover-site-down' as const,
    askedAt: instant(0),
    until: instant(9e15),
  },
];

describe('an order about a site', () => {
  it.each(['failover', 'failback'])(
    '%s is written down with owner and end, and marks the name',
    async (verb) => {
      const { ask, store, order, clock } = await scene();
      expect(await ask(order({ verb }))).toMatchObject({ kind: 'site-ordered', name: 'shop' });
      expect((await store.read(nameOrdersKey('shop')))?.value).toEqual([
        {
          kind: verb,
          siteName: 'a',
          by: 'ann',
          reason: 'works',
          at: clock.now(),
          until: clock.now() + HOUR,
        },
      ]);
      expect(await store.isDirty(nameLease('shop'))).toBe(true);
    },
  );

  it.each(['failback', 'failover'])(
    '%s counts for the outage that people see, however slow the clock of whoever gives it',
    async (verb) => {
      const left = await scene();
      const at = plus(left.clock.now(), 5 * 60_000);
      const move = { moveId: 'failover-1', kind: 'failover' as const, at };
      const sites = { a: { ...freshSite(at), state: 'paused' as const, move } };
      const { ask, store, order } = await scene({ sites });
      expect(await ask(order({ verb }))).toMatchObject({ kind: 'site-ordered', order: { at } });
      expect((await store.read(nameOrdersKey('shop')))?.value).toMatchObject([{ kind: verb, at }]);
      expect(await ask(order({ verb, until: at }))).toMatchObject({ code: 'past-time' });
    },
  );

  it('replaces the earlier one for that site, keeps the other’s, and drops what is over', async () => {
    const { ask, store, order, clock } = await scene();
    await ask(order());
    await ask(order({ site: 'b', until: clock.now() + 1000 }));
    clock.advance(10);
    await ask(order({ verb: 'failback' }));
    const kinds = async () =>
      (
        (await store.read(nameOrdersKey('shop')))?.value as { kind: string; siteName: string }[]
      ).map(({ kind, siteName }) => `${kind} ${siteName}`);
    expect(await kinds()).toEqual(['failover b', 'failback a']);
    clock.advance(2000);
    await ask(order());
    expect(await kinds()).toEqual(['failover a']);
  });

  it.each([
    ['a name that is not in the policy', { name: 'toys' }, 'unknown-name'],
    ['a site that the name does not have', { site: 'north' }, 'unknown-site'],
    ['a name with no other site', { name: 'alone' }, 'no-other-site'],
    ['a practice that the policy does not have', { verb: 'practice' }, 'not-practised'],
    ['a time that is past', { until: 1 }, 'past-time'],
  ])('refuses %s and writes nothing', async (_, more, code) => {
    const { ask, store, order } = await scene();
    expect(await ask(order(more))).toMatchObject({ kind: 'refused', code });
    expect(await store.list('name-orders/')).toEqual([]);
  });

  it('gives up where others keep changing the orders', async () => {
    const { ask, store, order } = await scene();
    const busy = Object.create(store, {
      compareAndSet: { value: () => Promise.resolve('conflict') },
    }) as typeof store;
    expect(await ask(order(), busy)).toMatchObject({ code: 'contention' });
  });
});

describe('a person’s word about a move', () => {
  it.each([true, false])(
    'is stored when it is signed and awaited (granted: %p)',
    async (isGranted) => {
      const { ask, store, approve } = await scene({ pending });
      expect(await ask(approve({ isGranted }))).toMatchObject({ kind: 'approval-stored' });
      expect((await store.read(approvalsKey('shop')))?.value).toMatchObject([
        { moveId: 'failover-1', by: 'ann', isGranted },
      ]);
      expect(await store.isDirty(nameLease('shop'))).toBe(true);
    },
  );

  it('is worth nothing when it is sent again, nor once it was used', async () => {
    const { ask, approve } = await scene({ pending });
    await ask(approve());
    expect(await ask(approve())).toMatchObject({ kind: 'refused', code: 'replayed' });
    const used = await scene({ pending, usedApprovals: ['approval-1'] });
    expect(await used.ask(used.approve())).toMatchObject({ code: 'replayed' });
    expect(await used.store.read(approvalsKey('shop'))).toBeNull();
  });

  it('is refused when somebody else signed it, or changed it afterwards', async () => {
    const { ask, approve, store } = await scene({ pending });
    expect(await ask(approve({}, 'another-secret-of-sixteen'))).toMatchObject({
      code: 'wrong-signature',
    });
    const forged = approve({ isGranted: false });
    forged.word.isGranted = true;
    expect(await ask(forged)).toMatchObject({ code: 'wrong-signature' });
    expect(await store.read(approvalsKey('shop'))).toBeNull();
  });

  it('expires, and holds no longer than the policy lets it', async () => {
    const { ask, approve, clock } = await scene({ pending });
    expect(await ask(approve({ until: clock.now() }))).toMatchObject({ code: 'expired' });
    expect(await ask(approve({ until: clock.now() + HOUR + 1 }))).toMatchObject({
      code: 'valid-too-long',
    });
    const ahead = clock.now() + 60_000;
    expect(await ask(approve({ at: ahead, until: ahead + 1000 }))).toMatchObject({
      code: 'from-the-future',
    });
  });

  it('is refused for a move that waits for nothing, and where nothing can be approved', async () => {
    const { ask, approve } = await scene({ pending });
    expect(await ask(approve({ moveId: 'failover-2' }))).toMatchObject({
      code: 'unknown-move',
      message: expect.stringContaining('waiting: failover-1'),
    });
    const { ask: secretless, approve: any } = await scene({ pending }, []);
    expect(await secretless(any())).toMatchObject({ code: 'no-approval-secret' });
  });
});

it('tells where a name stands, what people want and what waits for them', async () => {
  const { ask, order, approve } = await scene({ pending, updatedAt: instant(5) });
  await ask(order());
  await ask(approve());
  expect(await ask({ verb: 'name-status', name: 'shop' })).toMatchObject({
    kind: 'name-statuses',
    names: [
      {
        name: 'shop',
        updatedAt: 5,
        orders: [{ kind: 'failover', siteName: 'a' }],
        pending: [{ moveId: 'failover-1' }],
        approvals: [{ by: 'ann' }],
        freeze: null,
      },
    ],
  });
  expect(await ask({ verb: 'name-status' })).toMatchObject({ names: [{}, { name: 'alone' }] });
});

describe('what the records forbid', () => {
  const both = [aRecord('a'), aRecord('b')];
  it.each<[string, readonly DnsRecord[], string]>([
    ['no record of the site', [aRecord('b')], 'record-missing'],
    ['a record of another type', [aRecord('a', { type: 'AAAA' }), aRecord('b')], 'record-type'],
    ['two records of one line', [...both, aRecord('a', { recordId: 'r-2' })], 'record-duplicate'],
    [
      'a record that a person paused',
      [aRecord('a', { isEnabled: false }), aRecord('b')],
      'record-paused-by-person',
    ],
  ])('%s: nothing is ordered', async (_, records, code) => {
    const { ask, order, store } = await scene({}, [SECRET], records);
    expect(await ask(order())).toMatchObject({ kind: 'refused', code });
    expect(await store.list('name-orders/')).toEqual([]);
  });

  it('the same address on two lines, and records that cannot be read, forbid nothing', async () => {
    const lines = [...both, aRecord('a', { line: 'telecom' })];
    for (const records of [lines, null]) {
      const { ask, order } = await scene({}, [SECRET], records);
      expect(await ask(order())).toMatchObject({ kind: 'site-ordered' });
    }
  });
});

describe('a plan of a name', () => {
  it('says what an order would do, and orders nothing', async () => {
    const { ask, order, store } = await scene({}, [SECRET], [aRecord('a'), aRecord('b')]);
    expect(await ask(order({ isPlan: true }))).toMatchObject({
      kind: 'name-plans',
      plans: [
        {
          name: { orders: [{ kind: 'failover', siteName: 'a' }] },
          proposal: { verdicts: [{ verdict: 'up' }, { verdict: 'up' }] },
          plan: {
            steps: expect.arrayContaining([
              expect.objectContaining({ kind: 'pause-record', siteName: 'a' }),
            ]),
          },
        },
      ],
    });
    expect(await store.list('name-orders/')).toEqual([]);
  });

  it('without an order is what the next tick would do', async () => {
    const { ask } = await scene({}, [SECRET], [aRecord('a'), aRecord('b')]);
    expect(await ask({ verb: 'plan-name', name: 'shop' })).toMatchObject({
      plans: [
        {
          ...{ mode: 'enforce', policyHash: 'p', policyVersion: null },
          plan: { steps: [], withheld: [] },
        },
      ],
    });
  });
});

it('looks back at recorded ticks', async () => {
  const { ask, archive } = await scene();
  const digest = (tickId: string, at: number) => ({
    ...{ tickId, poolName: 'shop', at: instant(at), wake: 'timer', isWhole: false },
    ...{ healthy: 2, members: 2, steps: 0, withheld: 0, summary: 'nothing to do' },
  });
  await archive.append(digest('t-1', 1000), null);
  await archive.append(digest('t-2', 2000), null);
  expect(await ask({ verb: 'name-history', name: 'shop', limit: 1 })).toMatchObject({
    ticks: [{ tickId: 't-2' }],
  });
  const explain = { verb: 'explain-name', name: 'shop' };
  expect(await ask(explain)).toMatchObject({ digest: { tickId: 't-2' }, tick: null });
  expect(await ask({ ...explain, at: 1500 })).toMatchObject({ digest: { tickId: 't-1' } });
  expect(await ask({ ...explain, tickId: 't-1' })).toMatchObject({ digest: { tickId: 't-1' } });
  expect(await ask({ ...explain, tickId: 't-9' })).toMatchObject({ code: 'unknown-tick' });
});
