import { type NewLaunchTemplate } from '../local/ecs/launch-templates';

/** The launch template that every rehearsed region has. */
export const LAUNCH_TEMPLATE: NewLaunchTemplate = {
  name: 'web',
  id: 'lt-web',
  parameters: { ImageId: 'local_image', SecurityGroupId: 'sg-vpc-local' },
};

export interface ScaleWish {
  readonly min: number;
  readonly max: number;
  /** Further parts of the section, over the launch options here: two zones, pay-as-you-go. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The `scale` section of a rehearsed pool: `a` is the best option, `b` the next. */
export const scaleSection = (
  { min, max, more = {} }: ScaleWish,
  regionId = 'cn-local',
): Readonly<Record<string, unknown>> => ({
  min,
  max,
  launch: launchSection(regionId),
  ...more,
});

/** The `launch` section: one type, two vCPU by default, in zone a, else in zone b. */
export const launchSection = (
  regionId = 'cn-local',
  instanceType = 'ecs.c7.large',
): Readonly<Record<string, unknown>> => ({
  template: LAUNCH_TEMPLATE.id,
  options: ['a', 'b'].map((name) => ({
    name,
    zone: `${regionId}-${name}`,
    vSwitch: `vsw-vpc-local-${name}`,
    instanceType,
  })),
});
