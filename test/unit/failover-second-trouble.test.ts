import { describe, expect, it } from '@jest/globals';
import { nameMemoryKey } from '../../shared/domain/store-keys';
import { type NameMemory } from '../../shared/domain/failover/name-memory';
import { instant, millis } from '../../shared/domain/units';
import { aNamePolicy, aSite } from '../support/name-builders';
import { createLiveName, type LiveName, type RecordSeed } from '../support/name-world';

const POLICY = aNamePolicy();
const HOLD = POLICY.holdDownMs / 1000;
const BACK = POLICY.failback.holdMs / 1000;
const EVEN: readonly RecordSeed[] = [
  { site: 'a', weight: 100 },
  { site: 'b', weight: 100 },
];
const WEIGHTED = {
  weighting: true,
  velocity: { moves: 9, windowMs: millis(3_600_000) },
  failback: { ...POLICY.failback, stageHoldMs: millis(1_800_000) },
};

/** A was lost, and is back at the first stage of its return. */
async function returning(): Promise<LiveName> {
  const name = createLiveName({ policy: WEIGHTED, records: EVEN });
  await name.watch(30);
  name.kill('a');
  await name.watch(HOLD + 30);
  name.kill();
  for (let looks = 0; name.shown()[0] !== 'a default 10 [evenkeel:paused:www:100]'; looks += 1) {
    if (looks > 100) throw new Error(`never at the first stage: ${name.shown().join('; ')}`);
    await name.watch(15);
  }
  return name;
}

describe('while a site is on its way back', () => {
  it('the other dies: it takes all at once, and the dead one is left as soon as its hold is over', async () => {
    const name = await returning();
    name.kill('b');
    await name.watch(HOLD + 75);
    expect(name.shown()).toEqual(['a default 100', 'b default off [evenkeel:paused:www:100]']);
    expect(name.emptied).toEqual([]);
  });

  it('a person pauses it: it stays paused, and people hear of that', async () => {
    const name = await returning();
    name.person((model) => model.setEnabled(name.recordId('a'), false));
    await name.watch(BACK * 2);
    expect(name.shown()[0]).toMatch(/^a default off/);
    expect(name.alerts.map(({ key }) => key)).toContainEqual(
      expect.stringContaining('a/site-paused-by-person'),
    );
    expect(await name.claimed()).toBeNull();
  });
});

describe('of three sites one is up again and waits for its return, and another dies', () => {
  const three = (moves: number): LiveName =>
    createLiveName({
      policy: {
        ...WEIGHTED,
        sites: ['a', 'b', 'c'].map((site) => aSite(site)),
        velocity: { moves, windowMs: millis(3_600_000) },
      },
      records: ['a', 'b', 'c'].map((site) => ({ site, weight: 100 })),
    });
  /** A has been left and is up again; then c dies. */
  async function lostAnother(moves: number): Promise<LiveName> {
    const name = three(moves);
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD + 30);
    name.kill('c');
    return name;
  }

  it('the first comes back as soon as it was up for as long as the other was down, and then that is left', async () => {
    const name = await lostAnother(2);
    await name.watch(HOLD - 15);
    expect(name.shown()[0]).toMatch(/^a default off/u);
    await name.watch(75);
    expect(name.shown()).toEqual([
      'a default 100',
      'b default 100',
      'c default off [evenkeel:paused:www:100]',
    ]);
    expect(name.emptied).toEqual([]);
    expect(name.alerts.map(({ reason }) => reason)).toContain('failback-needed');
  });

  it('stays for its hold where the other may not be left in this hour anyway', async () => {
    const name = await lostAnother(1);
    await name.watch(BACK - 60);
    expect(name.shown()[0]).toMatch(/^a default off/u);
    expect(name.shown()[2]).toBe('c default 100');
  });
});

describe('a dead site of which only a part could leave', () => {
  it('is paused by a person, who knows better, and gets its weight back once they enable it', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: EVEN });
    await name.watch(30);
    name.pools.capacities.set('pool-b', { serving: 5, canLaunch: false });
    name.kill('a');
    await name.watch(HOLD + 60);
    expect(name.shown()[0]).toMatch(/^a default [1-9]\d? \[evenkeel:paused:www:100\]$/u);
    name.person((model) => model.setEnabled(name.recordId('a'), false));
    await name.watch(60);
    name.kill();
    await name.watch(BACK + 60);
    expect(name.shown()[0]).toMatch(/^a default off/u);
    name.person((model) => model.setEnabled(name.recordId('a'), true));
    await name.watch(BACK + 8000);
    expect(name.shown()[0]).toBe('a default 100');
  });
});

/** Whatever was remembered is remembered of a day that is still to come. */
async function dateAhead(name: LiveName): Promise<void> {
  const { value, version } = (await name.store.read(nameMemoryKey('www')))!;
  const text = JSON.stringify(value, (key, at: unknown) =>
    typeof at === 'number' && at > 1e12 && key !== 'until' ? at + 86_400_000 : at,
  );
  await name.store.compareAndSet(nameMemoryKey('www'), JSON.parse(text) as NameMemory, version);
}

describe('after a clock was a day ahead', () => {
  it('a site that is down is left after the hold all the same', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.kill('a');
    await name.watch(30);
    await dateAhead(name);
    await name.watch(HOLD + 30);
    expect(name.shown()[0]).toMatch(/^a default off/);
  });

  it('a site comes back after its hold, and moves count for no longer than their window', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD + 30);
    name.kill();
    await name.watch(30);
    await dateAhead(name);
    await name.watch(BACK + 30);
    expect(name.shown()[0]).toBe('a default on');
    name.kill('a');
    await name.watch(3600);
    expect(name.shown()[0]).toMatch(/^a default off/);
  });

  it('a rehearsal that began then is over, and the site comes back', async () => {
    const practice = {
      ...{ site: 'a', timeZone: 'Asia/Shanghai', days: [] as const, fromMinute: 0 },
      ...{ durationMs: millis(300_000), abortErrorShare: aNamePolicy().verdict.servingShare },
    };
    const name = createLiveName({ policy: { practice } });
    await name.watch(30);
    await name.order({ kind: 'practice', siteName: 'a' }, 60_000);
    await name.watch(30);
    expect(name.shown()[0]).toMatch(/^a default off/);
    const { value, version } = (await name.store.read(nameMemoryKey('www')))!;
    const memory = value as NameMemory;
    const ahead = (at: number) => instant(at + 86_400_000);
    const began = memory.practice!;
    await name.store.compareAndSet(
      nameMemoryKey('www'),
      {
        ...memory,
        practice: { ...began, startedAt: ahead(began.startedAt), until: ahead(began.until) },
      },
      version,
    );
    await name.watch(60);
    expect(name.shown()[0]).toBe('a default on');
  });
});

describe('before a site comes back', () => {
  const floorOfA = ({ pools }: LiveName) => pools.floors.get('pool-a')?.get('www');

  it('its own pool is asked for what it usually needs, from the middle of the hold on', async () => {
    const name = createLiveName();
    name.pools.capacities.set('pool-a', {});
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD + 30);
    name.kill();
    await name.watch(BACK / 2 - 30);
    expect(floorOfA(name)).toBeUndefined();
    await name.watch(60);
    expect(floorOfA(name)).toMatchObject({ count: 4 });
    expect(name.shown()[0]).toMatch(/^a default off/);
  });

  it('a rehearsed site keeps what it needs to come back to, whatever it has to do meanwhile', async () => {
    const practice = {
      ...{ site: 'a', timeZone: 'Asia/Shanghai', days: [] as const, fromMinute: 0 },
      ...{ durationMs: millis(300_000), abortErrorShare: aNamePolicy().verdict.servingShare },
    };
    const name = createLiveName({ policy: { practice } });
    await name.watch(30);
    await name.order({ kind: 'practice', siteName: 'a' }, 60_000);
    await name.watch(60);
    expect(floorOfA(name)).toMatchObject({ count: 4 });
  });

  it('one that a person keeps out is not grown for nothing', async () => {
    const name = createLiveName();
    await name.watch(30);
    await name.order({ kind: 'failover', siteName: 'a' });
    await name.watch(BACK + 60);
    expect(name.shown()[0]).toMatch(/^a default off/);
    expect(floorOfA(name)).toBeUndefined();
  });
});

describe('a site of which nobody can tell how it is', () => {
  it('for longer than the hold is told to people, while other sites are seen', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.vantages.answers = { a: 'unknown' };
    await name.watch(HOLD);
    expect(name.alerts).toEqual([]);
    await name.watch(60);
    expect(name.alerts.map(({ reason, siteName }) => `${siteName} ${reason}`)).toEqual([
      'a site-unknown',
    ]);
    expect(name.changes).toEqual([]);
  });
});
