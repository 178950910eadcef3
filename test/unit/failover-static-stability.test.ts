import { describe, expect, it } from '@jest/globals';
import { type ControlPlaneFault } from '../../infra/local/openapi/fault-switch';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { aNamePolicy } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName } from '../support/name-world';

const HOLD = aNamePolicy().holdDownMs / 1000;
const HOURS = 7200;

async function aQuiet(): Promise<LiveName> {
  const name = createLiveName();
  await name.watch(60);
  return name;
}
const subjectOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));
/** Most alerts of one key within a quarter of an hour: one, whatever the outage. */
function mostPerQuarter(name: LiveName): number {
  const counts = new Map<string, number>();
  for (const { key } of name.alerts) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

describe('A45: every API fails for two hours', () => {
  it.each<ControlPlaneFault>([
    'forbidden',
    'internal-error',
    'throttling',
    'html',
    'hang',
    'reset',
  ])(
    '%s: nothing is changed, people are told once a quarter of an hour, and it goes on afterwards',
    async (fault) => {
      const name = await aQuiet();
      name.faults.set(fault);
      for (const { regionId } of name.policy.vantages) name.vantages.silent.add(regionId);
      name.kill('a', 'b');
      const shown = name.shown();
      await name.watch(HOURS, 60);
      expect(name.shown()).toEqual(shown);
      expect(name.changes).toEqual([]);
      expect(mostPerQuarter(name)).toBe(1);
      expect(new Set(name.alerts.map(({ key }) => subjectOf(key)))).toEqual(
        new Set([
          'name-unreadable',
          'voters-missing',
          'a/region-unreachable',
          'b/region-unreachable',
        ]),
      );
      name.faults.clear();
      name.vantages.silent.clear();
      name.kill('a');
      await name.watch(HOLD);
      expect(name.changes).toEqual([]);
      await name.watch(30);
      expect(name.shown()[0]).toMatch(/^a default off/);
    },
  );

  it('and so does the store: nothing is written without it, people are told, and it goes on afterwards', async () => {
    const name = await aQuiet();
    let isGone = true;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      if (isGone && call.name.startsWith('store.')) throw new StoreUnavailable('no disk');
      return proceed();
    });
    name.kill('a');
    for (let look = 0; look < 40; look += 1) {
      expect(await name.work({ ports })).toMatchObject({ kind: 'blind', code: 'StoreUnavailable' });
      await name.pass(15_000);
    }
    expect(name.changes).toEqual([]);
    // The note that it was raised cannot be kept either: its key ends in the quarter, for the receiver to drop repeats by.
    expect(new Set(name.alerts.map(({ key }) => subjectOf(key)))).toEqual(new Set(['store']));
    isGone = false;
    await name.watch(HOLD + 30);
    expect(name.shown()[0]).toMatch(/^a default off/);
  });

  it('the store goes in the middle of a move: nothing more is written until it is back, and then it is finished', async () => {
    const name = createLiveName({
      policy: { weighting: true },
      records: ['a', 'b'].map((site) => ({ site, weight: 100 })),
    });
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD);
    let isGone = false;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      if (isGone && call.name.startsWith('store.')) throw new StoreUnavailable('no disk');
      const reply = await proceed();
      if (call.name === 'dns.setRemark') isGone = true;
      return reply;
    });
    await name.work({ ports });
    expect(name.changes).toEqual(['note a default']);
    await name.pass(60_000);
    await name.watch(30);
    expect(name.shown()).toEqual(['a default off [evenkeel:paused:www:100]', 'b default 100']);
  });
});

describe('the DNS service refuses writes for minutes while a move is due', () => {
  const aDue = async (): Promise<LiveName> => {
    const name = await aQuiet();
    name.kill('a');
    await name.watch(HOLD);
    return name;
  };
  const outages: readonly (readonly [string, string, (name: LiveName) => () => void])[] = [
    [
      'LastOperationNotFinished',
      'writes-failing/LastOperationNotFinished',
      (name) => {
        name.model.writeLockMs = 620_000;
        const { domain } = name.policy;
        name.model.addRecord(domain, { rr: 'other', type: 'TXT', value: 'x' });
        name.model.writeLockMs = 500;
        return () => undefined;
      },
    ],
    ['throttling', 'writes-failing/Throttling', (name) => name.faults.set('throttling', WRITES)],
    [
      'internal-error',
      'writes-failing/InternalError',
      (name) => name.faults.set('internal-error', WRITES),
    ],
    ['html', 'writes-failing/UnreadableReply', (name) => name.faults.set('html', WRITES)],
    ['forbidden', 'writes-refused/Forbidden.RAM', (name) => name.faults.set('forbidden', WRITES)],
    [
      'a domain that is blocked',
      'writes-refused/DomainForbidden',
      (name) => {
        name.model.setStanding(name.policy.domain, 'forbidden');
        return () => name.model.setStanding(name.policy.domain, 'normal');
      },
    ],
  ];
  const WRITES = { action: 'SetDomainRecordStatus' };

  it.each(outages)('%s: held, one alert, and it goes on', async (_, key, begin) => {
    const name = await aDue();
    const end = begin(name);
    await name.watch(600);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toEqual([]);
    expect(name.alerts.filter((one) => subjectOf(one.key) === key)).toHaveLength(1);
    expect(mostPerQuarter(name)).toBe(1);
    end();
    await name.watch(60);
    expect(name.shown()).toEqual(['a default off [evenkeel:paused:www]', 'b default on']);
    expect(name.emptied).toEqual([]);
  });
});

describe('answers that are lost on the way', () => {
  const actions = [
    'SetDomainRecordStatus',
    'UpdateDNSSLBWeight',
    'UpdateDomainRecordRemark',
    'DescribeDomainRecords',
    'DescribeDomainRecordInfo',
  ];
  const cases = actions.flatMap((action) =>
    (['lost-reply', 'reset', 'hang'] as const).flatMap((fault) =>
      [1, 2, 6].map((times) => [action, fault, times] as const),
    ),
  );
  it.each(cases)('%s, %s, %i times: out and back all the same', async (action, fault, times) => {
    const name = createLiveName({
      policy: { weighting: true },
      records: ['a', 'b'].map((site) => ({ site, weight: 100 })),
    });
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD);
    name.faults.set(fault, { action, times });
    await name.watch(60);
    expect(name.shown()).toEqual(['a default off [evenkeel:paused:www:100]', 'b default 100']);
    name.kill();
    await name.watch(900);
    name.faults.set(fault, { action, times });
    await name.watch(420);
    expect(name.shown()).toEqual(['a default 100', 'b default 100']);
    expect(name.emptied).toEqual([]);
    expect((await name.memory()).moves.map(({ kind }) => kind)).toEqual(['failover', 'failback']);
  });
});
