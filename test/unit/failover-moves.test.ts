import { describe, expect, it } from '@jest/globals';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { millis, permille } from '../../shared/domain/units';
import { aNamePolicy, aSite } from '../support/name-builders';
import { createLiveName, type LiveName, type RecordSeed } from '../support/name-world';

const WEIGHTED = { weighting: true };
const full = (site: string, line = 'default'): RecordSeed => ({ site, line, weight: 100 });
const HOLD = aNamePolicy().holdDownMs / 1000;

const states = async (name: LiveName): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    Object.entries((await name.memory()).sites).map(([site, { state }]) => [site, state]),
  );
const reasons = (ticks: readonly NameTick[]): readonly string[] => [
  ...new Set(ticks.flatMap(({ plan }) => plan.steps.map(({ reason }) => reason))),
];

/** Everything is up and remembered, then `a` dies and the hold is over but for a look. */
async function aDying(name: LiveName): Promise<void> {
  await name.watch(60);
  name.kill('a');
  await name.watch(HOLD);
}

describe('a site that dies', () => {
  it('is left alone for the whole hold, and paused in the look after it', async () => {
    const name = createLiveName();
    await aDying(name);
    expect(name.changes).toEqual([]);
    expect(await states(name)).toEqual({ a: 'suspect', b: 'serving' });
    expect(await name.claimed()).toBeNull();
    await name.watch(15);
    expect(name.changes.filter((one) => !one.startsWith('note'))).toEqual(['pause a default']);
    expect(name.shown()).toEqual(['a default off [evenkeel:paused:www]', 'b default on']);
    expect(await states(name)).toEqual({ a: 'paused', b: 'serving' });
    expect(await name.claimed()).toBe('region-a');
    expect(name.emptied).toEqual([]);
  });

  it('has the pool of the other asked for instances from the middle of the hold on, renewed while it is out', async () => {
    const name = createLiveName();
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD / 2);
    expect(name.pools.floors.size).toBe(0);
    await name.watch(15);
    const first = name.pools.floors.get('pool-b')?.get('www');
    expect(first).toMatchObject({ count: 8 });
    await name.watch(900);
    const last = name.pools.floors.get('pool-b')?.get('www');
    expect(last?.count).toBeGreaterThanOrEqual(8);
    expect(last!.until).toBeGreaterThan(name.clock.now());
    expect([...name.pools.floors.keys()]).toEqual(['pool-b']);
  });

  it('gets weight 1 before the pause where answers are drawn by weight, on every line that holds it', async () => {
    const name = createLiveName({
      policy: WEIGHTED,
      records: [full('a'), full('b'), full('a', 'telecom'), full('b', 'telecom')],
    });
    await aDying(name);
    await name.watch(15);
    const order = name.changes.filter((one) => !one.startsWith('note'));
    for (const line of ['default', 'telecom']) {
      const [weight, pause] = [`weight 1 a ${line}`, `pause a ${line}`].map((one) =>
        order.indexOf(one),
      );
      expect(weight).toBeGreaterThanOrEqual(0);
      expect(pause).toBeGreaterThan(weight!);
    }
    expect(name.shown()).toEqual([
      'a default off [evenkeel:paused:www:100]',
      'a telecom off [evenkeel:paused:www:100]',
      'b default 100',
      'b telecom 100',
    ]);
  });

  it('comes back after the hold in its stages, its note off and the claim released', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: [full('a'), full('b')] });
    await aDying(name);
    await name.watch(30);
    name.kill();
    const before = name.changes.length;
    await name.watch(900);
    expect(name.changes.length).toBe(before);
    expect(await states(name)).toMatchObject({ a: 'recovering' });
    const back = await name.watch(600);
    expect(name.changes.slice(before)).toEqual([
      'enable a default',
      'weight 10 a default',
      'weight 50 a default',
      'weight 100 a default',
      'unnote a default',
    ]);
    expect(reasons(back).filter((reason) => reason !== 'floor-requested')).toEqual([
      'failback-held-up',
      'failback-stage',
    ]);
    expect(name.shown()).toEqual(['a default 100', 'b default 100']);
    expect(await states(name)).toEqual({ a: 'serving', b: 'serving' });
    expect(await name.claimed()).toBeNull();
    expect(name.emptied).toEqual([]);
  });

  it('comes back at once after the hold without weights', async () => {
    const name = createLiveName();
    await aDying(name);
    await name.watch(30);
    name.kill();
    const before = name.changes.length;
    await name.watch(945);
    expect(name.changes.slice(before)).toEqual(['enable a default', 'unnote a default']);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect(await name.claimed()).toBeNull();
  });

  it('leaves every line that somebody else is on, and stays on the one where it is alone', async () => {
    const name = createLiveName({
      records: [{ site: 'a' }, { site: 'b' }, { site: 'a', line: 'telecom' }],
    });
    await aDying(name);
    const [tick] = await name.watch(15);
    expect(name.shown()).toEqual([
      'a default off [evenkeel:paused:www]',
      'a telecom on',
      'b default on',
    ]);
    expect(tick?.plan.withheld.map(({ rule }) => rule)).toContain('guard-last-record');
    expect(name.alerts.map(({ key }) => key.split('/').slice(0, 3).join('/'))).toContain(
      'line/telecom/last',
    );
    expect(name.emptied).toEqual([]);
  });

  it('is left after the capacity wait in part, while it still serves and the others cannot carry it', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: [full('a'), full('b')] });
    await name.watch(60);
    const fresh = (value: number) => ({
      kind: 'ok' as const,
      value,
      sampledAt: name.clock.now(),
    });
    // It answers 30 ‰ less than usual: not enough to doubt the voters, enough to be worth waiting for.
    name.vantages.answers = { a: 'down' };
    for (let look = 0; look < 24; look += 1) {
      name.pools.capacities.set('pool-a', {
        ...{ healthy: permille(300), traffic: fresh(300_000), load: fresh(4000) },
      });
      // What has left shows in the load of the other: no more fits.
      const load = fresh(name.changes.length === 0 ? 4000 : 6000);
      name.pools.capacities.set('pool-b', {
        serving: 5,
        load,
        max: 5,
        canLaunch: false,
      });
      await name.watch(15);
    }
    expect(await states(name)).toMatchObject({ a: 'partial' });
    expect(name.changes.filter((one) => one.startsWith('pause'))).toEqual([]);
    expect(name.changes.filter((one) => one.startsWith('weight')).length).toBeGreaterThan(0);
    expect(await name.claimed()).toBe('region-a');
    // Then it dies wholly: as much as the others bear leaves, and the rest once they have grown.
    name.pools.unreachable.add('pool-a');
    name.pools.capacities.set('pool-b', { serving: 5, load: fresh(6000) });
    await name.watch(90);
    const weight = Number(/^a default (\d+) /u.exec(name.shown()[0] ?? '')?.[1]);
    expect(weight).toBeLessThan(50);
    name.pools.capacities.set('pool-b', { serving: 9, load: fresh(6000) });
    await name.watch(60);
    expect(name.shown()[0]).toBe('a default off [evenkeel:paused:www:100]');
  });

  it('is not looked for by a vantage that is silent, nor moved when all are', async () => {
    const name = createLiveName();
    await name.watch(60);
    for (const { regionId } of name.policy.vantages) name.vantages.silent.add(regionId);
    name.kill('a');
    await name.watch(3600);
    expect(name.changes).toEqual([]);
    expect(name.alerts.filter(({ reason }) => reason === 'voters-missing')).toHaveLength(4);
  });

  it('is one of two that die at once: the other waits for its turn', async () => {
    const policy = { sites: [aSite('a'), aSite('b'), aSite('c')] };
    const name = createLiveName({ policy });
    await name.watch(60);
    name.kill('a', 'b');
    await name.watch(HOLD + 120);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toEqual(['pause a default']);
    expect(await name.claimed()).toBe('region-a');
  });
});

describe('two names behind the same sites', () => {
  const twins = () => {
    const regionClaimMs = millis(3_600_000);
    const first = createLiveName({ policy: { name: 'www', regionClaimMs } });
    const policy = { name: 'api', regionClaimMs };
    const second = createLiveName({ policy, beside: first });
    return [first, second] as const;
  };

  it('leave the same region together, and it is claimed until both are back', async () => {
    const [first, second] = twins();
    for (const name of [first, second]) name.kill('a');
    const step = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed < seconds; passed += 15)
        for (const name of [first, second]) await name.watch(15);
    };
    await step(HOLD + 30);
    for (const name of [first, second]) expect(name.shown()[0]).toMatch(/^a default off/);
    second.kill();
    await step(1020);
    expect(second.shown()[0]).toBe('a default on');
    expect(first.shown()[0]).toMatch(/^a default off/);
    expect(await first.claimed()).toBe('region-a');
    first.kill();
    await step(1020);
    expect(await first.claimed()).toBeNull();
  });

  it('hold the claim each for itself: the one that returns does not give away the right of the other', async () => {
    const [first, second] = twins();
    for (const name of [second, first]) {
      name.kill('a');
      await name.watch(HOLD + 30);
      name.kill();
    }
    expect(await first.claimed()).toBe('region-a');
    // The worker of the other is not woken meanwhile: its claim lasts.
    await first.watch(960);
    expect(first.shown()[0]).toBe('a default on');
    expect(second.shown()[0]).toMatch(/^a default off/);
    expect(await first.claimed()).toBe('region-a');
    await second.watch(960);
    expect(await second.claimed()).toBeNull();
  });
});
