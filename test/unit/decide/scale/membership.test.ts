import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { PROTECTED_TAG } from '../../../../shared/domain/heal-tag';
import { MEMBER_TAG, POOL_TAG, RETIRE_TAG } from '../../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../../shared/domain/policy';
import { missing } from '../../../../shared/domain/reading';
import { targetKey } from '../../../../shared/domain/target';
import { guard } from '../../../../shared/guard/guard';
import {
  aListener,
  anAttachment,
  aPolicy,
  KEY,
  ok,
  secondsAgo,
  stale,
} from '../../../support/builders';
import { anOwnedInstance, aScalePolicy } from '../../../support/scale-builders';
import {
  announced,
  aScaledPool,
  idsOf,
  type InstanceParts,
  retired,
  stepsOn,
} from '../../../support/scaled-pool';

const policy: PoolPolicy = {
  ...aPolicy(),
  membership: { tagKey: 'role', tagValue: 'web', weight: 70 },
};
const marked = { [MEMBER_TAG]: 'web' };
/** Somebody else’s instance behind the load balancer. */
const member = (parts: InstanceParts = {}): InstanceParts => ({ owned: null, ...parts });
const peers = Object.fromEntries(
  Array.from({ length: 4 }, (_, index) => [`i-p${index}`, member()]),
);
const named = (id: string, tags = {}, status: 'Running' | 'Stopped' = 'Running') =>
  anOwnedInstance(id, { facts: { tags, status, createdAt: secondsAgo(86_400) } });

function proposed(
  tagged: readonly ReturnType<typeof named>[] | null,
  instances: Record<string, InstanceParts> = {},
  more: Parameters<typeof aScaledPool>[1] = {},
  under = policy,
) {
  const list = tagged === null ? missing('read-failed') : ok(tagged);
  const pool = aScaledPool(
    { ...peers, ...instances },
    { ...more, capacity: { tagged: list, ...more.capacity } },
  );
  return { pool, proposal: decide(pool, under) };
}
const stepsFor = (...parameters: Parameters<typeof proposed>) =>
  idsOf(stepsOn(proposed(...parameters).proposal, 'i-0'));

describe('every running instance with the tag', () => {
  it('is marked and added to the groups at weight 0, by leave of the guard', () => {
    const { pool, proposal } = proposed([named('i-0')]);
    expect(stepsOn(proposal, 'i-0')).toMatchObject([
      {
        stepId: 'i-0/member',
        kind: 'tag',
        tags: marked,
        removeKeys: [],
        reason: 'membership-added',
      },
      { stepId: 'i-0/announce', reason: 'membership-added' },
      { stepId: `i-0/register/${KEY}:80`, reason: 'membership-added' },
    ]);
    expect(guard(proposal, pool, policy).withheld).toEqual([]);
  });

  it('is added on several groups at once, where it is missing', () => {
    const targets = [8080, 9090].map((port) => {
      const target = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-2', port };
      return { target, key: targetKey(target), listeners: [aListener()] };
    });
    const [one = '', other = ''] = targets.map(({ key }) => key);
    const both = [one, other].map((key) => anAttachment({ targetKey: key }));
    const crowd = Object.fromEntries(
      Object.keys(peers).map((id) => [id, member({ backend: { attachments: both } })]),
    );
    expect(stepsFor([named('i-0', marked)], crowd, { targets })).toEqual([
      'i-0/announce',
      `i-0/register/${one}:8080`,
      `i-0/register/${other}:9090`,
    ]);
    const half = member({
      tags: { ...marked, ...announced() },
      backend: { attachments: [anAttachment({ targetKey: one, weight: 0 })] },
      memory: { placedIn: [one] },
    });
    expect(
      stepsFor([named('i-0', marked)], { ...crowd, 'i-0': half }, { targets, strangers: ['i-0'] }),
    ).toEqual([`i-0/register/${other}:9090`]);
  });

  it.each<[string, Parameters<typeof proposed>]>([
    ['is left where it stands', [[named('i-0')], { 'i-0': member() }]],
    ['is not added while it is stopped', [[named('i-0', {}, 'Stopped')]]],
    ['is not added when it is protected', [[named('i-0', { [PROTECTED_TAG]: 'x' })]]],
    [
      'is not put back where somebody took it out',
      [
        [named('i-0', marked)],
        {},
        {
          scale: {
            instances: {
              'i-0': {
                firstSeenAt: secondsAgo(90),
                weightZeroAt: null,
                registeredAt: secondsAgo(90),
                putToUseAt: null,
              },
            },
          },
        },
      ],
    ],
    ['is not added without a policy', [[named('i-0')], {}, {}, aPolicy()]],
  ])('%s', (_name, parameters) => {
    expect(stepsFor(...parameters)).toEqual([]);
  });

  it('comes by the pool’s own rules where the pool is scaled and owns it', () => {
    const scaled = { ...policy, scale: aScalePolicy() };
    const own = named('i-0', { [POOL_TAG]: 'web' });
    const capacity = { owned: ok([own]) };
    expect(stepsFor([own], {}, { capacity }, scaled)).toEqual([]);
    expect(stepsFor([own], {}, { capacity })).toContain(`i-0/register/${KEY}:80`);
  });

  it('needs no list of owned ones where the pool is not scaled', () => {
    const owned = missing('read-failed');
    expect(stepsFor([named('i-0')], {}, { capacity: { owned } })).toHaveLength(3);
    expect(
      stepsFor(
        [named('i-0')],
        {},
        { capacity: { owned, contradictions: ['i-1 is listed twice'] } },
      ),
    ).toEqual([]);
  });
});

describe('a member that has lost the tag, or no longer runs', () => {
  const added = member({ tags: marked });
  it.each<[string, Parameters<typeof proposed>, readonly string[]]>([
    ['is retired', [[], { 'i-0': added }], ['i-0/retire']],
    [
      'is retired when it is stopped',
      [
        [named('i-0', marked, 'Stopped')],
        { 'i-0': member({ tags: marked, backend: { weight: 0 } }) },
      ],
      ['i-0/retire'],
    ],
    ['is kept while the list is unread', [null, { 'i-0': added }], []],
    ['is kept when somebody else put it there', [[], { 'i-0': member() }], []],
    [
      'is kept when another pool added it',
      [[], { 'i-0': member({ tags: { [MEMBER_TAG]: 'other' } }) }],
      [],
    ],
    [
      'is kept when it is protected',
      [[], { 'i-0': member({ tags: { ...marked, [PROTECTED_TAG]: 'x' } }) }],
      [],
    ],
  ])('%s', (_name, parameters, expected) => {
    expect(stepsFor(...parameters)).toEqual(expected);
  });

  it('is kept when the list forgot it and ECS still names it by its id', () => {
    const byId = (tags: Record<string, string>) => member({ tags: { ...marked, ...tags } });
    expect(stepsFor([], { 'i-0': byId({ role: 'web' }) })).toEqual([]);
    expect(stepsFor([], { 'i-0': byId({ role: 'db' }) })).toEqual(['i-0/retire']);
    const stopped = {
      ...byId({ role: 'web' }),
      backend: { weight: 0, status: 'Stopped' as const },
    };
    expect(stepsFor([], { 'i-0': stopped })).toContain('i-0/retire');
  });

  it('is left to its owner where it belongs to another pool, and people hear of it', () => {
    const guest = member({ tags: { ...marked, [POOL_TAG]: 'api' } });
    const { proposal } = proposed([], { 'i-0': guest });
    expect(stepsOn(proposal, 'i-0')).toEqual([]);
    expect(proposal.alerts).toContainEqual(
      expect.objectContaining({ key: 'owned-elsewhere/i-0', reason: 'owned-elsewhere' }),
    );
    expect(proposal.scale?.stages.find(({ instanceId }) => instanceId === 'i-0')).toMatchObject({
      reason: 'owned-elsewhere',
      detail: 'it comes and goes with pool api',
    });
  });

  it('leaves with its owner: whoever owns it retires it out of both', () => {
    const tags = { ...marked, [POOL_TAG]: 'api', ...retired('scale-in', 120) };
    const settled = member({
      tags,
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(60) },
    });
    const { pool, proposal } = proposed([named('i-0', tags)], { 'i-0': settled });
    expect(idsOf(guard(proposal, pool, policy).steps)).toContain(`i-0/deregister/${KEY}:80`);
  });

  it('that is this pool’s own stays in service: another pool’s membership does not delete it', () => {
    const scaled: PoolPolicy = { ...aPolicy(), scale: aScalePolicy() };
    const own = (parts: InstanceParts): InstanceParts => ({
      tags: { [MEMBER_TAG]: 'api', ...retired('departed', 900) },
      ...parts,
    });
    const steps = (parts: InstanceParts) =>
      idsOf(stepsOn(proposed(null, { 'i-0': own(parts) }, {}, scaled).proposal, 'i-0'));
    expect(steps({ backend: { weight: 0 } })).toContain('i-0/keep');
    expect(steps({ backend: null })).toEqual(['i-0/keep']);
    const outside = own({ backend: null, memory: { outSince: secondsAgo(900) } });
    expect(idsOf(stepsOn(proposed([], { 'i-0': outside }).proposal, 'i-0'))).toEqual([
      'i-0/forget',
    ]);
  });

  it('is retired once', () => {
    const leaving = member({
      tags: { ...marked, ...retired('departed', 5) },
      backend: { weight: 0 },
    });
    expect(stepsFor([], { 'i-0': leaving })).not.toContain('i-0/retire');
  });

  it('is believed gone only by a list that is fresh', () => {
    expect(stepsFor([], { 'i-0': added }, { capacity: { tagged: stale([]) } })).toEqual([]);
  });

  it('leaves its groups after the same drain as others, and is never deleted', () => {
    const tags = { ...marked, ...retired('departed', 120) };
    const settled = member({
      tags,
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(60) },
    });
    const { pool, proposal } = proposed([], { 'i-0': settled });
    expect(idsOf(guard(proposal, pool, policy).steps)).toContain(`i-0/deregister/${KEY}:80`);
    const waiting = member({
      tags,
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(59) },
    });
    expect(stepsFor([], { 'i-0': waiting })).not.toContain(`i-0/deregister/${KEY}:80`);
  });

  it('stays when it is named again, and is welcome again when it has left', () => {
    const tags = { ...marked, ...retired('departed', 90) };
    const draining = member({
      tags,
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(80) },
    });
    const { proposal } = proposed([named('i-0', tags)], { 'i-0': draining });
    expect(
      stepsOn(proposal, 'i-0').filter(({ kind }) => kind === 'tag' || kind === 'deregister'),
    ).toContainEqual(expect.objectContaining({ stepId: 'i-0/keep', removeKeys: [RETIRE_TAG] }));
    expect(idsOf(stepsOn(proposal, 'i-0'))).not.toContain(`i-0/deregister/${KEY}:80`);
    expect(stepsFor([named('i-0', tags)])).toEqual(['i-0/forget']);
  });
});
