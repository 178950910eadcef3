import { type LoggedRequest } from '../../infra/local/openapi/request-log';
import { POOL_NAME, type Side } from '../../infra/rehearsal/start-side';
import { healTag } from '../../shared/domain/heal-tag';
import { type SetWeightStep } from '../../shared/domain/proposal';
import { type Tick } from '../../shared/domain/tick';

/** Weights of the pool's group as the region has them, in the order of the pool's instances; undefined for one that has left. */
export function weightsOf({ region, pool }: Side): readonly (number | undefined)[] {
  const members = region.slb.backends({ kind: 'group', groupId: pool.serverGroupId });
  return pool.instanceIds.map((id) => members.find(({ serverId }) => serverId === id)?.weight);
}

export const weightOf = (side: Side, index: number): number | undefined => weightsOf(side)[index];

/** The ejection written on the instance. */
export const healTagOf = ({ region, pool }: Side, index: number): string | undefined =>
  region.ecs.demand(pool.instanceIds[index]!).tags.get(healTag(POOL_NAME));

/** Calls that change something, made by the functions: they come with credentials of their own. */
export const writesOf = ({ region }: Side): readonly LoggedRequest[] =>
  region.requestLog
    .find()
    .filter(
      ({ action, accessKeyId }) =>
        !/^(Describe|List|PutCustomMetric)/.test(action) && accessKeyId !== region.accessKeyId,
    );

/** The weights that the region was told for one instance, oldest first, whether it took them or not. */
export const weightsSentTo = (side: Side, index: number): readonly number[] =>
  writesOf(side)
    .filter(({ action }) => action === 'SetVServerGroupAttribute')
    .flatMap(
      ({ parameters }) =>
        JSON.parse(parameters['BackendServers'] ?? '[]') as readonly {
          readonly ServerId: string;
          readonly Weight: number;
        }[],
    )
    .filter(({ ServerId }) => ServerId === side.pool.instanceIds[index])
    .map(({ Weight }) => Weight);

export interface Deed {
  readonly tick: Tick;
  readonly step: SetWeightStep;
}

/** Planned weight steps of one instance, oldest first. */
export async function deedsOn(side: Side, index: number): Promise<readonly Deed[]> {
  const id = side.pool.instanceIds[index];
  return (await side.ticks()).flatMap((tick) =>
    tick.plan.steps.flatMap((step) =>
      step.kind === 'set-weight' && step.instanceId === id ? [{ tick, step }] : [],
    ),
  );
}

/** How often the functions have looked at the pool. */
export const looksAt = ({ region }: Side): number =>
  region.requestLog.find({ action: 'DescribeHealthStatus' }).length;

export interface AlertLine {
  readonly key: string;
  readonly reason: string;
  readonly message: string;
}

/** Alerts in the logs of the invocations that have ended. */
export const alertsIn = ({ invocations }: Side): readonly AlertLine[] =>
  invocations
    .flatMap(({ lines }) => lines)
    .filter((line) => line.includes('"alert":true'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as AlertLine);
