import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import {
  type NameProposal,
  type NameStep,
  type PauseRecordStep,
  type RecordStep,
  type SetRecordWeightStep,
  type SiteVerdict,
} from '../../../../shared/domain/failover/name-proposal';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { type MoveMemory } from '../../../../shared/domain/failover/name-memory';
import { type Approval, type NameSnapshot } from '../../../../shared/domain/failover/name-snapshot';
import { missing } from '../../../../shared/domain/reading';
import { millis } from '../../../../shared/domain/units';
import { guardName } from '../../../../shared/guard/failover/guard-name';
import { inSeconds, NOW, ok, secondsAgo, stale } from '../../../support/builders';
import { aNamePolicy, aNameSnapshot, aRecord, aSite } from '../../../support/name-builders';
import { aNameMemory, anOrder, NOTE, pausedByUs, wordFor } from '../../../support/name-story';

type Verdicts = Readonly<Record<string, SiteVerdict['verdict']>>;

const three = aNamePolicy({ sites: [aSite('a'), aSite('b'), aSite('c')] });
const all = ['a', 'b', 'c'].map((site) => aRecord(site));

const about = (siteName: string, line = 'default') => ({
  siteName,
  recordId: `r-${siteName}-${line}`,
  line,
  reason: 'failover-site-down' as const,
  evidence: [],
});
const pause = (siteName: string, parts: Partial<PauseRecordStep> = {}): PauseRecordStep => {
  const base = about(siteName, parts.line);
  return {
    ...base,
    kind: 'pause-record',
    stepId: `pause/${base.recordId}`,
    moveId: `move-${siteName}`,
    ...parts,
  };
};
const weigh = (
  siteName: string,
  to: number,
  parts: Partial<SetRecordWeightStep> = {},
): SetRecordWeightStep => {
  const base = about(siteName, parts.line);
  return {
    ...base,
    kind: 'set-record-weight',
    stepId: `weight/${base.recordId}`,
    from: 100,
    to,
    moveId: `move-${siteName}`,
    ...parts,
  };
};
const enable = (siteName: string, parts: Partial<RecordStep> = {}): NameStep => {
  const base = about(siteName, parts.line);
  return {
    ...base,
    kind: 'enable-record',
    stepId: `enable/${base.recordId}`,
    ...parts,
  } as NameStep;
};
const note = (siteName: string, remark = NOTE): NameStep => ({
  ...about(siteName),
  kind: 'remark-record',
  stepId: `remark/r-${siteName}-default`,
  remark,
});
const floor: NameStep = {
  kind: 'request-floor',
  stepId: 'floor/pool-b',
  siteName: 'b',
  reason: 'floor-requested',
  evidence: [],
  poolName: 'pool-b',
  regionId: 'region-b',
  count: 14,
  until: inSeconds(600),
};
const open: NameStep = {
  kind: 'open-weighting',
  stepId: 'weighting/default',
  siteName: 'a',
  reason: 'weighting-opened',
  evidence: [],
  line: 'default',
};

interface Case {
  readonly policy?: NamePolicy;
  readonly verdicts?: Verdicts;
  readonly records?: readonly DnsRecord[];
}

/** What the guards make of steps while site a is down and the others are up, unless the case says otherwise. */
function guarded(
  steps: readonly NameStep[],
  {
    policy = three,
    verdicts = { a: 'down' },
    records = all,
    ...seen
  }: Case & Partial<Omit<NameSnapshot, 'records'>> = {},
  read: NameSnapshot['records'] = ok(records),
) {
  const memory = aNameMemory({});
  const proposal: NameProposal = {
    steps,
    verdicts: policy.sites.map(({ name }) => ({
      siteName: name,
      verdict: verdicts[name] ?? 'up',
      state: 'serving',
      nextState: 'serving',
      reason: 'site-up',
      detail: '',
      evidence: [],
      share: aNamePolicy().verdict.servingShare,
    })),
    forecasts: [],
    alerts: [],
    isUnsteady: false,
    lookAgainAt: null,
    memoryIfDone: memory,
    memoryIfNot: memory,
  };
  const name = aNameSnapshot(policy, { memory, ...seen, records: read });
  const { steps: passed, withheld } = guardName(proposal, name, policy);
  return {
    passed: passed.map(wordFor),
    withheld: withheld.map(({ step, rule }) => `${wordFor(step)}: ${rule}`),
    details: withheld.map(({ detail }) => detail),
  };
}

const passes = (steps: readonly NameStep[]) => ({
  passed: steps.map(wordFor),
  withheld: [],
  details: [],
});

describe('what nothing speaks against', () => {
  it('passes, in its order', () => {
    const steps = [note('a'), weigh('a', 1), pause('a'), floor, open];
    expect(guarded(steps)).toEqual(passes(steps));
  });

  it('an empty proposal is an empty plan', () => {
    expect(guarded([])).toEqual(passes([]));
  });
});

describe('a freeze', () => {
  const freeze = { by: 'ann', reason: 'migration', at: secondsAgo(60), until: inSeconds(1) };

  it('stops everything, and says whose word it is', () => {
    const steps = [pause('a'), note('b', ''), enable('b', { reason: 'record-empty' }), floor, open];
    const { passed, withheld, details } = guarded(steps, { freeze });
    expect(passed).toEqual([]);
    expect(withheld.every((each) => each.endsWith(': guard-frozen'))).toBe(true);
    expect(withheld).toHaveLength(5);
    expect(details[0]).toBe('ann: migration');
  });

  it('stops nothing once it is over', () => {
    expect(guarded([pause('a')], { freeze: { ...freeze, until: NOW } })).toEqual(
      passes([pause('a')]),
    );
  });
});

describe('an unknown verdict', () => {
  it.each<[string, Verdicts]>([
    ['a is unknown', { a: 'unknown' }],
    ['a is up', {}],
  ])('nothing is taken from a site while %s', (detail, verdicts) => {
    const steps = [note('a'), weigh('a', 1), pause('a')];
    const { passed, withheld, details } = guarded(steps, { verdicts });
    expect(passed).toEqual([]);
    expect(withheld).toEqual(
      ['note r-a-default', 'r-a-default = 1', 'pause r-a-default'].map(
        (each) => `${each}: guard-unknown`,
      ),
    );
    expect(new Set(details)).toEqual(new Set([detail]));
  });

  it('of a site that nobody judged is one', () => {
    const stranger = pause('a', { siteName: 'z' });
    expect(guarded([stranger]).details).toEqual(['z is unknown']);
  });

  it.each<[string, NameSnapshot['records']]>([
    ['old', stale(all)],
    ['missing', missing('read-failed')],
  ])('so are records that are %s', (kind, read) => {
    const expected = kind === 'old' ? 'guard-unknown' : 'records-changed';
    const { withheld, details } = guarded([pause('a')], {}, read);
    expect(withheld).toEqual([`pause r-a-default: ${expected}`]);
    if (kind === 'old') expect(details).toEqual(['the records are not freshly known']);
  });

  it('a person’s order that stands needs no verdict; one that does not, does', () => {
    const step = pause('a', { reason: 'failover-ordered' });
    const verdicts: Verdicts = { a: 'unknown' };
    const ordered = (parts = {}) =>
      guarded([step], { verdicts, orders: [anOrder('failover', 'a', parts)] });
    expect(ordered()).toEqual(passes([step]));
    expect(ordered({ until: NOW }).withheld).toEqual(['pause r-a-default: guard-unknown']);
    expect(ordered({ siteName: 'b' }).withheld).toEqual(['pause r-a-default: guard-unknown']);
  });

  it('a person’s order holds for the part of the traffic that can leave', () => {
    const step = weigh('a', 60, { reason: 'failover-partial' });
    expect(guarded([step], { verdicts: {}, orders: [anOrder('failover', 'a')] })).toEqual(
      passes([step]),
    );
  });

  it('a rehearsal needs all to be up', () => {
    const step = pause('a', { reason: 'practice-started' });
    expect(guarded([step], { verdicts: {} })).toEqual(passes([step]));
    expect(guarded([step], { verdicts: { c: 'unknown' } }).withheld).toEqual([
      'pause r-a-default: guard-unknown',
    ]);
    expect(guarded([step], { verdicts: { c: 'down' } }).withheld).toEqual([
      'pause r-a-default: guard-unknown',
    ]);
  });
});

describe('the last record of a line', () => {
  it('stays, and names the line', () => {
    const records = [aRecord('a', { line: 'telecom' }), ...all];
    const { withheld, details } = guarded([pause('a', { line: 'telecom' })], { records });
    expect(withheld).toEqual(['pause r-a-telecom: guard-last-record']);
    expect(details).toEqual(['line telecom would have no enabled record']);
  });

  it.each<[string, DnsRecord]>([
    ['off', aRecord('b', { isEnabled: false })],
    ['on another line', aRecord('b', { line: 'telecom' })],
    ['of another type', aRecord('b', { type: 'TXT' })],
  ])('one that is %s does not stand in for it', (_, other) => {
    expect(guarded([pause('a')], { records: [aRecord('a'), other] }).withheld).toEqual([
      'pause r-a-default: guard-last-record',
    ]);
  });

  it('is counted after the steps before it', () => {
    const steps = [pause('a'), pause('b', { moveId: 'move-a' })];
    const policy = aNamePolicy({ sites: [aSite('a'), aSite('b', { regionId: 'region-a' })] });
    const records = [aRecord('a'), aRecord('b')];
    const verdicts: Verdicts = { a: 'down', b: 'down' };
    const both = guarded(steps, { policy, records, verdicts });
    expect(both.passed).toEqual([]);
    expect(both.withheld).toEqual([
      'pause r-a-default: guard-last-site',
      'pause r-b-default: guard-last-site',
    ]);
    const step = enable('b', { reason: 'record-empty' });
    const again = guarded([step, pause('a')], {
      records: [aRecord('a'), aRecord('b', { isEnabled: false })],
    });
    expect(again.passed).toEqual(['enable r-b-default', 'pause r-a-default']);
  });

  it('may weigh less: it still answers', () => {
    const { withheld } = guarded([weigh('a', 1)], {
      records: [aRecord('a'), aRecord('b', { isEnabled: false })],
    });
    expect(withheld).toEqual(['r-a-default = 1: guard-last-site']);
  });
});

describe('the last site', () => {
  it.each<[string, Case]>([
    ['the others are not known to be up', { verdicts: { a: 'down', b: 'unknown', c: 'down' } }],
    [
      'the one that is up does not answer on that line',
      {
        verdicts: { a: 'down', b: 'down' },
        records: [...all.slice(0, 2), aRecord('c', { line: 'telecom' })],
      },
    ],
    [
      'only a record of nobody in the policy is beside it',
      { records: [aRecord('a'), aRecord('z')] },
    ],
    [
      'the policy has no other',
      { policy: aNamePolicy({ sites: [aSite('a')] }), records: [aRecord('a'), aRecord('z')] },
    ],
  ])('keeps its traffic while %s', (_, parts) => {
    const { withheld, details } = guarded([pause('a')], parts);
    expect(withheld).toEqual(['pause r-a-default: guard-last-site']);
    expect(details).toEqual(['no other site that answers on line default is known to be up']);
  });

  it('of the policy is not alone by another spelling of its address', () => {
    const policy = aNamePolicy({
      type: 'CNAME',
      sites: [aSite('a', { address: 'a.example.net' }), aSite('b', { address: 'b.example.net' })],
    });
    const records = ['A.example.net.', 'B.Example.net.'].map((value, index) => ({
      ...aRecord(index === 0 ? 'a' : 'b'),
      type: 'CNAME',
      value,
    }));
    expect(guarded([pause('a')], { policy, records })).toEqual(passes([pause('a')]));
  });

  it('its own verdict does not make it another', () => {
    const verdicts: Verdicts = { a: 'up', b: 'unknown', c: 'unknown' };
    const orders = [anOrder('failover', 'a')];
    expect(guarded([weigh('a', 60)], { verdicts, orders }).withheld).toEqual([
      'r-a-default = 60: guard-last-site',
    ]);
    expect(
      guarded([pause('a', { reason: 'failover-ordered' })], { verdicts, orders }).withheld,
    ).toEqual(['pause r-a-default: guard-last-site']);
  });

  it('is counted on the line of each record', () => {
    const records = [...all, aRecord('a', { line: 'telecom' }), aRecord('b', { line: 'telecom' })];
    const verdicts: Verdicts = { a: 'down', b: 'down' };
    const steps = [pause('a'), pause('a', { line: 'telecom' })];
    expect(guarded(steps, { records, verdicts }).withheld).toEqual([
      'pause r-a-telecom: guard-last-site',
    ]);
  });
});

describe('one region at a time', () => {
  const claim = { regionId: 'region-b', nameName: 'shop', at: secondsAgo(60), until: inSeconds(1) };

  it('another region has the right', () => {
    const { withheld, details } = guarded([pause('a')], { claim });
    expect(withheld).toEqual(['pause r-a-default: guard-one-region']);
    expect(details).toEqual(['traffic is being taken from region-b']);
  });

  it.each([
    ['the claim is over', { ...claim, until: NOW }],
    ['the claim is its own region’s', { ...claim, regionId: 'region-a' }],
  ])('nothing is in its way when %s', (_, held) => {
    expect(guarded([pause('a')], { claim: held })).toEqual(passes([pause('a')]));
  });

  it('of two that look dead at once the first leaves', () => {
    const verdicts: Verdicts = { a: 'down', b: 'down' };
    const policy = { ...three, velocity: { ...three.velocity, moves: 5 } };
    const { passed, withheld } = guarded([pause('a'), pause('b')], { verdicts, policy });
    expect(passed).toEqual(['pause r-a-default']);
    expect(withheld).toEqual(['pause r-b-default: guard-one-region']);
  });

  it('two sites of one region may leave together', () => {
    const policy = aNamePolicy({
      sites: [aSite('a'), aSite('b', { regionId: 'region-a' }), aSite('c')],
      velocity: { moves: 2, windowMs: millis(3_600_000) },
    });
    const verdicts: Verdicts = { a: 'down', b: 'down' };
    const steps = [pause('a'), pause('b')];
    expect(guarded(steps, { policy, verdicts })).toEqual(passes(steps));
  });

  it.each(['partial', 'paused', 'recovering', 'returning'] as const)(
    'a site of another region that is %s is out, whatever the claim says',
    (state) => {
      const memory = aNameMemory({ b: { state } });
      expect(guarded([pause('a')], { memory }).withheld).toEqual([
        'pause r-a-default: guard-one-region',
      ]);
    },
  );

  it('a pause of ours that nobody remembers counts too', () => {
    const records = [aRecord('a'), aRecord('b', { isEnabled: false }), aRecord('c')];
    const written = [
      { recordId: 'r-b-default', isEnabled: false, weight: null, at: secondsAgo(15) },
    ];
    const memory = aNameMemory({}, { written });
    expect(guarded([pause('a')], { memory, records }).withheld).toEqual([
      'pause r-a-default: guard-one-region',
    ]);
  });

  it('what is out of its own region is not in its way', () => {
    const memory = aNameMemory({
      a: { state: 'partial' },
      b: { state: 'absent' },
      c: { state: 'waiting' },
    });
    expect(guarded([pause('a')], { memory })).toEqual(passes([pause('a')]));
  });

  it('also holds for a person’s order', () => {
    const step = pause('a', { reason: 'failover-ordered' });
    expect(guarded([step], { claim, orders: [anOrder('failover', 'a')] }).withheld).toEqual([
      'pause r-a-default: guard-one-region',
    ]);
  });
});

describe('a person’s approval', () => {
  const stateful = { ...three, sites: [aSite('a', { isStateful: true }), aSite('b'), aSite('c')] };
  const first = { ...three, approval: { ...three.approval, firstFailover: true } };
  const word = (parts: Partial<Approval> = {}): Approval => ({
    approvalId: 'word-1',
    moveId: 'move-a',
    by: 'ann',
    isGranted: true,
    at: secondsAgo(10),
    until: inSeconds(1),
    ...parts,
  });
  const moved = (parts: Partial<MoveMemory> = {}): MoveMemory => ({
    moveId: 'move-0',
    kind: 'failover',
    siteName: 'a',
    at: secondsAgo(7200),
    ...parts,
  });

  it.each<[string, NamePolicy]>([
    ['a stateful site', stateful],
    ['the first failover', first],
  ])('is needed for %s', (_, policy) => {
    const { withheld, details } = guarded([note('a'), weigh('a', 1), pause('a')], { policy });
    expect(withheld).toEqual(
      ['note r-a-default', 'r-a-default = 1', 'pause r-a-default'].map(
        (each) => `${each}: guard-approval`,
      ),
    );
    expect(details[2]).toBe('nobody approved move-a');
    expect(guarded([pause('a')], { policy, approvals: [word()] })).toEqual(passes([pause('a')]));
  });

  it.each<[string, Partial<Approval>, string]>([
    ['about another move', { moveId: 'move-b' }, 'guard-approval'],
    ['expired', { until: NOW }, 'guard-approval'],
    ['a refusal', { isGranted: false }, 'guard-approval-refused'],
  ])('one that is %s does not count', (_, parts, rule) => {
    const { withheld, details } = guarded([pause('a')], {
      policy: stateful,
      approvals: [word(parts)],
    });
    expect(withheld).toEqual([`pause r-a-default: ${rule}`]);
    if (parts.isGranted === false) expect(details).toEqual(['ann refused move-a']);
  });

  it('is a matter of the site that leaves, not of the others', () => {
    const verdicts: Verdicts = { b: 'down' };
    expect(guarded([pause('b')], { policy: stateful, verdicts })).toEqual(passes([pause('b')]));
    const other = { ...three, sites: [aSite('a'), aSite('b', { isStateful: true }), aSite('c')] };
    expect(guarded([pause('b')], { policy: other, verdicts }).withheld).toEqual([
      'pause r-b-default: guard-approval',
    ]);
  });

  it('is good once', () => {
    const memory = aNameMemory({}, { usedApprovals: ['word-1'] });
    expect(
      guarded([pause('a')], { policy: stateful, approvals: [word()], memory }).withheld,
    ).toEqual(['pause r-a-default: guard-approval']);
  });

  it('the last word of a person counts', () => {
    const later = word({ approvalId: 'word-2', isGranted: false, at: secondsAgo(5) });
    const approvals = [later, word()];
    expect(guarded([pause('a')], { policy: stateful, approvals }).withheld).toEqual([
      'pause r-a-default: guard-approval-refused',
    ]);
  });

  it('is not needed for what has begun, nor once the name has failed over', () => {
    const begun = aNameMemory({}, { moves: [moved({ moveId: 'move-a' })] });
    expect(guarded([pause('a')], { policy: stateful, memory: begun })).toEqual(
      passes([pause('a')]),
    );
    const once = aNameMemory({}, { moves: [moved()] });
    expect(guarded([pause('a')], { policy: first, memory: once })).toEqual(passes([pause('a')]));
    expect(guarded([pause('a')], { policy: stateful, memory: once }).withheld).toHaveLength(1);
    const practised = aNameMemory({}, { moves: [moved({ kind: 'practice' })] });
    expect(guarded([pause('a')], { policy: first, memory: practised }).withheld).toHaveLength(1);
  });

  it('a person’s order is that word, if it stands', () => {
    const step = pause('a', { reason: 'failover-ordered' });
    const part = weigh('a', 60, { reason: 'failover-partial' });
    const orders = [anOrder('failover', 'a')];
    expect(guarded([step], { policy: stateful, orders })).toEqual(passes([step]));
    expect(guarded([part], { policy: stateful, orders })).toEqual(passes([part]));
    expect(guarded([step], { policy: stateful }).withheld).toEqual([
      'pause r-a-default: guard-approval',
    ]);
  });

  it('cannot be given to what belongs to no move', () => {
    const step = weigh('a', 1, { moveId: null });
    const { withheld, details } = guarded([step]);
    expect(withheld).toEqual(['r-a-default = 1: guard-approval']);
    expect(details).toEqual(['it belongs to no move']);
  });
});

describe('velocity', () => {
  const past = (seconds: number, parts: Partial<MoveMemory> = {}): MoveMemory => ({
    moveId: `move-${seconds}`,
    kind: 'failover',
    siteName: 'b',
    at: secondsAgo(seconds),
    ...parts,
  });
  const moved = (...moves: readonly MoveMemory[]) => ({ memory: aNameMemory({}, { moves }) });

  it('one failover within the hour is the last', () => {
    const { withheld, details } = guarded([pause('a')], moved(past(3599)));
    expect(withheld).toEqual(['pause r-a-default: guard-velocity']);
    expect(details).toEqual(['it would be move 2 of 1 allowed']);
  });

  it.each<[string, readonly MoveMemory[]]>([
    ['it is an hour ago', [past(3600)]],
    ['it was a failback', [past(60, { kind: 'failback' })]],
    ['it was a rehearsal', [past(60, { kind: 'practice' })]],
    ['it is this very move', [past(60, { moveId: 'move-a' })]],
  ])('nothing is in its way when %s', (_, moves) => {
    expect(guarded([pause('a')], moved(...moves))).toEqual(passes([pause('a')]));
  });

  it('counts as many as the policy allows', () => {
    const policy = { ...three, velocity: { ...three.velocity, moves: 2 } };
    expect(guarded([pause('a')], { policy, ...moved(past(60)) })).toEqual(passes([pause('a')]));
    expect(guarded([pause('a')], { policy, ...moved(past(60), past(90)) }).details).toEqual([
      'it would be move 3 of 2 allowed',
    ]);
  });

  it('counts what this very plan begins', () => {
    const policy = {
      ...three,
      sites: three.sites.map((site) => ({ ...site, regionId: 'region-a' })),
    };
    const verdicts: Verdicts = { a: 'down', b: 'down' };
    const { passed, withheld } = guarded([weigh('a', 1), pause('a'), weigh('b', 1), pause('b')], {
      policy,
      verdicts,
    });
    expect(passed).toEqual(['r-a-default = 1', 'pause r-a-default']);
    expect(withheld).toEqual([
      'r-b-default = 1: guard-velocity',
      'pause r-b-default: guard-velocity',
    ]);
  });

  it('does not hold up a person, nor a rehearsal', () => {
    const orders = [anOrder('failover', 'a')];
    const ordered = pause('a', { reason: 'failover-ordered' });
    expect(guarded([ordered], { orders, ...moved(past(60)) })).toEqual(passes([ordered]));
    const practised = pause('a', { reason: 'practice-started' });
    expect(guarded([practised], { verdicts: {}, ...moved(past(60)) })).toEqual(passes([practised]));
  });
});

describe('what gives traffic back', () => {
  it('is held up by no verdict, claim, approval or velocity', () => {
    const policy = { ...three, sites: [aSite('a', { isStateful: true }), aSite('b'), aSite('c')] };
    const claim = { regionId: 'region-b', nameName: 'shop', at: NOW, until: inSeconds(60) };
    const moves = [{ moveId: 'm', kind: 'failover' as const, siteName: 'b', at: NOW }];
    const steps = [
      enable('a', { reason: 'failback-held-up' }),
      weigh('a', 50, { from: 10, moveId: null, reason: 'failback-stage' }),
      note('a', ''),
    ];
    const records = [pausedByUs(aRecord('a')), aRecord('b')];
    const seen = {
      policy,
      claim,
      records,
      verdicts: { a: 'unknown' } as const,
      memory: aNameMemory({}, { moves }),
    };
    expect(guarded(steps, seen)).toEqual(passes(steps));
  });

  it('a weight that is not known before is given back, as long as it belongs to no move', () => {
    const step = weigh('a', 50, { from: null, moveId: null });
    expect(guarded([step], { verdicts: {} })).toEqual(passes([step]));
    expect(guarded([{ ...step, moveId: 'move-a' }], { verdicts: {} }).withheld).toHaveLength(1);
    expect(
      guarded([weigh('a', 0, { from: null, moveId: null })], { verdicts: {} }).withheld,
    ).toHaveLength(1);
  });

  it('as much as before is no loss', () => {
    const step = weigh('a', 100, { moveId: null });
    expect(guarded([step], { verdicts: {} })).toEqual(passes([step]));
  });
});

describe('what prepares a pause', () => {
  it('goes with it, and only with that of its own record', () => {
    const records = [...all, aRecord('a', { line: 'telecom' })];
    const telecom = { line: 'telecom', recordId: 'r-a-telecom' };
    const steps = [
      { ...note('a'), ...telecom },
      weigh('a', 1, telecom),
      pause('a', telecom),
      note('a'),
      weigh('a', 1),
      pause('a'),
    ] as readonly NameStep[];
    const { passed, withheld } = guarded(steps, { records });
    expect(passed).toEqual(['note r-a-default', 'r-a-default = 1', 'pause r-a-default']);
    expect(withheld.map((each) => each.split(': ')[0])).toEqual([
      'note r-a-telecom',
      'r-a-telecom = 1',
      'pause r-a-telecom',
    ]);
  });

  it('a note that goes with a lowered weight stands or falls with that', () => {
    const steps = [note('a'), weigh('a', 60)];
    expect(guarded(steps)).toEqual(passes(steps));
    expect(guarded(steps, { verdicts: {} }).withheld).toEqual([
      'note r-a-default: guard-unknown',
      'r-a-default = 60: guard-unknown',
    ]);
  });

  it('taking a note off and enabling wait for nothing', () => {
    const steps = [enable('a'), note('a', ''), pause('a')];
    expect(guarded(steps, { verdicts: {} }).passed).toEqual([
      'enable r-a-default',
      'clear r-a-default',
    ]);
  });
});

describe('what a record itself says', () => {
  it.each<[string, Case, string, string]>([
    [
      'locked',
      { records: [aRecord('a', { isLocked: true })] },
      'guard-record-locked',
      'r-a-default is locked',
    ],
    [
      'of another type',
      { records: [aRecord('a', { type: 'CNAME' })] },
      'guard-record-type',
      'it is a CNAME record, the name has A',
    ],
    [
      'on a line of somebody else',
      { records: [aRecord('a')], policy: { ...three, lines: ['telecom'] } },
      'guard-record-type',
      'line default is not in the policy',
    ],
  ])('one that is %s is not touched', (_, { records: own = [], ...parts }, rule, detail) => {
    const records = [...own, aRecord('b'), aRecord('c')];
    const steps = [note('a'), weigh('a', 1), pause('a'), enable('a'), note('a', '')];
    const { passed, withheld, details } = guarded(steps, { ...parts, records });
    expect(passed).toEqual([]);
    expect(withheld.every((each) => each.endsWith(`: ${rule}`))).toBe(true);
    expect(details[0]).toBe(detail);
  });

  it('one that is gone is nobody’s to change', () => {
    const { withheld, details } = guarded([pause('a'), enable('a')], { records: all.slice(1) });
    expect(withheld).toEqual([
      'pause r-a-default: records-changed',
      'enable r-a-default: records-changed',
    ]);
    expect(details[0]).toBe('the record is not there');
  });

  const twin = (parts: Partial<DnsRecord> = {}) => aRecord('a', { recordId: 'twin', ...parts });

  it('of two with the same address nobody knows which is meant', () => {
    const { withheld, details } = guarded([note('a'), pause('a')], { records: [...all, twin()] });
    expect(withheld).toEqual([
      'note r-a-default: guard-record-duplicate',
      'pause r-a-default: guard-record-duplicate',
    ]);
    expect(details[0]).toBe('2 records of line default hold 10.0.0.1');
  });

  it('also where they are spelt differently', () => {
    const policy = aNamePolicy({
      type: 'CNAME',
      sites: [aSite('a', { address: 'a.example.net' }), aSite('b', { address: 'b.example.net' })],
    });
    const cname = { type: 'CNAME', value: 'a.example.net' };
    const records = [
      aRecord('a', cname),
      twin({ ...cname, value: 'A.example.net.' }),
      aRecord('b', { type: 'CNAME', value: 'b.example.net' }),
    ];
    expect(guarded([pause('a')], { policy, records }).withheld).toEqual([
      'pause r-a-default: guard-record-duplicate',
    ]);
  });

  it.each<[string, Partial<DnsRecord>]>([
    ['of another line', { line: 'telecom' }],
    ['of another type', { type: 'TXT' }],
    ['with another address', { value: '10.0.0.9' }],
  ])('a record %s is no double', (_, parts) => {
    expect(guarded([pause('a')], { records: [...all, twin(parts)] })).toEqual(passes([pause('a')]));
  });

  it('an empty line takes either of two', () => {
    const off = { isEnabled: false };
    const step = enable('a', { reason: 'record-empty' });
    expect(guarded([step], { records: [aRecord('a', off), twin(off)] })).toEqual(passes([step]));
  });

  it('what somebody else paused comes back for an empty line only', () => {
    const records = [aRecord('a', { isEnabled: false }), aRecord('b')];
    const { withheld, details } = guarded([enable('a')], { records });
    expect(withheld).toEqual(['enable r-a-default: guard-not-ours']);
    expect(details).toEqual(['somebody else paused it']);
    const step = enable('a', { reason: 'record-empty' });
    expect(guarded([step], { records })).toEqual(passes([step]));
  });

  it('what we paused comes back, by our note or by our memory', () => {
    expect(guarded([enable('a')], { records: [pausedByUs(aRecord('a')), aRecord('b')] })).toEqual(
      passes([enable('a')]),
    );
    const written = [{ recordId: 'r-a-default', isEnabled: false, weight: null, at: NOW }];
    const memory = aNameMemory({}, { written });
    expect(
      guarded([enable('a')], {
        memory,
        records: [aRecord('a', { isEnabled: false }), aRecord('b')],
      }),
    ).toEqual(passes([enable('a')]));
  });
});
