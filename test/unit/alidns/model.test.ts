import { beforeEach, describe, expect, it } from '@jest/globals';
import { AlidnsModel, type AlidnsSettings } from '../../../infra/local/alidns/model';
import { type RecordInput } from '../../../infra/local/alidns/record';
import { ManualClock } from '../../../infra/local/clock';
import { type VendorError } from '../../../infra/local/contracts';

const DOMAIN = 'example.com';
const GONE = '999999999999999999';
let clock: ManualClock;
let model: AlidnsModel;

const start = (settings: AlidnsSettings = {}): void => {
  clock = new ManualClock();
  model = new AlidnsModel({ clock, writeLockMs: 500, publishDelayMs: 2000, ...settings });
  model.provision(() => model.addDomain({ domainName: DOMAIN, edition: 'ultimate' }));
};
beforeEach(() => start());

const address = (value: string, more: Partial<RecordInput> = {}): RecordInput => ({
  ...{ rr: 'www', type: 'A', value, ttlSeconds: 60 },
  ...more,
});
const given = (input: RecordInput): string =>
  model.provision(() => model.addRecord(DOMAIN, input)).recordId;
const codeOf = (change: () => unknown): string => {
  const before = JSON.stringify(model.domains().map(({ zone }) => zone.records));
  try {
    change();
    return 'accepted';
  } catch (error) {
    expect(JSON.stringify(model.domains().map(({ zone }) => zone.records))).toBe(before);
    expect(error).toMatchObject({ status: 400 });
    return (error as VendorError).code;
  }
};

describe('one write at a time per domain', () => {
  it('refuses every other write until the last has finished', async () => {
    const recordId = given(address('10.0.0.1'));
    model.provision(() => model.setWeighting({ domainName: DOMAIN, rr: 'www', type: 'A' }, true));
    model.setEnabled(recordId, false);
    const writes: readonly (() => unknown)[] = [
      () => model.setEnabled(recordId, true),
      () => model.addRecord(DOMAIN, address('10.0.0.2')),
      () => model.updateRecord(recordId, address('10.0.0.3')),
      () => model.setRemark(recordId, 'x'),
      () => model.setWeighting({ domainName: DOMAIN, rr: 'www', type: 'A' }, false),
      () => model.setWeight(recordId, 5),
      () => model.deleteRecord(recordId),
      () => model.deleteRecords(DOMAIN, 'www'),
    ];
    await clock.advance(499);
    for (const write of writes) expect(codeOf(write)).toBe('LastOperationNotFinished');
    expect(model.record(recordId).isEnabled).toBe(false);
    await clock.advance(1);
    expect(codeOf(() => model.setEnabled(recordId, true))).toBe('accepted');
  });

  it('is per domain, and a refused write locks nothing', () => {
    model.provision(() => model.addDomain({ domainName: 'example.org', edition: 'ultimate' }));
    const recordId = given(address('10.0.0.1'));
    expect(codeOf(() => model.addRecord(DOMAIN, address('10.0.0.1')))).toBe(
      'DomainRecordDuplicate',
    );
    expect(codeOf(() => model.setEnabled(recordId, false))).toBe('accepted');
    expect(codeOf(() => model.addRecord('example.org', address('10.0.0.1')))).toBe('accepted');
    expect(codeOf(() => model.setRemark(recordId, 'x'))).toBe('LastOperationNotFinished');
  });
});

describe('publication', () => {
  const enabled = () =>
    model
      .publishedZone(`www.${DOMAIN}`)!
      .records.filter(({ isEnabled }) => isEnabled)
      .map(({ value }) => value);

  it('follows a write after its delay, in the order of writes', async () => {
    const recordId = given(address('10.0.0.1'));
    model.setEnabled(recordId, false);
    await clock.advance(500);
    model.publishDelayMs = 0;
    model.addRecord(DOMAIN, address('10.0.0.2'));
    await clock.advance(1499);
    expect(enabled()).toEqual(['10.0.0.1']);
    await clock.advance(1);
    expect(enabled()).toEqual(['10.0.0.2']);
  });

  it('of a domain that was just added takes its delay too', async () => {
    model.addDomain({ domainName: 'new.example' });
    expect(model.publishedZone('www.new.example')).toBeUndefined();
    await clock.advance(2000);
    expect(model.publishedZone('www.new.example')?.records).toEqual([]);
  });

  it('keeps no more of the past than the zone that is answered now', async () => {
    const recordId = given(address('10.0.0.1'));
    for (let round = 0; round < 50; round++) {
      model.setRemark(recordId, String(round));
      await clock.advance(500);
    }
    expect(model.domain(DOMAIN).publications.length).toBeLessThanOrEqual(6);
  });
});

describe('what a domain takes', () => {
  it.each([
    ['free', 599, 'SubDomainInvalid.TTL'],
    ['free', 600, 'accepted'],
    ['personal', 599, 'SubDomainInvalid.TTL'],
    ['standard', 59, 'SubDomainInvalid.TTL'],
    ['standard', 60, 'accepted'],
    ['ultimate', 0, 'SubDomainInvalid.TTL'],
    ['ultimate', 1, 'accepted'],
    ['ultimate', 86_401, 'SubDomainInvalid.TTL'],
  ] as const)('of edition %s with TTL %d: %s', (edition, ttlSeconds, answer) => {
    model.addDomain({ domainName: 'other.example', edition });
    const write = () => model.addRecord('other.example', address('10.0.0.1', { ttlSeconds }));
    expect(codeOf(write)).toBe(answer);
  });

  it.each<[string, Partial<RecordInput>, string]>([
    ['the same record again', {}, 'DomainRecordDuplicate'],
    ['another value', { value: '10.0.0.2' }, 'accepted'],
    ['the same on another line', { line: 'telecom' }, 'accepted'],
    ['an alias beside an address', { type: 'CNAME', value: 'a.example' }, 'DomainRecordConflict'],
    ['an alias on another line', { type: 'CNAME', value: 'a.example', line: 'unicom' }, 'accepted'],
    ['text beside an address', { type: 'TXT', value: 'hello' }, 'accepted'],
    ['an address that is none', { value: '10.0.0.256' }, 'SubDomainInvalid.Value'],
    ['an IPv4 address as AAAA', { type: 'AAAA' }, 'SubDomainInvalid.Value'],
    ['a type of nobody', { type: 'ANY' }, 'SubDomainInvalid.Type'],
    ['a line of nobody', { line: 'moon' }, 'SubDomainInvalid.Line'],
    ['a fine line', { line: 'os_asia_sg' }, 'accepted'],
    ['a malformed host', { rr: 'a..b' }, 'InvalidRR.Format'],
    ['mail without priority', { type: 'MX', value: 'm.example' }, 'SubDomainInvalid.Priority'],
  ])('%s: %s', (_what, change, answer) => {
    given(address('10.0.0.1'));
    expect(codeOf(() => model.addRecord(DOMAIN, address('10.0.0.1', change)))).toBe(answer);
  });

  it('an alias leaves room for mail and text at the domain itself alone', () => {
    given({ rr: '@', type: 'CNAME', value: 'a.example', ttlSeconds: 60 });
    given({ rr: 'www', type: 'CNAME', value: 'a.example', ttlSeconds: 60 });
    const text = (rr: string) => () =>
      model.addRecord(DOMAIN, { rr, type: 'TXT', value: 'x', ttlSeconds: 60 });
    expect(codeOf(text('www'))).toBe('DomainRecordConflict');
    expect(codeOf(text('@'))).toBe('accepted');
  });

  it('as many records of a set as its edition allows', () => {
    model.provision(() => {
      model.addDomain({ domainName: 'small.example' });
      for (let host = 1; host <= 10; host++) {
        model.addRecord('small.example', { ...address(`10.0.0.${host}`), ttlSeconds: 600 });
        model.addRecord('small.example', { rr: 't', type: 'TXT', value: String(host) });
      }
    });
    const more = (input: RecordInput) => () => model.addRecord('small.example', input);
    expect(codeOf(more({ ...address('10.0.0.11'), ttlSeconds: 600 }))).toBe(
      'QuotaExceeded.ARecord',
    );
    expect(codeOf(more({ rr: 't', type: 'TXT', value: '11' }))).toBe('QuotaExceeded.Record');
    expect(codeOf(more({ rr: 't', type: 'TXT', value: '11', line: 'os_asia' }))).toBe(
      'SubDomainInvalid.Line',
    );
  });
});

describe('a record', () => {
  it('that is gone belongs to nobody', () => {
    expect(codeOf(() => model.setEnabled(GONE, true))).toBe('DomainRecordNotBelongToUser');
  });

  it.each(['DomainRecordLocked', 'Forbidden.RecordLocked'] as const)(
    'that is locked refuses every change with %s and is answered on',
    (lockedCode) => {
      start({ behaviour: { lockedCode } });
      const recordId = given(address('10.0.0.1'));
      model.setLocked(recordId, true);
      expect(codeOf(() => model.setEnabled(recordId, false))).toBe(lockedCode);
      expect(codeOf(() => model.setRemark(recordId, 'x'))).toBe(lockedCode);
      expect(codeOf(() => model.deleteRecord(recordId))).toBe(lockedCode);
      expect(model.deleteRecords(DOMAIN, 'www')).toBe(0);
      expect(model.publishedZone(DOMAIN)?.records).toHaveLength(1);
    },
  );

  it('updated with what it says already is a duplicate', () => {
    const recordId = given(address('10.0.0.1'));
    expect(codeOf(() => model.updateRecord(recordId, address('10.0.0.1')))).toBe(
      'DomainRecordDuplicate',
    );
  });

  it.each([
    ['documented-default', { ttlSeconds: 600, line: 'default' }],
    ['keep', { ttlSeconds: 60, line: 'telecom' }],
  ] as const)('updated without TTL and line: %s', (leftOutOfUpdate, expected) => {
    start({ behaviour: { leftOutOfUpdate } });
    const recordId = given(address('10.0.0.1', { line: 'telecom' }));
    expect(model.updateRecord(recordId, { rr: 'www', type: 'A', value: '10.0.0.9' })).toMatchObject(
      expected,
    );
  });

  it.each([
    ['accept', 'accepted'],
    ['refuse', 'DomainRecordDuplicate'],
  ] as const)('set to the status it has: %s', (sameStatus, answer) => {
    start({ behaviour: { sameStatus } });
    const recordId = given(address('10.0.0.1'));
    expect(codeOf(() => model.setEnabled(recordId, true))).toBe(answer);
  });

  it.each([
    ['count', 'DomainRecordConflict', 'accepted'],
    ['ignore', 'accepted', 'DomainRecordConflict'],
  ] as const)('that is paused, in conflicts: %s', async (pausedInConflicts, added, enabled) => {
    start({ behaviour: { pausedInConflicts } });
    const recordId = given(address('10.0.0.1'));
    model.provision(() => model.setEnabled(recordId, false));
    const alias = address('a.example', { type: 'CNAME' });
    expect(codeOf(() => model.addRecord(DOMAIN, alias))).toBe(added);
    await clock.advance(500);
    expect(codeOf(() => model.setEnabled(recordId, true))).toBe(enabled);
  });
});

describe('a domain', () => {
  it.each([
    ['of-another-account', 'IncorrectDomainUser'],
    ['forbidden', 'DomainForbidden'],
    ['black-hole', 'RecordForbidden.BlackHole'],
    ['dns-change', 'RecordForbidden.DNSChange'],
  ] as const)('that is %s refuses writes with %s', (standing, code) => {
    const recordId = given(address('10.0.0.1'));
    model.setStanding(DOMAIN, standing);
    expect(codeOf(() => model.setEnabled(recordId, false))).toBe(code);
    expect(codeOf(() => model.addRecord(DOMAIN, address('10.0.0.2')))).toBe(code);
  });

  it('of nobody does not exist, and one cannot be added twice', () => {
    expect(codeOf(() => model.addRecord('nobody.example', address('10.0.0.1')))).toBe(
      'InvalidDomainName.NoExist',
    );
    expect(codeOf(() => model.addDomain({ domainName: 'EXAMPLE.com' }))).toBe(
      'InvalidDomainName.Duplicate',
    );
    expect(codeOf(() => model.addDomain({ domainName: 'nodots' }))).toBe(
      'InvalidDomainName.Format',
    );
  });
});

describe('weights', () => {
  const name = { domainName: DOMAIN, rr: 'www', type: 'A' };
  const weighted = (on: { readonly line?: string } = {}) =>
    model.provision(() => model.setWeighting({ ...name, ...on }, true));

  it('need weighting to be on for the line of the record', () => {
    const recordId = given(address('10.0.0.1'));
    const other = given(address('10.0.0.1', { line: 'telecom' }));
    expect(codeOf(() => model.setWeight(recordId, 5))).toBe('DisableDNSSLB');
    expect(weighted({ line: 'default' })).toBe(1);
    expect(codeOf(() => model.setWeight(other, 5))).toBe('DisableDNSSLB');
    expect(model.setWeight(recordId, 5).weight).toBe(5);
    expect(weighted()).toBe(2);
  });

  it.each([0, 101, 1.5, -1])('of %d are refused', (weight) => {
    const recordId = given(address('10.0.0.1'));
    weighted();
    expect(codeOf(() => model.setWeight(recordId, weight))).toBe('InvalidWeigth');
  });

  it('of 0 are taken where the service is said to', () => {
    start({ behaviour: { weightZero: 'accept' } });
    const recordId = given(address('10.0.0.1'));
    weighted();
    expect(model.setWeight(recordId, 0).weight).toBe(0);
  });

  it('are refused on paused and wildcard records, and of other types', () => {
    const paused = given(address('10.0.0.1'));
    given(address('10.0.0.2'));
    const wildcard = given(address('10.0.0.3', { rr: '*.w' }));
    const text = given({ rr: 't', type: 'TXT', value: 'x', ttlSeconds: 60 });
    weighted();
    model.provision(() => model.setEnabled(paused, false));
    expect(codeOf(() => model.setWeight(paused, 5))).toBe('DomainRecordDisable');
    expect(codeOf(() => model.setWeight(wildcard, 5))).toBe('PanDomainRecord');
    expect(codeOf(() => model.setWeight(text, 5))).toBe('UnsupportedOperation');
    expect(codeOf(() => model.setWeighting({ ...name, rr: '*.w' }, true))).toBe('PanDomainRecord');
    expect(codeOf(() => model.setWeighting({ ...name, rr: 'nobody' }, true))).toBe(
      'InvalidRR.NoExist',
    );
  });

  it.each([
    ['accept', 'accepted'],
    ['refuse', 'UnsupportedOperation'],
  ] as const)('of aliases: %s', (weightedCname, answer) => {
    start({ behaviour: { weightedCname } });
    given(address('a.example', { type: 'CNAME' }));
    expect(codeOf(() => model.setWeighting({ ...name, type: 'CNAME' }, true))).toBe(answer);
  });
});
