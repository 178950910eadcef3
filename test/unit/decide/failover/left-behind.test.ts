import { describe, expect, it } from '@jest/globals';
import { decideName } from '../../../../shared/decide/failover/decide-name';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { ok } from '../../../support/builders';
import { aNamePolicy, aNameSnapshot, aRecord } from '../../../support/name-builders';
import { NOTE, pausedByUs } from '../../../support/name-story';

const two = [aRecord('a'), aRecord('b')];

const told = (more: DnsRecord, policy: NamePolicy = aNamePolicy()): readonly string[] =>
  decideName(aNameSnapshot(policy, { records: ok([...two, more]) }), policy)
    .alerts.filter(({ reason }) => reason === 'record-left-behind')
    .map(({ key, severity, message }) => `${key} ${severity} ${message}`);

describe('a record that we paused and that nobody would enable again', () => {
  it.each<[string, DnsRecord, Partial<NamePolicy>]>([
    ['of a site that the policy no longer has', pausedByUs(aRecord('c')), {}],
    [
      'of a line that the policy no longer has',
      pausedByUs(aRecord('a', { line: 'telecom' })),
      { lines: ['default'] },
    ],
    ['of a type that the name no longer has', pausedByUs(aRecord('c', { type: 'AAAA' })), {}],
    ['of a site, and its weight', pausedByUs(aRecord('c'), 80), {}],
    [
      'under a name that this one has in the policy no more',
      aRecord('c', { isEnabled: false, remark: 'evenkeel:paused:old' }),
      {},
    ],
    [
      'of a site that is there, under an old name',
      aRecord('a', { line: 'telecom', isEnabled: false, remark: 'evenkeel:paused:old:100' }),
      {},
    ],
  ])('%s', (_, record, policy) => {
    expect(told(record, aNamePolicy(policy))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^record/${record.recordId}/left-behind warning .*${record.value}.*line ${record.line}`,
        ),
      ),
    ]);
  });

  it.each<[string, DnsRecord, Partial<NamePolicy>]>([
    ['is enabled', aRecord('c', { remark: NOTE }), {}],
    ['was paused by a person', aRecord('c', { isEnabled: false, remark: 'ask ann' }), {}],
    ['is of a site of the name', pausedByUs(aRecord('a', { line: 'telecom' })), {}],
    [
      'may be another name’s, of another type',
      aRecord('c', { type: 'AAAA', isEnabled: false, remark: 'evenkeel:paused:www6' }),
      {},
    ],
    [
      'may be another name’s, of other lines',
      aRecord('c', { line: 'telecom', isEnabled: false, remark: 'evenkeel:paused:www-telecom' }),
      { lines: ['default'] },
    ],
  ])('says nothing of one that %s', (_, record, policy) => {
    expect(told(record, aNamePolicy(policy))).toEqual([]);
  });
});

describe('a TTL that is longer than the policy counts on', () => {
  const detailOf = (ttlSeconds: number, minimum = 60): string | undefined => {
    const records = ok([aRecord('a', { ttlSeconds }), aRecord('b')]);
    const name = aNameSnapshot(aNamePolicy(), { records, minimumTtlSeconds: ok(minimum) });
    return decideName(name, aNamePolicy()).verdicts[0]?.detail;
  };

  it('is told with the verdict, with what a shift really takes', () => {
    expect(detailOf(600)).toMatch(
      /; its records have a TTL of 600 s, the policy has 60 s: clients follow only within 600 s$/u,
    );
    expect(detailOf(60)).not.toMatch(/TTL/u);
  });

  it('also where the domain’s edition allows no shorter one', () => {
    expect(detailOf(600, 600)).toMatch(
      / 600 s, the least that the domain’s edition allows, the policy has 60 s/u,
    );
  });
});
