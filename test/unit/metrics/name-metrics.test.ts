import { describe, expect, it } from '@jest/globals';
import { CallTally } from '../../../shared/adapters/alicloud/call-tally';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { freezeKey, nameMemoryKey } from '../../../shared/domain/store-keys';
import { metricsText } from '../../../shared/metrics/metrics-text';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { exposedSamples, exposedValue } from '../../support/exposition';
import { createLiveName, type LiveName } from '../../support/name-world';

const WWW = { name: 'www' };

const scrape = ({ store, clock, policy }: LiveName): Promise<string> => {
  const names = [{ name: 'www', homeRegionId: policy.homeRegionId }];
  const fleet = { regionId: policy.homeRegionId, names, pools: [], failover: null };
  return metricsText({
    ...{ store, archive: new MemoryTickArchive(), now: clock.now() },
    fleet: { ...fleet, notifications: null } as unknown as FleetPolicy,
  });
};

/** What `/metrics` tells of the name, and what the ticks told that it is counted from. */
const countedFrom = ({ ticks }: LiveName) => {
  const tally = (keys: readonly string[]): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
    return counts;
  };
  return {
    evenkeel_name_ticks_total: tally(ticks.map(({ request }) => request.wake.source)),
    evenkeel_name_decisions_total: tally(
      ticks.flatMap(({ proposal }) => proposal.steps.map(({ reason }) => reason)),
    ),
    evenkeel_name_withheld_total: tally(
      ticks.flatMap(({ plan }) => plan.withheld.map(({ rule }) => rule)),
    ),
    evenkeel_name_steps_total: tally(
      ticks.flatMap(({ plan, outcome }) =>
        outcome.steps.map(({ stepId, result }) => {
          const kind = plan.steps.find((step) => step.stepId === stepId)?.kind;
          return `${String(kind)}/${result.kind}`;
        }),
      ),
    ),
  };
};

const LABELS = {
  evenkeel_name_ticks_total: ['wake'],
  evenkeel_name_decisions_total: ['reason'],
  evenkeel_name_withheld_total: ['rule'],
  evenkeel_name_steps_total: ['kind', 'result'],
} as const;

const told = (text: string) =>
  Object.fromEntries(
    Object.entries(LABELS).map(([metric, labels]) => [
      metric,
      Object.fromEntries(
        exposedSamples(text)
          .filter(({ name, labels: own }) => name === metric && own['name'] === 'www')
          .map(({ labels: own, value }) => [labels.map((label) => own[label]).join('/'), value]),
      ),
    ]),
  );

describe('the metrics of a name', () => {
  it('count turns, decisions, what guards withheld, steps and moves, as its ticks have them', async () => {
    const name = createLiveName();
    await name.watch(60);
    const now = name.clock.now();
    const freeze = { by: 'ann', reason: 'works', at: now, until: now + 200_000 };
    await name.store.compareAndSet(freezeKey('name/www'), freeze, null);
    name.kill('a');
    await name.watch(600);
    name.kill();
    await name.watch(2_400);
    const text = await scrape(name);
    const expected = countedFrom(name);
    expect(told(text)).toEqual(expected);
    expect(Object.keys(expected.evenkeel_name_withheld_total)).not.toEqual([]);
    expect(expected.evenkeel_name_steps_total['pause-record/done']).toBeGreaterThan(0);
    for (const kind of ['failover', 'failback'])
      expect(exposedValue(text, 'evenkeel_name_moves_total', { ...WWW, kind })).toBe(1);
    const last = name.ticks.at(-1)!;
    const took = (last.finishedAt - last.request.startedAt) / 1000;
    expect(exposedValue(text, 'evenkeel_name_last_tick_seconds', WWW)).toBe(took);
    expect(exposedValue(text, 'evenkeel_name_tick_seconds_total', WWW)).toBeCloseTo(
      name.ticks.reduce((sum, tick) => sum + (tick.finishedAt - tick.request.startedAt) / 1000, 0),
    );
  });

  it('count steps that failed by the code, calls by what became of them, and looks that saw nothing', async () => {
    const name = createLiveName();
    const calls = new CallTally();
    const ports = { ...name.ports, calls };
    await name.work({ ports });
    name.kill('a');
    name.faults.set('forbidden', { action: 'SetDomainRecordStatus' });
    for (let look = 0; look < 20; look += 1) {
      calls.add('DescribeDomainRecords', look < 3 ? 'throttled' : 'ok');
      await name.work({ ports });
      await name.pass(15_000);
    }
    name.faults.set('forbidden', { action: 'DescribeDomainRecords' });
    await name.work({ ports });
    const text = await scrape(name);
    const blind = { ...WWW, code: 'read-failed' };
    expect(exposedValue(text, 'evenkeel_name_blind_looks_total', blind)).toBe(1);
    const failed = { ...WWW, code: 'Forbidden.RAM' };
    expect(exposedValue(text, 'evenkeel_name_step_errors_total', failed)).toBeGreaterThan(0);
    const throttled = { ...WWW, api: 'DescribeDomainRecords', outcome: 'throttled' };
    expect(exposedValue(text, 'evenkeel_name_api_calls_total', throttled)).toBe(3);
    const ok = { ...throttled, outcome: 'ok' };
    expect(exposedValue(text, 'evenkeel_name_api_calls_total', ok)).toBe(17);
  });

  it('are no part of what is decided: no tick has them', async () => {
    const name = createLiveName();
    await name.watch(60);
    expect(name.ticks.length).toBeGreaterThan(2);
    expect(JSON.stringify(name.ticks)).not.toContain('"figures"');
    expect((await name.store.read(nameMemoryKey('www')))!.value).toHaveProperty('figures');
  });

  it('begin anew with figures that another version or a person left in the store', async () => {
    const name = createLiveName();
    await name.tick();
    for (const figures of ['x', 7, null, { counters: { ticks: 'many' } }, { counters: null }]) {
      const stored = (await name.store.read(nameMemoryKey('www')))!;
      const value = { ...(stored.value as object), figures };
      await name.store.compareAndSet(nameMemoryKey('www'), value, stored.version);
      expect(exposedValue(await scrape(name), 'evenkeel_name_last_tick_timestamp_seconds')).toBe(
        name.ticks.at(-1)!.finishedAt / 1000,
      );
      await name.pass(15_000);
      await name.tick();
      expect(exposedValue(await scrape(name), 'evenkeel_name_ticks_total', WWW)).toBe(1);
    }
  });
});
