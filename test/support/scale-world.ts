import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { type ScalePolicy } from '../../shared/domain/scale-policy';
import { millis, permille } from '../../shared/domain/units';
import { DEFAULT_PROBE } from '../../shared/domain/heal-defaults';
import { aScalePolicy } from './capacity';
import { createWorld, type World, type WorldOptions } from './in-process-world';

/** A world whose load is shared by whoever has weight, and whose ECS launches more. */
export interface ScaleWorld extends World {
  /** vCPUs that the load keeps busy, over all instances together. */
  demand: number;
  /** One wake-up a minute by the timer, each watching as the policy says, for so many minutes. */
  readonly live: (minutes: number) => Promise<void>;
  /** Instances that take traffic. */
  readonly serving: () => readonly string[];
  /** Instances that exist at all, by status. */
  readonly existing: (status?: string) => readonly string[];
}

export const TEMPLATE = {
  name: 'web',
  id: 'lt-web',
  parameters: { ImageId: 'local_image', SecurityGroupId: 'sg-vpc-local' },
} as const;

const option = (name: string): ScalePolicy['launch']['options'][number] => ({
  name,
  zoneId: `cn-hangzhou-${name}`,
  vSwitchId: `vsw-vpc-local-${name}`,
  instanceType: 'ecs.c7.large',
  chargeType: 'pay-as-you-go',
  spotPriceMax: null,
  weight: null,
});

export function aWorldScalePolicy(parts: Partial<ScalePolicy> = {}): ScalePolicy {
  const base = aScalePolicy();
  return {
    ...base,
    min: 2,
    max: 12,
    launch: { ...base.launch, templateId: TEMPLATE.id, options: [option('a'), option('b')] },
    ...parts,
  };
}

const VCPUS = 2;

/** `count` instances of two vCPUs, owned by the pool unless `isOwned` says otherwise; CPU follows `demand`. */
export async function createScaleWorld(
  options: Partial<WorldOptions> & {
    readonly scale?: Partial<ScalePolicy>;
    readonly isOwned?: (index: number) => boolean;
    readonly demand?: number;
  } = {},
): Promise<ScaleWorld> {
  const { scale = {}, isOwned = () => true, demand = 4, ...rest } = options;
  let world: ScaleWorld | null = null;
  let known: { readonly at: number; readonly serving: ReadonlySet<string> } | null = null;
  // Asked for every instance at once: the answer stands for the instant.
  const servingNow = (): ReadonlySet<string> => {
    if (world === null) return new Set();
    const at = world.clock.now();
    if (known?.at !== at) known = { at, serving: new Set(world.serving()) };
    return known.serving;
  };
  const base = await createWorld({
    count: 4,
    ...rest,
    policy: {
      watch: 'unsteady',
      scale: aWorldScalePolicy(scale),
      ...rest.policy,
      heal: {
        probe: { path: '/', ...DEFAULT_PROBE },
        slowStart: { steps: 3, durationMs: millis(30_000), firstShare: permille(200) },
        ...rest.policy?.heal,
      },
    },
    tagsOf: (index) => (isOwned(index) ? { [POOL_TAG]: 'web' } : {}),
    ecsSettings: {
      launchTemplates: [TEMPLATE],
      bootTimes: {
        pending: { minMs: 1000, maxMs: 2000 },
        running: { minMs: 15_000, maxMs: 20_000 },
        guest: { minMs: 5000, maxMs: 5000 },
        service: { minMs: 10_000, maxMs: 20_000 },
      },
      ...rest.ecsSettings,
    },
    usageOf: (instanceId) => {
      const serving = servingNow();
      const share = serving.has(instanceId) ? (world?.demand ?? 0) / serving.size : 0;
      return {
        cpuPercent: Math.min(100, (share * 100) / VCPUS),
        connections: Math.round(share * 50),
      };
    },
  });
  const built: ScaleWorld = Object.assign(base, {
    demand,
    serving: (): readonly string[] => [
      ...new Set(
        Object.entries(base.weights())
          .filter(([, weight]) => weight > 0)
          .map(([place]) => place.split('/')[1] ?? ''),
      ),
    ],
    existing: (status?: string): readonly string[] =>
      base.region.ecs
        .visible()
        .filter((instance) => status === undefined || instance.status === status)
        .map(({ instanceId }) => instanceId),
    live: async (minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        const endAt = base.clock.now() + 60_000;
        await base.work({ mayWatch: true, spanMs: 55_000 });
        await base.pass(Math.max(0, endAt - base.clock.now()));
      }
    },
  });
  world = built;
  return built;
}
