import { describe, expect, it } from '@jest/globals';
import {
  type ExplanationView,
  type NameView,
  type Overview,
  type TicksView,
} from '../../../functions/console/api';
import { NOW } from '../../support/builders';
import { createConsole } from '../../support/console';
import { playNameScene } from '../../support/name-scene';
import { type LiveName } from '../../support/name-world';
import { TestClock } from '../../support/test-clock';

const access = { isReadingOpen: true, mayWrite: false, sessionMs: 1000, writesPerMinute: 1 };

/** What the console answers about a name whose own worker looked after it. */
function consoleOf({ policy, store, archive }: LiveName) {
  const clock = new TestClock(NOW);
  const { ask } = createConsole({ names: [policy], store, nameArchive: archive, clock, access });
  return async <T>(path: string) => (await ask('GET', path)).json as unknown as T;
}

const textOf = ({ lines }: ExplanationView) => lines.map(({ text }) => text).join('\n');

describe('the console’s API on a name', () => {
  it('tells verdict, reason, votes and share of each site, and the records as they were seen', async () => {
    const get = consoleOf(await playNameScene({ needsApproval: true }));
    const name = await get<NameView>('/api/names/shop');
    expect(name).toMatchObject({ id: 'shop', host: 'www.example.com', seenAt: NOW - 15_000 });
    expect(name.sites).toMatchObject([
      {
        ...{ siteName: 'a', regionId: 'region-a', address: '10.0.0.1', poolName: 'pool-a' },
        ...{ state: 'waiting', cause: 'failover-site-down', since: NOW - 30_000 },
        ...{ verdict: 'down', reason: 'waiting-for-approval', share: 500 },
      },
      { siteName: 'b', state: 'serving', verdict: 'up', reason: 'site-up', share: 500 },
    ]);
    const [a, b] = name.sites;
    expect(a?.detail).toContain('3 of 3 voters outside its region cannot reach it');
    expect(a?.evidence).toContain(
      'cn-beijing: down, 3 of 3 attempts failed (connect timeout), 0 s ago',
    );
    expect([a?.evidence.length, b?.evidence.length]).toEqual([3, 3]);
    const record = { type: 'A', line: 'default', isEnabled: true, weight: 100, ttlSeconds: 60 };
    expect(name.records).toEqual([
      { ...record, value: '10.0.0.2', recordId: expect.any(String) },
      { ...record, value: '10.0.0.1', recordId: expect.any(String) },
    ]);
  });

  it('lists the move that waits for a person, as the worker left it', async () => {
    const scene = await playNameScene({ needsApproval: true });
    const [pending] = (await scene.memory()).pending;
    const { names, approvals } = await consoleOf(scene)<Overview>('/api/overview');
    expect(names).toMatchObject([{ id: 'shop', pending: 1, at: NOW - 15_000 }]);
    expect(names[0]?.sites.map(({ siteName, state }) => [siteName, state])).toEqual([
      ['a', 'waiting'],
      ['b', 'serving'],
    ]);
    expect(approvals).toEqual([{ name: 'shop', ...pending }]);
  });

  it('shows a record that was paused, the share that moved, and explains the tick that did it', async () => {
    const get = consoleOf(await playNameScene({ needsApproval: false }));
    const name = await get<NameView>('/api/names/shop');
    expect(name.sites).toMatchObject([
      { siteName: 'a', state: 'paused', verdict: 'down', share: 0 },
      { siteName: 'b', state: 'serving', verdict: 'up', share: 1000 },
    ]);
    expect(name.records).toMatchObject([
      { value: '10.0.0.2', isEnabled: true, weight: 100 },
      { value: '10.0.0.1', isEnabled: false, weight: 1 },
    ]);
    const { ticks } = await get<TicksView>('/api/names/shop/ticks');
    const paused = ticks.find(({ summary }) => summary.includes('pause record'));
    expect(paused).toMatchObject({ healthy: 1, members: 2, steps: 3, isWhole: true });
    const path = `/api/names/shop/ticks/${paused?.tickId ?? ''}`;
    expect(textOf(await get<ExplanationView>(path))).toMatch(/pause record \d+ on line default/);
    const quiet = ticks.find(({ isWhole }) => !isWhole);
    expect(
      textOf(await get<ExplanationView>(`/api/names/shop/ticks/${quiet?.tickId ?? ''}`)),
    ).toContain('2 of 2 sites up: nothing to do.');
    const at = await get<ExplanationView>(`/api/names/shop/tick-at/${paused?.at ?? 0}`);
    expect(at.title).toBe(paused?.tickId);
  });
});
