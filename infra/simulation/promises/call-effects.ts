import {
  type CloudCall,
  type GroupTruth,
  type InstanceTruth,
  type PoolTruth,
  type RecordTruth,
  type WorldView,
} from '../history';

import { worldAt } from './one-look';

/** A member whose weight a call changed; null for not being a member. */
export interface WeightChange {
  readonly group: GroupTruth;
  readonly instanceId: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** Ours, and it changed the world. */
export const isOurWrite = (call: CloudCall): boolean => call.who === 'ours' && call.isEffective;

/** The pool that a target belongs to, and its group as it is now; null when it is no pool's. */
export function groupNow(
  world: WorldView,
  regionId: string,
  targetKey: string,
): { readonly pool: PoolTruth; readonly group: GroupTruth } | null {
  for (const pool of poolsIn(world, regionId)) {
    const group = pool.groups.find((each) => each.targetKey === targetKey);
    if (group !== undefined) return { pool, group };
  }
  return null;
}

export const poolsIn = (world: WorldView, regionId: string): readonly PoolTruth[] =>
  world.pools.map((name) => world.pool(name)).filter(({ policy }) => policy.regionId === regionId);

const known = new WeakMap<CloudCall, readonly WeightChange[]>();

/** Members whose weight is another one after the call than before, with those that came or went; asked for while the call is told, by many. */
export function weightChanges(call: CloudCall): readonly WeightChange[] {
  const changes = known.get(call) ?? changesBy(call);
  known.set(call, changes);
  return changes;
}

const changesBy = (call: CloudCall): readonly WeightChange[] =>
  call.before.groups.flatMap((group) => {
    const now = groupNow(worldAt(call), call.regionId, group.targetKey)?.group;
    return now === undefined ? [] : changesBetween(group, now);
  });

function changesBetween(group: GroupTruth, now: GroupTruth): readonly WeightChange[] {
  const [was, is] = [weightsIn(group), weightsIn(now)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((instanceId) => ({
      ...{ group, instanceId },
      before: was.get(instanceId) ?? null,
      after: is.get(instanceId) ?? null,
    }))
    .filter(({ before, after }) => before !== after);
}

const weightsIn = ({ members }: GroupTruth): ReadonlyMap<string, number> =>
  new Map(members.map(({ instanceId, weight }) => [instanceId, weight]));

/** Takes traffic away: a lower weight, or out of the group with a weight. */
export const isLowered = ({ before, after }: WeightChange): boolean =>
  before !== null && before > (after ?? 0);

/** Instances that a call is about, by its own words: `InstanceId`, `InstanceId.1`, `ResourceId.1`. */
export function instancesNamed({ parameters }: CloudCall): readonly string[] {
  return Object.entries(parameters)
    .filter(([key]) => /^(InstanceId|ResourceId)(\.\d+)?$/u.test(key))
    .flatMap(([, value]) => (value.startsWith('[') ? (JSON.parse(value) as string[]) : [value]));
}

/** Tags that a call writes, as `Tag.1.Key` and `Tag.1.Value` say. */
export function tagsIn({ parameters }: CloudCall): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(parameters)) {
    const index = /^Tag\.(?<index>\d+)\.Key$/u.exec(key)?.groups?.['index'];
    if (index !== undefined) found.set(value, parameters[`Tag.${index}.Value`] ?? '');
  }
  return found;
}

/** Instances that a call touches: those it names, and those whose weight or membership it changes. */
export function instancesTouched(call: CloudCall): readonly string[] {
  const changed = weightChanges(call).map(({ instanceId }) => instanceId);
  return [...new Set([...instancesNamed(call), ...changed])];
}

/** An instance as it was right before the call, else as it is now; null when there is none. */
export const instanceBefore = (call: CloudCall, instanceId: string): InstanceTruth | null =>
  call.before.instances.find((each) => each.instanceId === instanceId) ??
  worldAt(call).instance(call.regionId, instanceId);

export interface RecordChange {
  readonly name: string;
  readonly before: RecordTruth;
  readonly after: RecordTruth;
}

/** Records of names that a call changed. */
export function recordChanges({ before, world }: CloudCall): readonly RecordChange[] {
  return world.names.flatMap((name) => {
    const now = world.name(name).records;
    return before.records.flatMap((record): readonly RecordChange[] => {
      const after = now.find(({ recordId }) => recordId === record.recordId);
      return after === undefined || isSameRecord(record, after)
        ? []
        : [{ name, before: record, after }];
    });
  });
}

const isSameRecord = (one: RecordTruth, other: RecordTruth): boolean =>
  one.isEnabled === other.isEnabled && one.weight === other.weight && one.remark === other.remark;
