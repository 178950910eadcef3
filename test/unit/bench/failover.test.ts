import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CONTENDERS } from '../../../infra/bench/failover/contenders';
import {
  applyRule,
  type DnsRule,
  GTM_STYLE,
  PAUSE_AT_ONCE,
  recordsToSwitch,
  type RuleState,
} from '../../../infra/bench/failover/dns-rule';
import {
  bears,
  bucketsSince,
  measure,
  type Measurement,
  percentile,
} from '../../../infra/bench/failover/measurement';
import { type FailoverResult, printed } from '../../../infra/bench/failover/report';
import { middleOfPeriod } from '../../../infra/bench/failover/run-round';
import { REAL, REHEARSAL } from '../../../infra/bench/failover/times';
import { changeOf } from '../../../infra/bench/failover/watch-world';
import { RESOLVERS, SITE } from '../../../infra/bench/failover/world';
import { runBench } from '../../../infra/bench/run-bench';
import { LoadRecorder } from '../../../infra/local/traffic/load-report';
import { nameSchema } from '../../../shared/config/name-schema';

const A = '127.1.0.1';
const B = '127.3.0.1';

/** Looks of three vantages in turn, `.` answered and `x` not; whether the rule calls the site dead after each. */
const judge = (rule: DnsRule, looks: readonly string[]): readonly boolean[] => {
  let state: RuleState = [];
  return looks.map((look) => {
    const outcome = applyRule(
      rule,
      state,
      look.split('').map((one) => one === '.'),
    );
    state = outcome.state;
    return outcome.isDead;
  });
};

describe('the rule “pause at once”', () => {
  it('takes the word of any vantage, at the first failed look', () => {
    expect(judge(PAUSE_AT_ONCE, ['...', '.x.', '...', 'xxx'])).toEqual([false, true, false, true]);
  });
});

describe('the GTM-style rule', () => {
  it('waits for three failures in a row, a minute apart, of most vantages', () => {
    expect(GTM_STYLE.everyMs).toBe(60_000);
    expect(judge(GTM_STYLE, ['xx.', 'xx.', 'xx.', '..x'])).toEqual([false, false, true, false]);
    expect(judge(GTM_STYLE, ['x..', 'x..', 'x..', 'x..'])).not.toContain(true);
  });

  it('starts again after a look that was answered', () => {
    expect(judge(GTM_STYLE, ['xxx', 'xxx', '...', 'xxx', 'xxx', 'xxx'])).toEqual([
      ...[false, false, false],
      ...[false, false, true],
    ]);
  });
});

describe('the records that a rule switches', () => {
  const records = (a: boolean, b: boolean) => [
    { site: 'a', isEnabled: a },
    { site: 'b', isEnabled: b },
  ];
  const dead =
    (...sites: string[]) =>
    (site: string) =>
      sites.includes(site);
  const switched = (from: ReturnType<typeof records>, isDead: (site: string) => boolean) =>
    recordsToSwitch(from, isDead).map(
      ({ site, isEnabled }) => `${site} ${isEnabled ? 'off' : 'on'}`,
    );

  it('are the dead one, and later the one that is back', () => {
    expect(switched(records(true, true), dead('a'))).toEqual(['a off']);
    expect(switched(records(false, true), dead('a'))).toEqual([]);
    expect(switched(records(false, true), dead())).toEqual(['a on']);
  });

  it('never are the last that is on', () => {
    expect(switched(records(false, true), dead('a', 'b'))).toEqual([]);
    expect(switched(records(true, true), dead('a', 'b'))).toEqual(['a off']);
    expect(switched(records(false, true), dead('b'))).toEqual(['a on', 'b off']);
  });
});

describe('a percentile', () => {
  const buckets = [
    { upToMs: 100.4, count: 98 },
    { upToMs: 900, count: 2 },
  ];

  it('is the least that so many samples do not exceed', () => {
    expect(percentile(buckets, 980)).toBe(100);
    expect(percentile(buckets, 981)).toBe(900);
    expect(percentile(buckets, 990)).toBe(900);
    expect(percentile([], 990)).toBeNull();
  });

  it('counts only what came after a moment', () => {
    const before = [{ upToMs: 100.4, count: 98 }];
    expect(bucketsSince(before, buckets)).toEqual([{ upToMs: 900, count: 2 }]);
  });
});

describe('bearing a load', () => {
  const load = { requestsPerSecond: 28, perMember: 10 };

  it('means that the largest share is not too large', () => {
    expect(bears([100, 100], load)).toBe(false);
    expect(bears([100, 100, 100], load)).toBe(true);
    expect(bears([100, 100, 10, 10], load)).toBe(false);
    expect(bears([100, 100, 40, 40], load)).toBe(true);
    expect(bears([], load)).toBe(false);
    expect(bears([0, 0], load)).toBe(false);
  });

  it('is more than one site of this benchmark can do, and less than it can grow to', () => {
    const site = (members: number) => Array.from({ length: members }, () => 100);
    expect(bears(site(SITE.members), SITE)).toBe(false);
    expect(bears(site(SITE.membersMax), SITE)).toBe(true);
    expect(bears(site(SITE.members), { ...SITE, requestsPerSecond: 14 })).toBe(true);
  });
});

describe('the measurement of a contender', () => {
  /** Ten requests a second, half to each site; a is lost in second 10, clients leave it in second 15, b fails one in five from then on. */
  const record = (seconds: number) => {
    const recorder = new LoadRecorder(0);
    for (let second = 0; second < seconds; second += 1)
      for (let index = 0; index < 10; index += 1) {
        const isThere = second >= 15 || index % 2 === 0;
        const isLost = !isThere && second >= 10;
        const isShed = second >= 15 && second < 20 && index < 2;
        recorder.add({
          intendedAt: second * 1000 + index * 100,
          latencyMs: second < 10 ? 50 : 400,
          address: isThere ? B : A,
          ...(isLost ? { failure: 'refused' as const } : {}),
          ...(isShed ? { failure: 'timeout' as const } : {}),
        });
      }
    return recorder.report(seconds * 1000);
  };
  const seen = {
    before: record(10),
    load: record(40),
    faultAt: 10_000,
    verdictAt: 11_500,
    moves: [
      { at: 3000, site: 'a', kind: 'off' as const },
      { at: 12_040, site: 'a', kind: 'lighter' as const },
      { at: 13_000, site: 'a', kind: 'off' as const },
      { at: 30_000, site: 'a', kind: 'on' as const },
      { at: 30_500, site: 'a', kind: 'heavier' as const },
    ],
    bearsAllAt: 19_000,
    addresses: { a: A, b: B },
  };

  it('counts from the fault on', () => {
    expect(measure('gtm', seen)).toEqual({
      contender: 'gtm',
      requests: 300,
      failed: 35,
      verdict: 1.5,
      dnsChange: 2,
      paused: 3,
      moved: 5,
      healed: 10,
      moves: 2,
      shed: 10,
      p99Ms: expect.closeTo(400, -1.2),
      bearsAll: 9,
    });
  });

  it('has no time for what did not happen', () => {
    const nothing = { ...seen, moves: [], verdictAt: null, bearsAllAt: null };
    expect(measure('none', nothing)).toMatchObject({
      ...{ verdict: null, dnsChange: null, paused: null, bearsAll: null, moves: 0 },
    });
  });
});

describe('what became of a record', () => {
  it.each([
    [100, 100, null],
    [100, 40, 'lighter'],
    [40, 100, 'heavier'],
    [1, 0, 'off'],
    [0, 1, 'on'],
  ])('of weight %i that now has %i, 0 being off', (before, now, kind) => {
    expect(changeOf(before, now)).toBe(kind);
  });
});

describe('the times of a run', () => {
  it('are those of the policy’s defaults, all divided alike in a rehearsal', () => {
    expect(REAL.namePolicy).toEqual({});
    const holdDown = nameSchema.shape.holdDown.parse(undefined);
    expect(REHEARSAL.namePolicy).toMatchObject({
      holdDown: `${holdDown / 6}ms`,
      watch: 'unsteady',
    });
    expect(REHEARSAL.cloud.timerPeriodMs).toBe(REAL.cloud.timerPeriodMs / 6);
    expect(REHEARSAL.ttlSeconds).toBe(REAL.ttlSeconds / 6);
  });

  it('put the fault between two timers', () => {
    expect(middleOfPeriod(600_010, 60_000)).toBe(630_000);
    expect(middleOfPeriod(630_001, 60_000)).toBe(690_000);
  });
});

describe('the printed result', () => {
  const row = (more: Partial<Measurement>): Measurement => ({
    ...{ contender: 'none', requests: 1000, failed: 500, verdict: null, dnsChange: null },
    ...{ paused: null, moved: null, healed: null, moves: 0, shed: 0, p99Ms: 480, bearsAll: null },
    ...more,
  });
  const result: FailoverResult = {
    ...{ profile: 'rehearsal', divisor: 6, machine: { cores: 2, node: 'v20' }, ttlSeconds: 10 },
    ...{ resolvers: RESOLVERS, site: SITE, bootSeconds: 5, lossMinutes: 1.5 },
    partitionSeconds: 7.2,
    loss: [
      row({}),
      row({
        contender: 'evenkeel',
        verdict: 5.1,
        dnsChange: 36,
        paused: 41,
        moved: 47,
        failed: 60,
        bearsAll: 30,
      }),
    ],
    partition: [row({ contender: 'at-once', moves: 2, failed: 9 })],
  };

  it('has a row for each contender, TTL, resolvers, capacity and machine', () => {
    const text = printed(result);
    expect(text).toMatch(/no failover +– +– +– +– +– +1000 +500 +0 +480 ms +–$/m);
    expect(text).toMatch(/Evenkeel +5\.1 s +36 s +41 s +47 s +– +1000 +60 +0 +480 ms +30 s$/m);
    expect(text).toMatch(/pause at once, no capacity rule +– +2 +1000 +9 +480 ms$/m);
    expect(text).toContain('7.2 s');
    expect(text).toContain('Profile: rehearsal');
    expect(text).toContain('TTL 10 s; 184 resolvers that cache, 8.7 % of them for 2 × the TTL');
    expect(text).toContain('it bears 20 of 28');
    expect(text).toContain('2 cores');
  });

  it('leaves out a round that was not run, and says when times are real', () => {
    const text = printed({ ...result, profile: 'real', divisor: 1, partition: null });
    expect(text).not.toContain('Nobody who looks');
    expect(text).toContain('Profile: real');
  });
});

describe('the arguments', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('end with 2 when they are wrong, before anything is started; --help explains them', async () => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await runBench(['failover', '--profile', 'quick'])).toBe(2);
    expect(await runBench(['failover', '--sides', 'luck'])).toBe(2);
    expect(await runBench(['failover', '--rounds', 'flood'])).toBe(2);
    expect(await runBench(['failover', '--ttl', '0'])).toBe(2);
    expect(await runBench(['failover', '--minutes', 'x'])).toBe(2);
    expect(write).not.toHaveBeenCalled();
    expect(await runBench(['failover', '--help'])).toBe(0);
    const text = String(write.mock.calls[0]?.[0]);
    for (const { name } of CONTENDERS) expect(text).toContain(name);
  });
});
