import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { register } from '../../../../shared/decide/scale/arrivals';
import { decodeHealTag, healTag } from '../../../../shared/domain/heal-tag';
import { LAUNCH_TAG } from '../../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../../shared/domain/policy';
import { type Target, targetKey } from '../../../../shared/domain/target';
import {
  aListener,
  anAttachment,
  aPool,
  aWindow,
  ejectedMemory,
  KEY,
  NOW,
  ok,
  secondsAgo,
  someBackends,
  TARGET,
} from '../../../support/builders';
import { anEntry, anOwnedInstance, aScaledPolicy } from '../../../support/scale-builders';
import {
  announced,
  aScaledPool,
  idsOf,
  type InstanceParts,
  outside,
  stepsOn,
} from '../../../support/scaled-pool';

const aTarget = (target: Target) => ({ target, key: targetKey(target), listeners: [aListener()] });
const groups = ['rsp-3', 'rsp-1', 'rsp-2'].map((serverGroupId) =>
  aTarget({ loadBalancerId: 'lb-1', serverGroupId, port: 8080 }),
);
const keys = groups.map(({ key }) => key);
const inGroups = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights).map(([key, weight]) =>
    anAttachment({ targetKey: key, port: 8080, weight }),
  );
const policy = aScaledPolicy();
const groupsOf = (loadBalancerId: string) =>
  ['rsp-1', 'rsp-2'].map((serverGroupId) => aTarget({ loadBalancerId, serverGroupId, port: 8080 }));
const pool = aPool({ backends: someBackends(3), targets: [aTarget(TARGET)] });

describe('an instance whose service answers', () => {
  it('is marked as held with the weight that it is to have, then stands in the group at weight 0', () => {
    const owned = anOwnedInstance('i-9', { probe: ok(aWindow({ failures: 3 })) });
    const { steps, alerts } = register(anEntry('i-9', { owned }), 'registered', pool, policy);
    expect(steps).toMatchObject([
      { kind: 'tag', stepId: 'i-9/announce', reason: 'registered', removeKeys: [] },
      { kind: 'register', stepId: `i-9/register/${KEY}:80`, targetKey: KEY, port: 80 },
    ]);
    expect(steps[1]?.evidence).toEqual([
      {
        signal: 'active-probe-errors',
        sampledAt: aWindow().endedAt,
        strength: 'suspicion',
        detail: '7 of 10 probes answered',
      },
    ]);
    const [tag] = steps;
    expect(tag?.kind === 'tag' && decodeHealTag(tag.tags[healTag('web')] ?? '')).toMatchObject({
      state: 'ejected',
      cause: 'registered',
      since: NOW,
      until: NOW,
      offences: 0,
      rung: null,
      baseWeights: [100],
    });
    expect(alerts).toEqual([]);
  });

  it('needs no evidence where nobody probes', () => {
    expect(register(anEntry('i-9'), 'registered', pool, policy).steps[0]?.evidence).toEqual([]);
    const unlisted = anEntry('i-9', { owned: null });
    expect(register(unlisted, 'registered', pool, policy).steps[0]?.evidence).toEqual([]);
  });

  it('stands in every group, its weights marked in the order of their keys', () => {
    const weighed = someBackends(1).map((backend) => ({
      ...backend,
      attachments: inGroups({ [keys[0] ?? '']: 30, [keys[1] ?? '']: 10, [keys[2] ?? '']: 20 }),
    }));
    const { steps } = register(
      anEntry('i-9'),
      'registered',
      aPool({ backends: weighed, targets: groups }),
      policy,
    );
    expect(idsOf(steps)).toEqual([
      'i-9/announce',
      ...keys.map((key) => `i-9/register/${key}:8080`),
    ]);
    const [tag] = steps;
    expect(
      tag?.kind === 'tag' && decodeHealTag(tag.tags[healTag('web')] ?? '')?.baseWeights,
    ).toEqual([10, 20, 30]);
  });

  it('is not registered where it stands, nor where somebody has taken it out', () => {
    const [backend] = someBackends(1);
    expect(
      register(anEntry('i-0', { backend: backend ?? null }), 'registered', pool, policy).steps,
    ).toEqual([]);
    const memory = { ...anEntry('i-9').memory, placedIn: [KEY] };
    expect(register(anEntry('i-9', { memory }), 'registered', pool, policy).steps).toEqual([]);
  });
});

describe('the port', () => {
  const portOf = (target: Target, ports: readonly number[]) => {
    const backends = ports.map((port, index) => ({
      ...someBackends(index + 1)[index],
      attachments: [anAttachment({ targetKey: targetKey(target), port })],
    }));
    const built = aPool({ backends: backends as never, targets: [aTarget(target)] });
    const { steps, alerts } = register(anEntry('i-9'), 'registered', built, policy);
    const step = steps.find(({ kind }) => kind === 'register');
    return step?.kind === 'register' ? step.port : alerts.map(({ key }) => key);
  };
  it.each<[string, Target, readonly number[], unknown]>([
    ['is the policy’s', { ...TARGET, port: 8443 }, [80, 80], 8443],
    ['is the one that all members use', TARGET, [80, 80], 80],
    [
      'is nobody’s in the default group',
      { loadBalancerId: 'lb-1', serverGroupId: 'default' },
      [],
      0,
    ],
    ['is unknown where the members use several', TARGET, [80, 81], [`port-unknown/${KEY}`]],
    ['is unknown in an empty group', TARGET, [], [`port-unknown/${KEY}`]],
  ])('%s', (_name, target, ports, expected) => {
    expect(portOf(target, ports)).toEqual(expected);
  });

  it('unknown in one group keeps it out of all: people are called', () => {
    const other = aTarget({ loadBalancerId: 'lb-1', serverGroupId: 'rsp-9' });
    const built = aPool({ backends: someBackends(1), targets: [aTarget(TARGET), other] });
    const { steps, alerts } = register(anEntry('i-9'), 'registered', built, policy);
    expect(steps).toEqual([]);
    expect(alerts).toEqual([
      {
        key: 'port-unknown/lb-1/rsp-9',
        severity: 'critical',
        reason: 'port-unknown',
        instanceId: null,
        message:
          'Nobody can be added to lb-1/rsp-9: its members use no port or several. Name the port in the policy’s target.',
      },
    ]);
  });
});

describe('coming into service', () => {
  const peers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-p${index}`, {}]));
  const launched = { [LAUNCH_TAG]: `launch-${secondsAgo(60).toString(36)}-x1` };
  const steps = (parts: InstanceParts, more: Parameters<typeof aScaledPool>[1] = {}) =>
    idsOf(stepsOn(decide(aScaledPool({ 'i-0': parts, ...peers }, more), policy), 'i-0'));
  const answers = { probe: ok(aWindow()) };

  it('goes from launched to registered by what is seen', () => {
    expect(steps(outside({ status: 'Starting', tags: launched }))).toEqual([]);
    expect(steps(outside({ tags: launched }))).toEqual([]);
    expect(steps(outside({ tags: launched, owned: answers }))).toEqual([
      'i-0/announce',
      `i-0/register/${KEY}:80`,
    ]);
    expect(steps(outside({ status: 'Stopped', tags: launched }))).toEqual(['i-0/start']);
  });

  it('does so too when the memory was lost in between', () => {
    const lost = { scale: { instances: {}, knownSince: null } };
    expect(steps(outside({ tags: launched, owned: answers }), lost)).toContain('i-0/announce');
    expect(steps(outside({ status: 'Stopped', tags: launched }), lost)).toEqual(['i-0/start']);
  });

  it('keeps weight 0 until it is verified, then ramps', () => {
    const fresh: InstanceParts = {
      backend: { weight: 0 },
      tags: announced(),
      memory: { putToUseAt: null },
    };
    expect(steps(fresh, { strangers: ['i-0'] })).toEqual([]);
    const bad = {
      ...fresh,
      backend: { weight: 0, window: { failures: 10, latencyMedianUs: null } },
    };
    expect(steps(bad, { strangers: ['i-0'] })).toEqual([]);
    const healed = { cause: 'registered', goodStreak: 1, isProtected: false } as const;
    const verified = { ...fresh, healed: ejectedMemory(healed) };
    expect(steps(verified)).toContain(`i-0/weight/${KEY}:80`);
  });

  it('comes into the third group when the store was lost after two', () => {
    const [third = '', first = '', second = ''] = keys;
    const others = Object.fromEntries(
      Object.keys(peers).map((id) => [
        id,
        { backend: { attachments: inGroups({ [first]: 50, [second]: 50, [third]: 50 }) } },
      ]),
    );
    const half: InstanceParts = {
      backend: { attachments: inGroups({ [first]: 0, [second]: 0 }) },
      tags: announced([50, 50, 50]),
    };
    const built = aScaledPool(
      { 'i-0': half, ...others },
      {
        targets: groups,
        strangers: ['i-0', ...Object.keys(others)],
        scale: { instances: {}, knownSince: null },
      },
    );
    const proposal = decide(built, policy);
    expect(idsOf(stepsOn(proposal, 'i-0'))).toEqual([`i-0/register/${third}:8080`]);
    expect(proposal.verdicts[0]?.memoryIfDone).toMatchObject({
      state: 'ejected',
      cause: 'registered',
      baseWeights: { [first]: 50, [second]: 50 },
    });
  });
});

describe('with one load balancer for each', () => {
  const spread = { ...policy, placement: 'one-load-balancer' as const };
  const targets = [...groupsOf('lb-1'), ...groupsOf('lb-2')];
  const inAllOf = (loadBalancerId: string): InstanceParts => ({
    backend: {
      attachments: groupsOf(loadBalancerId).map(({ key }) =>
        anAttachment({ targetKey: key, port: 8080, weight: 100 }),
      ),
    },
    memory: { placedIn: groupsOf(loadBalancerId).map(({ key }) => key) },
  });
  const tags = { [LAUNCH_TAG]: `launch-${secondsAgo(60).toString(36)}-x1` };
  const answering = outside({ tags, owned: { probe: ok(aWindow()) } });
  const placesOf = (instances: Readonly<Record<string, InstanceParts>>, by: PoolPolicy = spread) =>
    decide(aScaledPool(instances, { targets }), by).steps.flatMap((step) =>
      step.kind === 'register' ? [`${step.instanceId} ${step.targetKey}`] : [],
    );

  it('newcomers fill the emptiest, in all of its groups', () => {
    expect(
      placesOf({
        'i-1': inAllOf('lb-1'),
        'i-2': inAllOf('lb-1'),
        'i-3': inAllOf('lb-2'),
        'i-8': answering,
        'i-9': answering,
      }),
    ).toEqual([
      'i-8 lb-2/rsp-1/8080',
      'i-8 lb-2/rsp-2/8080',
      'i-9 lb-1/rsp-1/8080',
      'i-9 lb-1/rsp-2/8080',
    ]);
  });

  it('nobody is put behind a second one, as everybody is without that policy', () => {
    const instances = { 'i-1': inAllOf('lb-1'), 'i-2': inAllOf('lb-2') };
    expect(placesOf(instances)).toEqual([]);
    const everywhere = placesOf({ ...instances, 'i-9': answering }, policy);
    expect(everywhere.filter((place) => place.startsWith('i-9'))).toHaveLength(4);
  });

  it('the mark of a newcomer has the weights of its own groups only', () => {
    const pool = aScaledPool(
      { 'i-1': inAllOf('lb-1'), 'i-2': inAllOf('lb-2'), 'i-9': answering },
      { targets },
    );
    const mark = decide(pool, spread).steps.find(({ stepId }) => stepId === 'i-9/announce');
    const tag = mark?.kind === 'tag' ? mark.tags[healTag('web')] : undefined;
    expect(decodeHealTag(tag ?? '')?.baseWeights).toEqual([100, 100]);
  });

  it('who was taken out by somebody else does not come back behind another', () => {
    const taken = outside({
      tags,
      owned: { probe: ok(aWindow()) },
      memory: { placedIn: groupsOf('lb-1').map(({ key }) => key) },
    });
    expect(placesOf({ 'i-1': inAllOf('lb-1'), 'i-2': inAllOf('lb-2'), 'i-9': taken })).toEqual([]);
  });
});
