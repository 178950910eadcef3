import { type LaunchCircumstances } from '../../shared/decide/scale/plan-launch';
import { type Entry } from '../../shared/decide/scale/roster';
import { type OwnedInstance } from '../../shared/domain/capacity';
import { LAUNCH_TAG, POOL_TAG } from '../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../shared/domain/policy';
import { missing } from '../../shared/domain/reading';
import {
  EMPTY_SCALE_MEMORY,
  type LaunchAttempt,
  type LaunchMemory,
  type ScaleMemory,
} from '../../shared/domain/scale-memory';
import {
  type LaunchOption,
  type LaunchPolicy,
  type ScalePolicy,
} from '../../shared/domain/scale-policy';
import { aPolicy, aPool, NOW, secondsAgo } from './builders';
import * as capacity from './capacity';

export { aCapacity } from './capacity';

/** A pay-as-you-go option of the type that built backends have; its name is its zone’s letter. */
export const anOption = (name: string, parts: Partial<LaunchOption> = {}): LaunchOption => ({
  name,
  zoneId: `cn-hangzhou-${name}`,
  vSwitchId: `vsw-${name}`,
  instanceType: 'ecs.g7.xlarge',
  chargeType: 'pay-as-you-go',
  spotPriceMax: null,
  weight: null,
  ...parts,
});

export interface ScaleParts extends Partial<Omit<ScalePolicy, 'launch'>> {
  readonly launch?: Partial<LaunchPolicy>;
}

/** The documented defaults with the options h and i, 2 to 100 instances; see `aScalePolicy` in `capacity.ts`. */
export function aScalePolicy({ launch, ...parts }: ScaleParts = {}): ScalePolicy {
  const policy = capacity.aScalePolicy(parts);
  const options = [anOption('h'), anOption('i')];
  return { ...policy, launch: { ...policy.launch, options, ...launch } };
}

/** A pool’s policy with scaling. */
export const aScaledPolicy = (parts: ScaleParts = {}): PoolPolicy => ({
  ...aPolicy(),
  scale: aScalePolicy(parts),
});

export interface OwnedParts extends Partial<Omit<OwnedInstance, 'facts'>> {
  readonly facts?: Partial<OwnedInstance['facts']>;
}

/** Runs for an hour, carries the tag of the built pool, and nobody has probed it or counted its connections. */
export function anOwnedInstance(instanceId: string, parts: OwnedParts = {}): OwnedInstance {
  const { facts, ...rest } = parts;
  return {
    instanceId,
    probe: missing('never-observed'),
    connections: missing('no-datapoint'),
    ...rest,
    facts: {
      status: 'Running',
      instanceType: 'ecs.g7.xlarge',
      zoneId: 'cn-hangzhou-h',
      cpuCount: 4,
      address: '10.0.0.1',
      isSpot: false,
      locks: [],
      tags: { [POOL_TAG]: 'web' },
      createdAt: secondsAgo(3600),
      chargeType: 'pay-as-you-go',
      templateVersion: 1,
      isDeletionProtected: false,
      isStoppedEconomically: false,
      ...facts,
    },
  };
}

export type EntryParts = Partial<Omit<Entry, 'facts'>> & Pick<OwnedParts, 'facts'>;

/** One line of the roster as it would be called: an owned instance that serves, unless said otherwise. */
export function anEntry(instanceId: string, parts: EntryParts = {}): Entry {
  const { facts = {}, ...rest } = parts;
  const owned = rest.owned === undefined ? anOwnedInstance(instanceId, { facts }) : rest.owned;
  return {
    instanceId,
    stage: 'serving',
    owned,
    backend: null,
    verdict: null,
    facts: owned?.facts ?? null,
    isOurs: true,
    isProtected: false,
    retire: null,
    memory: {
      firstSeenAt: secondsAgo(3600),
      weightZeroAt: null,
      registeredAt: null,
      putToUseAt: null,
    },
    launchedAt: secondsAgo(3600),
    ...rest,
  };
}

/** Instances that a launch brought, by its tag. */
export const anArrival = (instanceId: string, operationId: string): Entry =>
  anEntry(instanceId, {
    stage: 'starting',
    facts: { status: 'Starting', tags: { [POOL_TAG]: 'web', [LAUNCH_TAG]: operationId } },
  });

/** Known for a day, with nothing under way. */
export const aScaleMemory = (parts: Partial<ScaleMemory> = {}): ScaleMemory => ({
  ...EMPTY_SCALE_MEMORY,
  knownSince: secondsAgo(86_400),
  ...parts,
});

export const anAttempt = (parts: Partial<LaunchAttempt> = {}): LaunchAttempt => ({
  option: 'h',
  clientToken: 'launch-1-0',
  count: 2,
  state: 'open',
  code: null,
  instanceIds: [],
  ...parts,
});

/** A launch of two, asked for half a minute ago, whose only call is not answered. */
export const aLaunch = (parts: Partial<LaunchMemory> = {}): LaunchMemory => ({
  operationId: 'launch-1',
  count: 2,
  reason: 'scale-out-metric',
  requestedAt: secondsAgo(30),
  attempts: [anAttempt()],
  arrived: [],
  lost: [],
  ...parts,
});

export interface LaunchParts {
  readonly scale?: ScaleParts;
  readonly memory?: Partial<ScaleMemory>;
  readonly roster?: readonly Entry[];
  readonly now?: number;
}

/** What a launch is planned from: an empty pool unless said otherwise. */
export function launchCircumstances(parts: LaunchParts = {}): LaunchCircumstances {
  const policy = aScaledPolicy(parts.scale);
  return {
    pool: aPool({ backends: [], takenAt: (parts.now ?? NOW) as typeof NOW }),
    policy,
    scale: policy.scale ?? aScalePolicy(parts.scale),
    memory: aScaleMemory(parts.memory),
    roster: parts.roster ?? [],
  };
}
