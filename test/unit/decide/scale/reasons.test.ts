import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { type CapacityOrder } from '../../../../shared/domain/capacity';
import { INSTANCE_REASONS } from '../../../../shared/domain/instance-reasons';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  POOL_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../../shared/domain/policy';
import { type Step } from '../../../../shared/domain/proposal';
import { missing } from '../../../../shared/domain/reading';
import { type BackOffMemory } from '../../../../shared/domain/scale-memory';
import { guard } from '../../../../shared/guard/guard';
import { aWindow, ejectedMemory, inSeconds, NOW, ok, secondsAgo } from '../../../support/builders';
import {
  aLaunch,
  anAttempt,
  anOwnedInstance,
  aScaledPolicy,
  aScalePolicy,
} from '../../../support/scale-builders';
import {
  aScaledPool,
  type InstanceParts,
  outside,
  retired,
  type ScaledPoolParts,
} from '../../../support/scaled-pool';

const crowd = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-p${index}`, {}]));
const exactly = (count: number): { order: CapacityOrder } => ({
  order: { kind: 'exactly', count, by: 'ann', reason: 'test', at: NOW, until: inSeconds(900) },
});
const launchTag = (seconds: number) => ({
  [LAUNCH_TAG]: `launch-${secondsAgo(seconds).toString(36)}-x1`,
});
const warm = outside({ status: 'Stopped', tags: { [WARM_TAG]: encodeWarmTag(secondsAgo(900)) } });
const gone = outside({ tags: retired('scale-in') });
const sighted = (kind: 'orphan' | 'ghost' | 'stray') => ({
  sightings: { 'i-0': { kind, firstAt: secondsAgo(900) } },
});
const draining = (seconds: number, connections?: number): InstanceParts => ({
  tags: retired('scale-in'),
  backend: { weight: 0 },
  memory: { weightZeroAt: secondsAgo(seconds) },
  ...(connections === undefined ? {} : { owned: { connections: ok(connections) } }),
});
const refused: BackOffMemory = {
  until: inSeconds(600),
  failures: 1,
  lastFailureAt: secondsAgo(5),
  kind: 'quota',
  code: 'QuotaExceeded',
};
const member: PoolPolicy = {
  ...aScaledPolicy(),
  membership: { tagKey: 'role', tagValue: 'web', weight: 100 },
};
const warmPool = aScaledPolicy({ warmPool: { size: 1 } });
const adopting = aScaledPolicy({ inventory: { ...aScalePolicy().inventory, strays: 'adopt' } });
const launched = (instanceIds: readonly string[], parts = {}) =>
  aLaunch({ attempts: [anAttempt({ state: 'accepted', instanceIds })], ...parts });
const onReplace = {
  rung: 'replace',
  operationId: '',
  startedAt: secondsAgo(10),
  verifyAt: secondsAgo(10),
  invokeId: null,
} as const;
const lost: InstanceParts = {
  backend: { weight: 0, verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } },
  healed: ejectedMemory({ ladder: onReplace }),
};
const base = { instanceId: 'i-0', evidence: [] } as const;
const remove: Step = { ...base, kind: 'delete', stepId: 'i-0/delete', reason: 'scale-in' };
const launch: Step = {
  ...base,
  kind: 'launch',
  stepId: 'l',
  instanceId: 'l',
  reason: 'scale-out-order',
  operationId: 'l',
  count: 1,
  attempts: [],
  templateId: 'lt',
  templateVersion: null,
  spotMax: 0,
  tags: {},
};

interface Row {
  readonly instance?: InstanceParts;
  readonly more?: ScaledPoolParts;
  readonly policy?: PoolPolicy;
  /** Put to the guard instead of what is proposed. */
  readonly steps?: readonly Step[];
}

const ROWS: Readonly<Record<keyof typeof INSTANCE_REASONS, Row>> = {
  'scale-in': { more: { capacity: exactly(4) } },
  'launch-resumed': { more: { scale: { launches: [aLaunch()] } } },
  'launch-lost': {
    more: { capacity: { failedLaunches: ['i-x'] }, scale: { launches: [launched(['i-x'])] } },
  },
  'launch-abandoned': {
    more: { scale: { launches: [aLaunch({ requestedAt: secondsAgo(601) })] } },
  },
  'launch-refused': { more: { scale: { backOff: { 'cn-hangzhou/h': refused } } } },
  'launch-breaker': { more: { scale: { breakerOpenUntil: inSeconds(60) } } },
  'launch-impossible': {
    more: { capacity: exactly(9) },
    policy: aScaledPolicy({ launch: { options: [] } }),
  },
  'warm-started': { instance: warm, more: { capacity: exactly(6) }, policy: warmPool },
  'warm-unavailable': {
    instance: outside({ status: 'Stopped', tags: launchTag(60) }),
    more: {
      scale: { backOff: { 'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/pay-as-you-go': refused } },
    },
    policy: warmPool,
  },
  'warm-filled': { policy: warmPool },
  'warm-stopped': { instance: gone, policy: warmPool },
  registered: { instance: outside({ tags: launchTag(60), owned: { probe: ok(aWindow()) } }) },
  retiring: { instance: { tags: retired('scale-in', 5) } },
  replaced: { instance: lost, more: { capacity: exactly(5) } },
  'never-registered': {
    instance: outside({ tags: launchTag(2000) }),
    more: { scale: sighted('orphan') },
  },
  'drain-waiting': { instance: draining(10) },
  'drain-idle': { instance: draining(60, 0) },
  'drain-settled': { instance: draining(60) },
  'drain-deadline': { instance: draining(300, 99) },
  'drain-cancelled': { instance: draining(10), more: { capacity: exactly(6) } },
  'instance-deleted': { instance: gone },
  'ghost-member': {
    instance: { owned: null, backend: { status: 'Missing', window: { failures: 10 } } },
    more: { scale: sighted('ghost') },
  },
  orphan: { instance: outside(), more: { scale: sighted('orphan') } },
  'stray-adopted': {
    instance: { owned: null },
    more: { scale: sighted('stray') },
    policy: adopting,
  },
  'foreign-writer': { instance: { backend: null } },
  'membership-added': {
    more: { capacity: { tagged: ok([anOwnedInstance('i-0', { facts: { tags: {} } })]) } },
    policy: member,
  },
  'membership-departed': {
    instance: { owned: null, tags: { 'evenkeel:member': 'web' } },
    more: { capacity: { tagged: ok([]) } },
    policy: member,
  },
  'owned-elsewhere': { instance: { owned: null, tags: { [POOL_TAG]: 'api' } } },
  'inventory-hold': { more: { capacity: { owned: missing('read-failed') } } },
  'port-unknown': {
    instance: outside({ tags: launchTag(60), owned: { probe: ok(aWindow()) } }),
    more: {
      targets: [
        {
          target: { loadBalancerId: 'lb-2', serverGroupId: 'rsp-2' },
          key: 'lb-2/rsp-2',
          listeners: [],
        },
      ],
    },
  },
  'guard-not-owned': { instance: outside({ tags: { [POOL_TAG]: 'other' } }), steps: [remove] },
  'guard-still-serving': { instance: { tags: retired('scale-in') }, steps: [remove] },
  'guard-maximum': { policy: aScaledPolicy({ max: 4 }), steps: [launch] },
  'guard-duplicate': { steps: [launch, { ...launch, stepId: 'm', instanceId: 'm' }] },
};

function reasonsOf({ instance, more, policy = aScaledPolicy(), steps }: Row): readonly string[] {
  const pool = aScaledPool(
    { ...(instance === undefined ? {} : { 'i-0': instance }), ...crowd },
    more,
  );
  const proposal = decide(pool, policy);
  expect(JSON.parse(JSON.stringify(proposal))).toStrictEqual(proposal);
  if (steps !== undefined)
    return guard({ ...proposal, steps }, pool, policy).withheld.map(({ rule }) => rule);
  return [
    ...proposal.steps.map(({ reason }) => reason),
    ...proposal.alerts.map(({ reason }) => reason),
    ...(proposal.scale?.stages ?? []).flatMap(({ reason }) => reason ?? []),
  ];
}

describe('every reason for what happens to an instance', () => {
  it.each(Object.entries(ROWS))('%s', (reason, row) => {
    expect(reasonsOf(row)).toContain(reason);
  });

  it('is given only where it holds', () => {
    const quiet = reasonsOf({});
    expect(quiet).toEqual([]);
    expect(Object.keys(ROWS)).toEqual(Object.keys(INSTANCE_REASONS));
  });
});
