import { describe, expect, it } from '@jest/globals';
import { type AlidnsModel } from '../../infra/local/alidns/model';
import { CloudError } from '../../shared/domain/cloud-error';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { type NamePorts } from '../../shared/ports/name-ports';
import { aNamePolicy, aSite } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName, type LiveNameOptions } from '../support/name-world';

const HOLD = aNamePolicy().holdDownMs / 1000;
const WEIGHTS: LiveNameOptions = {
  policy: { weighting: true },
  records: ['a', 'b'].map((site) => ({ site, weight: 100 })),
};

/** `a` is down, and the next look is the one that moves it. */
async function aDue(options: LiveNameOptions = {}): Promise<LiveName> {
  const name = createLiveName(options);
  await name.watch(60);
  name.kill('a');
  await name.watch(HOLD);
  expect(name.changes).toEqual([]);
  return name;
}

/** Somebody acts right after the first call whose name and first argument begin so. */
function interrupt(name: LiveName, call: string, act: () => void): NamePorts {
  let isDone = false;
  return watchNamePorts(name.ports, async (each, proceed) => {
    const reply = await proceed();
    if (!isDone && `${each.name} ${String(each.arguments[0])}`.startsWith(call)) {
      isDone = true;
      act();
    }
    return reply;
  });
}

/** Time for one look and its writes, and for no other after it. */
const ONE_LOOK = 7_000;
const INTENT = 'store.compareAndSet name-memory';
const keysOf = (name: LiveName): readonly string[] =>
  name.alerts.map(({ key }) => key.slice(0, key.lastIndexOf('/')));

describe('a person who changes the records between the plan and its first write', () => {
  const changes: readonly (readonly [string, (model: AlidnsModel, name: LiveName) => unknown])[] = [
    [
      'pauses the record of the other',
      (model, name) => model.setEnabled(name.recordId('b'), false),
    ],
    [
      'pauses the record that is to be paused',
      (model, name) => model.setEnabled(name.recordId('a'), false),
    ],
    ['deletes the record of the other', (model, name) => model.deleteRecord(name.recordId('b'))],
    [
      'deletes the record that is to be paused',
      (model, name) => model.deleteRecord(name.recordId('a')),
    ],
    [
      'gives the other record a new address',
      (model, name) =>
        model.updateRecord(name.recordId('b'), {
          ...{ rr: 'www', type: 'A', value: '192.0.2.99', ttlSeconds: 60 },
        }),
    ],
    ['writes a note on it', (model, name) => model.setRemark(name.recordId('a'), 'do not touch')],
    ['locks it', (model, name) => model.setLocked(name.recordId('a'), true)],
    ['changes a weight', (model, name) => model.setWeight(name.recordId('b'), 7)],
    [
      'adds a record',
      (model) =>
        model.addRecord('example.com', {
          rr: 'www',
          type: 'A',
          value: '192.0.2.98',
          ttlSeconds: 60,
        }),
    ],
  ];
  it.each(changes)('%s: nothing is written, and the reason is told', async (_, change) => {
    const name = await aDue(WEIGHTS);
    let after: readonly string[] = [];
    const ports = interrupt(name, INTENT, () => {
      name.person((model) => change(model, name));
      after = name.shown();
    });
    await name.work({ ports, spanMs: ONE_LOOK });
    const { plan, outcome } = name.ticks.at(-1)!;
    const refused = { kind: 'not-sent', reason: 'records-changed' };
    expect(plan.steps.map(({ kind }) => kind)).toContain('pause-record');
    for (const { stepId, result } of outcome.steps)
      if (!stepId.startsWith('floor')) expect(result).toMatchObject(refused);
    expect(name.shown()).toEqual(after);
    expect(name.changes).toEqual([]);
    expect(name.emptied).toEqual([]);
    expect(keysOf(name)).toContain('records-changed');
    expect(await name.store.isDirty('name/www')).toBe(true);
  });

  it('empties the name: its best record is back within the same tick', async () => {
    const name = await aDue();
    const ports = interrupt(name, INTENT, () =>
      name.person((model) => {
        model.setEnabled(name.recordId('a'), false);
        model.setEnabled(name.recordId('b'), false);
      }),
    );
    const before = name.ticks.length;
    await name.work({ ports, spanMs: ONE_LOOK });
    expect(name.ticks[before]?.outcome.steps.at(-1)).toMatchObject({
      stepId: `repair-empty/${name.recordId('b')}`,
      result: { kind: 'done' },
    });
    expect(name.shown()).toEqual(['a default off', 'b default on']);
    expect(keysOf(name)).toContain(`record-empty/${name.recordId('b')}`);
  });
});

describe('a person who acts between two writes of one plan', () => {
  it('pauses the last other record: the pause is not sent, and nothing is ever empty', async () => {
    const name = await aDue(WEIGHTS);
    const ports = interrupt(name, 'dns.setWeight', () =>
      name.person((model) => model.setEnabled(name.recordId('b'), false)),
    );
    await name.work({ ports });
    expect(name.changes.some((one) => one.startsWith('pause'))).toBe(false);
    expect(name.emptied).toEqual([]);
    expect(keysOf(name)).toContain('records-changed');
  });

  it('re-enables what we paused: it is not paused again in that tick', async () => {
    const name = await aDue();
    const ports = interrupt(name, 'dns.setEnabled', () =>
      name.person((model) => model.setEnabled(name.recordId('a'), true)),
    );
    await name.work({ ports, spanMs: ONE_LOOK });
    expect(name.changes.filter((one) => one.startsWith('pause'))).toEqual(['pause a default']);
    expect(
      name.ticks.at(-1)?.outcome.steps.find(({ stepId }) => stepId.startsWith('pause')),
    ).toMatchObject({
      result: { kind: 'failed', code: 'ReadBackDiffers' },
    });
  });
});

describe('a line that was found empty', () => {
  const lost = new CloudError({
    ...{ reaction: 'retry', code: 'Timeout', action: 'any', isAmbiguous: true, message: 'lost' },
  });
  const anEmptied = async (): Promise<LiveName> => {
    const name = createLiveName();
    await name.watch(60);
    name.person((model) => {
      for (const site of ['a', 'b']) model.setEnabled(name.recordId(site), false);
    });
    return name;
  };

  it('gets one record back, and no second one while nobody knows whether the first is', async () => {
    const name = await anEmptied();
    let isLost = false;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      if (isLost && call.name === 'dns.describeRecords') throw lost;
      const reply = await proceed();
      isLost ||= call.name === 'dns.setEnabled';
      if (call.name === 'dns.setEnabled') throw lost;
      return reply;
    });
    await name.work({ ports, spanMs: ONE_LOOK });
    expect(name.changes).toEqual(['enable a default']);
    await name.watch(60);
    expect(name.shown()).toEqual(['a default on', 'b default off']);
  });

  it('gets no second one when only the answer to its repair was lost', async () => {
    const name = await anEmptied();
    const failing = (isAmbiguous: boolean): CloudError =>
      new CloudError({
        ...{ reaction: 'retry', code: 'Throttling', action: 'any', message: 'throttled' },
        isAmbiguous,
      });
    let tries = 0;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      if (call.name !== 'dns.setEnabled') return proceed();
      tries += 1;
      if (tries === 1) throw failing(false);
      const reply = await proceed();
      if (tries === 2) throw failing(true);
      return reply;
    });
    await name.work({ ports, spanMs: ONE_LOOK });
    expect(name.changes).toEqual(['enable a default']);
  });

  it('gets the next one when the first may have been enabled and is not', async () => {
    const name = await anEmptied();
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      const [record] = call.arguments as readonly { readonly recordId?: string }[];
      if (call.name === 'dns.setEnabled' && record?.recordId === name.recordId('a')) throw lost;
      return proceed();
    });
    await name.work({ ports, spanMs: ONE_LOOK });
    expect(name.changes).toEqual(['enable b default']);
  });
});

describe('records that are not what the policy thinks', () => {
  const due = async (name: LiveName): Promise<void> => {
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD + 30);
  };

  it('none of the site: nothing is changed, and people are told', async () => {
    const name = createLiveName({ records: [{ site: 'b' }] });
    await due(name);
    expect(name.changes).toEqual([]);
    expect(keysOf(name)).toContain('a/site-without-record');
  });

  it('one that a person paused: left alone, and people are told', async () => {
    const name = createLiveName({ records: [{ site: 'a', isEnabled: false }, { site: 'b' }] });
    await due(name);
    name.kill();
    await name.watch(1200);
    expect(name.changes).toEqual([]);
    expect(name.shown()).toEqual(['a default off', 'b default on']);
    expect(keysOf(name)).toContain('a/site-paused-by-person');
  });

  it('one of another type: nothing is changed, and people are told', async () => {
    const name = createLiveName({
      policy: { sites: [aSite('a', { address: 'lb.example.net' }), aSite('b')] },
      records: [{ site: 'a', type: 'CNAME', line: 'telecom' }, { site: 'b' }],
    });
    await due(name);
    expect(name.changes).toEqual([]);
    expect(keysOf(name)).toContain('a/site-without-record');
  });

  it('a locked one: the pause is withheld with the reason, and people are told', async () => {
    const name = createLiveName();
    name.model.setLocked(name.recordId('a'), true);
    await due(name);
    expect(name.changes).toEqual([]);
    expect(name.ticks.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain(
      'guard-record-locked',
    );
    expect(keysOf(name)).toContain('withheld/guard-record-locked');
  });

  it('two of one line: which is meant nobody knows, so neither is paused', async () => {
    const name = createLiveName();
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      const reply = await proceed();
      if (call.name !== 'dns.describeRecords') return reply;
      const records = reply as readonly DnsRecord[];
      const twin = records.find(({ recordId }) => recordId === name.recordId('a'))!;
      return [...records, { ...twin, recordId: 'twin' }];
    });
    await name.watch(60);
    name.kill('a');
    for (let look = 0; look < HOLD / 15 + 2; look += 1) {
      await name.work({ ports });
      await name.pass(15_000);
    }
    expect(name.changes).toEqual([]);
    expect(name.ticks.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain(
      'guard-record-duplicate',
    );
    expect(keysOf(name)).toContain('withheld/guard-record-duplicate');
  });

  it('a name with no other site: its record stays, whatever is seen', async () => {
    const name = createLiveName({ policy: { sites: [aSite('a')] } });
    await due(name);
    expect(name.changes).toEqual([]);
    expect(name.shown()).toEqual(['a default on']);
  });

  it('an address that is written in capitals and with a dot is the site’s', async () => {
    const sites = [
      aSite('a', { address: 'LB-A.example.net' }),
      aSite('b', { address: 'lb-b.example.net' }),
    ];
    const name = createLiveName({
      policy: { type: 'CNAME', sites },
      records: [{ site: 'a', isEnabled: false }],
    });
    await name.watch(15);
    expect(name.model.record(name.recordId('a')).isEnabled).toBe(true);
  });
});

describe('a freeze', () => {
  const freeze = async (name: LiveName): Promise<void> => {
    const { store, clock } = name;
    const value = { by: 'ann', reason: 'audit', at: clock.now(), until: clock.now() + 3_600_000 };
    await store.compareAndSet('freeze/name/www', value, null);
  };

  it('holds up a move that is due, and people hear of that once a quarter of an hour', async () => {
    const name = await aDue();
    await freeze(name);
    await name.watch(600);
    expect(name.changes).toEqual([]);
    const told = name.alerts.filter(({ key }) => key.startsWith('withheld/guard-frozen'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ severity: 'critical', siteName: 'a', reason: 'guard-frozen' });
    expect(told[0]?.message).toContain('ann: audit');
    // Nobody is to read that the site was left.
    const moved = name.alerts.filter(({ reason }) => reason === 'failover-site-down');
    expect(moved).toHaveLength(1);
    expect(moved[0]?.key).toMatch(/^a\/failover-site-down\/not-moved/u);
    expect(moved[0]?.message).toMatch(/^not moved, held up by guard-frozen: a: 3 of 3 voters/u);
  });

  it('holds up a repair too, which is critical', async () => {
    const name = createLiveName();
    await freeze(name);
    name.person((model) =>
      ['a', 'b'].forEach((site) => model.setEnabled(name.recordId(site), false)),
    );
    await name.watch(30);
    expect(name.shown()).toEqual(['a default off', 'b default off']);
    expect(name.alerts.map(({ reason, severity }) => `${reason} ${severity}`)).toEqual(
      expect.arrayContaining(['guard-frozen critical', 'record-empty critical']),
    );
  });

  it('that is given between the look and the pause holds up what is not written yet', async () => {
    const name = await aDue();
    let isGiven = false;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      const reply = await proceed();
      if (call.name === 'dns.setRemark' && !isGiven) {
        isGiven = true;
        await freeze(name);
      }
      return reply;
    });
    await name.work({ ports });
    expect(name.shown()).toEqual(['a default on [evenkeel:paused:www]', 'b default on']);
    expect(name.ticks.at(-1)?.outcome.steps.at(-1)?.result).toMatchObject({
      ...{ kind: 'not-sent', reason: 'guard-frozen', detail: 'frozen by ann: audit' },
    });
    await name.watch(120);
    expect(name.changes.filter((one) => one.startsWith('pause'))).toEqual([]);
  });

  it('of everything does so too, and one that is over does not', async () => {
    for (const [key, span] of [
      ['freeze/all', 3_600_000],
      ['freeze/name/www', 0],
      ['freeze/name/other', 3_600_000],
    ] as const) {
      const name = await aDue();
      const { store, clock } = name;
      const ports = watchNamePorts(name.ports, async (call, proceed) => {
        const reply = await proceed();
        if (call.name === 'dns.setRemark') {
          const value = { by: 'ann', reason: 'audit', at: clock.now(), until: clock.now() + span };
          await store.compareAndSet(key, value, null);
        }
        return reply;
      });
      await name.work({ ports });
      const isHeld = key === 'freeze/all';
      expect(name.changes.filter((one) => one.startsWith('pause'))).toHaveLength(isHeld ? 0 : 1);
    }
  });

  it('of a quiet name troubles nobody', async () => {
    const name = createLiveName();
    await freeze(name);
    await name.watch(120);
    expect(name.alerts).toEqual([]);
  });
});
