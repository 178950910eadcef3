import { describe, expect, it } from '@jest/globals';
import { dryRunName } from '../../shared/adapters/dry-run-name';
import { withBegunMoves } from '../../shared/domain/failover/begun-moves';
import {
  EMPTY_NAME_MEMORY,
  freshSite,
  type NameMemory,
} from '../../shared/domain/failover/name-memory';
import { nameMemoryKey } from '../../shared/domain/store-keys';
import { missing } from '../../shared/domain/reading';
import { aNamePolicy, aRecord, aSite } from '../support/name-builders';
import { createLiveName, type RecordSeed } from '../support/name-world';
import { NOW } from '../support/builders';

const HOLD = aNamePolicy().holdDownMs / 1000;

describe('what is remembered of a name', () => {
  it('is understood where a pool tells its traffic and no load', async () => {
    const name = createLiveName();
    for (const pool of ['pool-a', 'pool-b'])
      name.pools.capacities.set(pool, { load: missing('not-configured') });
    await name.watch(60);
    expect((await name.memory()).sites['a']?.usual).toMatchObject({ load: null });
    name.kill('a');
    await name.watch(HOLD + 15);
    expect(name.shown()[0]).toMatch(/^a default off/);
    expect(name.logged.filter((line) => line.includes('cannot be understood'))).toEqual([]);
  });

  it.each<[string, (memory: NameMemory) => unknown]>([
    ['of another version', (memory) => ({ ...memory, schema: 7 })],
    ['without its floors', (memory) => ({ ...memory, floors: undefined })],
    [
      'with a site that has no move',
      ({ sites, ...memory }) => {
        const site = { ...sites['a'], move: undefined };
        return { ...memory, sites: { ...sites, a: site } };
      },
    ],
    ['nothing but a word', () => 'lost'],
  ])('%s: it counts as lost, is written anew, and the name is looked after', async (_, damage) => {
    const name = createLiveName();
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD + 15);
    name.kill();
    const key = nameMemoryKey('www');
    const stored = (await name.store.read(key))!;
    expect((stored.value as NameMemory).generation).toBeGreaterThan(0);
    await name.store.compareAndSet(key, damage(stored.value as NameMemory), stored.version);
    await name.watch(15);
    expect(name.logged.some((line) => line.includes('cannot be understood'))).toBe(true);
    expect((await name.memory()).schema).toBe(1);
    // The note on the record says whose pause it is.
    await name.watch(960);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
  });

  it('names the newest of many writes first, so that the oldest are forgotten', async () => {
    const lines = ['default', 'telecom', 'unicom', 'mobile', 'edu', 'oversea'];
    const records = lines.flatMap((line) =>
      ['a', 'b'].map((site): RecordSeed => ({ site, line, weight: 100 })),
    );
    const name = createLiveName({ policy: { weighting: true }, records, writeLockMs: 0 });
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD + 30);
    const ids = lines.map((line) => name.recordId('a', line));
    const { written } = await name.memory();
    expect(written.map(({ recordId }) => recordId)).toEqual(ids.toReversed());
  });
});

describe('a move that nobody could count', () => {
  const policy = aNamePolicy({ sites: [aSite('a'), aSite('b')] });
  const move = { moveId: 'failover-1', kind: 'failover' as const, at: NOW };
  const memory: NameMemory = {
    ...EMPTY_NAME_MEMORY,
    sites: { a: { ...freshSite(NOW), state: 'paused', move, baseWeights: { 'r-a-default': 100 } } },
    written: [{ recordId: 'r-a-default', isEnabled: false, weight: null, at: NOW }],
  };
  const begun = [{ ...move, siteName: 'a' }];
  it.each([
    ['its record is off by our hand', aRecord('a', { isEnabled: false }), begun],
    ['its record has a lower weight', aRecord('a', { weight: 1 }), begun],
    ['nothing of it is to be seen', aRecord('a', { weight: 100 }), []],
    ['nothing of it is to be seen, without weights', aRecord('a'), []],
    ['its record is of another type', aRecord('a', { isEnabled: false, type: 'AAAA' }), []],
  ])('%s', (_, record, moves) => {
    expect(withBegunMoves(memory, [record, aRecord('b')], policy).moves).toEqual(moves);
  });

  it('is counted once, and a rehearsal like a failover', () => {
    const off = [aRecord('a', { isEnabled: false })];
    const known = { ...memory, moves: begun };
    expect(withBegunMoves(known, off, policy)).toBe(known);
    const practice = { ...move, kind: 'practice' as const };
    const rehearsed = { ...memory, sites: { a: { ...memory.sites['a']!, move: practice } } };
    expect(withBegunMoves(rehearsed, off, policy).moves).toEqual([{ ...practice, siteName: 'a' }]);
  });

  it('is held against the next one, after a worker that ended right after the pause', async () => {
    const name = createLiveName();
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD);
    const { dns } = name.ports;
    const ended = Object.create(dns, {
      setEnabled: {
        value: async (...call: Parameters<typeof dns.setEnabled>) => {
          await dns.setEnabled(...call);
          throw new Error('the process ended');
        },
      },
    }) as typeof dns;
    await expect(name.work({ ports: { ...name.ports, dns: ended } })).rejects.toThrow('ended');
    await name.pass(60_000);
    name.kill();
    await name.watch(1000);
    expect(name.shown()[0]).toBe('a default on');
    name.kill('a');
    await name.watch(HOLD + 60);
    expect(name.shown()[0]).toBe('a default on');
    expect(name.ticks.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain('guard-velocity');
  });
});

describe('observe mode', () => {
  it('says what it would do, and neither writes nor claims anything', async () => {
    const name = createLiveName({ policy: { mode: 'observe' } });
    const ports = dryRunName(name.ports);
    const look = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed < seconds; passed += 15) {
        await name.work({ ports });
        await name.pass(15_000);
      }
    };
    await look(60);
    name.kill('a');
    await look(HOLD + 60);
    const results = name.ticks
      .at(-1)
      ?.outcome.steps.map(({ stepId, result }) => `${stepId} ${result.kind}`);
    expect(results).toContain(`pause/${name.recordId('a')} would-do`);
    expect(name.changes).toEqual([]);
    expect(name.pools.floors.size).toBe(0);
    expect(await name.claimed()).toBeNull();
    const off = (site: string) =>
      name.person((model) => model.setEnabled(name.recordId(site), false));
    off('a');
    off('b');
    await look(30);
    expect(name.shown()).toEqual(['a default off', 'b default off']);
    expect(name.alerts.map(({ reason }) => reason)).toContain('record-empty');
  });
});

it('a site leaves eight lines within one look, before its lease is over', async () => {
  const lines = ['default', 'telecom', 'unicom', 'mobile', 'edu', 'oversea', 'google', 'baidu'];
  const records = lines.flatMap((line) =>
    ['a', 'b'].map((site): RecordSeed => ({ site, line, weight: 100 })),
  );
  const name = createLiveName({ policy: { weighting: true }, records });
  await name.watch(60);
  name.kill('a');
  await name.watch(HOLD);
  const begin = name.clock.now();
  await name.work();
  expect(name.shown().filter((one) => one.startsWith('a'))).toEqual(
    lines.map((line) => `a ${line} off [evenkeel:paused:www:100]`).toSorted(),
  );
  expect(name.emptied).toEqual([]);
  expect((await name.memory()).moves).toHaveLength(1);
  expect(name.clock.now() - begin).toBeLessThan(33_000);
});
