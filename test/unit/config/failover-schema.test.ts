import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { findName } from '../../../shared/config/fleet-policy';
import { policyFields } from '../../../shared/config/json-schema';
import { loadPolicy } from '../../../shared/config/load-policy';
import { problemText, type PolicyProblem } from '../../../shared/config/problem';
import { type NamePolicy } from '../../../shared/domain/failover/name-policy';
import { east, failingOver, named, written } from './failover-policy';
import { fleetOf, type Written } from './scaled-policy';

const theName = (different: Written = {}): NamePolicy => {
  const found = findName(named(different), 'shop');
  if (found === undefined) throw new Error('expected a name');
  return found;
};

const problemsOf = (text: string): readonly PolicyProblem[] => {
  const reading = loadPolicy(text, 'evenkeel.yaml');
  if (reading.kind === 'ok') throw new Error('expected problems');
  return reading.problems;
};

const EVERY_DEFAULT = {
  name: 'shop',
  mode: 'observe',
  watch: 'unsteady',
  watchIntervalMs: 10_000,
  homeRegionId: 'cn-beijing',
  domain: 'example.com',
  host: 'www',
  type: 'A',
  lines: 'every',
  ttlSeconds: 60,
  weighting: true,
  baseWeight: 100,
  outsideVoters: ['carrier'],
  verdict: { quorum: 2, freshMs: 120_000, servingShare: 500, unknownMs: 90_000 },
  holdDownMs: 180_000,
  failback: {
    holdMs: 900_000,
    stages: [100, 500, 1000],
    stageHoldMs: 300_000,
    isAutomatic: true,
  },
  capacity: {
    waitMs: 60_000,
    servesAtLeast: 50,
    fullUse: 1200,
    emergencyUse: 1250,
    partHoldMs: 30_000,
    floorMs: 600_000,
  },
  velocity: { moves: 1, windowMs: 3_600_000 },
  regionClaimMs: 600_000,
  approval: { firstFailover: true, validMs: 1_800_000 },
  practice: null,
};

const SITE = {
  name: 'east',
  regionId: 'cn-hangzhou',
  address: '203.0.113.10',
  poolName: 'east',
  isStateful: false,
  check: {
    protocol: 'https',
    port: 443,
    path: '/',
    host: null,
    statusMin: 200,
    statusMax: 499,
    timeoutMs: 3000,
    attempts: 3,
  },
};

describe('the failover section', () => {
  it('is absent unless somebody writes it', () => {
    expect(fleetOf()).toMatchObject({ names: [], failover: null });
  });

  it('gives a name every default', () => {
    const { sites, vantages, ...rest } = theName();
    expect(rest).toEqual(EVERY_DEFAULT);
    expect(sites[0]).toEqual(SITE);
    expect(vantages[0]).toEqual({ regionId: 'cn-beijing' });
  });

  it('keeps what all names share: home, secrets and voters', () => {
    expect(failingOver().failover).toEqual({
      homeRegionId: 'cn-beijing',
      approvalSecret: { current: 'env:APPROVAL', next: null },
      outsideVoters: [{ name: 'carrier', secret: { current: 'env:VOTER', next: null } }],
    });
  });

  it.each([
    ['http', 80],
    ['https', 443],
    ['tls', 443],
  ])('looks at %s on port %d unless told otherwise', (protocol, port) => {
    expect(theName({ sites: [east({ check: { protocol } })] }).sites[0]?.check.port).toBe(port);
    const told = theName({ sites: [east({ check: { protocol, port: 8443 } })] });
    expect(told.sites[0]?.check.port).toBe(8443);
  });

  it('reads a practice in the time of its zone, and its days in order', () => {
    const practice = { site: 'east', timeZone: 'Asia/Shanghai', from: '10:30' };
    const expected = {
      site: 'east',
      timeZone: 'Asia/Shanghai',
      fromMinute: 630,
      durationMs: 900_000,
      abortErrorShare: 20,
    };
    expect(theName({ practice }).practice).toEqual({ ...expected, days: ['wed'] });
    expect(theName({ practice: { ...practice, days: ['thu', 'mon', 'thu'] } }).practice).toEqual({
      ...expected,
      days: ['mon', 'thu'],
    });
  });

  it('hears the voters that a name chooses, and looks after the lines that it names', () => {
    expect(theName({ outsideVoters: [] }).outsideVoters).toEqual([]);
    expect(theName({ lines: ['default', 'telecom'] }).lines).toEqual(['default', 'telecom']);
  });

  it.each([
    ['a quorum of one', { verdict: { quorum: 1 } }],
    ['no line', { lines: [] }],
    ['every line by another word', { lines: 'all' }],
    ['a record type that holds no address', { type: 'TXT' }],
    ['a host with a space', { host: 'w w' }],
    ['a domain without a dot', { domain: 'example' }],
    ['a stage of nothing', { failback: { stages: ['0%', '100%'] } }],
    ['full use below the target', { capacity: { fullUse: 0.9 } }],
    ['no sites', { sites: [] }],
    ['an address with a port', { sites: [east({ address: 'a/b' })] }],
  ])('refuses %s', (_, different) => {
    expect(() => theName(different)).toThrow();
  });

  it.each(['@', 'www', '_dmarc', 'a.b'])('takes the host %s', (host) => {
    expect(theName({ host }).host).toBe(host);
  });

  it('describes every field, and gives a reason for every default', () => {
    const fields = policyFields().filter(({ path }) => path.startsWith('failover'));
    expect(fields.length).toBeGreaterThan(60);
    for (const { path, description, why, default: preset } of fields) {
      expect([path, description]).not.toEqual([path, '']);
      const isSection = typeof preset === 'object' && preset !== null && !Array.isArray(preset);
      if (preset !== undefined && !isSection) expect([path, why]).not.toEqual([path, undefined]);
    }
  });
});

const MISTAKES = `version: 1
region: cn-hangzhou
pools:
  - name: east
    targets: [{ loadBalancer: lb-1 }]
failover:
  home: cn-beijing
  aprovalSecret: { current: env:APPROVAL }
  outsideVoters:
    - { name: carrier, secret: { current: hunter2-hunter2-hunter2 } }
  names:
    - name: shop
      domain: example.com
      host: www
      holdown: 3m
      type: a
      watchInterval: fast
      vantages: [beijing]
      sites:
        - { name: a, region: cn-hangzhou, address: 203.0.113.10, check: { protocol: tcp } }
        - { name: b, region: cn-shenzhen, address: 203.0.113.11, check: { protocol: htps } }
      failback: { stages: [10, 100%] }
`;

describe('a failover section with mistakes', () => {
  it('is told each of them with line, column and suggestion', () => {
    const found = problemsOf(MISTAKES).map(({ line, column, path, suggestion }) => [
      `${line}:${column}`,
      path.replace('failover.names[0].', ''),
      suggestion,
    ]);
    expect(found).toEqual([
      ['8:3', 'failover.aprovalSecret', 'approvalSecret'],
      ['10:43', 'failover.outsideVoters[0].secret.current', undefined],
      ['15:7', 'holdown', 'holdDown'],
      ['16:13', 'type', 'A'],
      ['17:22', 'watchInterval', undefined],
      ['18:18', 'vantages[0]', undefined],
      ['20:73', 'sites[0].check.port', undefined],
      ['21:85', 'sites[1].check.protocol', 'https'],
      ['22:28', 'failback.stages[0]', undefined],
    ]);
  });

  it('never prints a secret that stands in the place of its reference', () => {
    expect(problemsOf(MISTAKES).map(problemText).join('\n')).not.toContain('hunter2');
  });

  it('is linted at its place, beside a wrong field of a pool', () => {
    const text = stringify(
      written({ home: 'cn-hangzhou' }, { deployment: { workerTimeout: 'long' } }),
    );
    expect(problemsOf(text).map(({ code, path }) => [code, path])).toEqual([
      ['name-home-serves', 'failover.names[0].sites[0].region'],
      ['wrong-value', 'deployment.workerTimeout'],
    ]);
  });

  it('is not linted against pools that are not where they should be', () => {
    const text = stringify(written({ home: 'cn-hangzhou' }, { region: 'hangzhou' }));
    expect(problemsOf(text).map(({ code }) => code)).toEqual(['wrong-value']);
  });

  it('is refused as a whole where lint calls it an error', () => {
    const [problem] = problemsOf(stringify(written({ home: 'cn-shenzhen' })));
    expect(problem && problemText(problem)).toMatch(
      /^evenkeel\.yaml:\d+:\d+: failover\.names\[0\]\.sites\[1\]\.region: The site south stands in cn-shenzhen, the home region/,
    );
  });
});
