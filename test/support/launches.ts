import { type Parameters } from '../../infra/local/contracts';
import { type LocalEcs } from './local-ecs';
import { callAction, type Row } from './wire';

/** A launch of one ecs.c7.large in the first zone. */
export const A_LAUNCH: Parameters = {
  RegionId: 'cn-hangzhou',
  ImageId: 'local_image',
  InstanceType: 'ecs.c7.large',
  SecurityGroupId: 'sg-vpc-local',
  VSwitchId: 'vsw-vpc-local-a',
};

/** Ids of a launch that differs from `A_LAUNCH` in these parameters. */
export const launched = async (
  { service }: LocalEcs,
  more: Parameters = {},
): Promise<readonly string[]> =>
  (await callAction(service, 'RunInstances', { ...A_LAUNCH, ...more })).value(
    'InstanceIdSets.InstanceIdSet',
  ) as readonly string[];

/** What DescribeInstances shows. */
export const shown = async (
  { service }: LocalEcs,
  parameters: Parameters = {},
): Promise<readonly Row[]> =>
  (await callAction(service, 'DescribeInstances', { MaxResults: '100', ...parameters })).rows(
    'Instances.Instance',
  );

/** One instance as DescribeInstances shows it; undefined when it does not. */
export const shownOne = async (ecs: LocalEcs, instanceId: string): Promise<Row | undefined> =>
  (await shown(ecs, { InstanceIds: JSON.stringify([instanceId]) }))[0];

/** States that were announced of an instance, in order. */
export const statesOf = ({ events }: LocalEcs, instanceId: string): readonly unknown[] =>
  events
    .filter((event) => event.name === 'Instance:StateChange' && event.instanceId === instanceId)
    .map(({ content }) => content['state']);
