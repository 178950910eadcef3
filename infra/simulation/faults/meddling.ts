import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import { instant } from '../../../shared/domain/units';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { type Dice } from '../dice';
import { type FaultKind } from '../fault-kinds';
import { type RegionWorld } from '../region-world';
import { type Field, type Inject, minutes } from './field';

type Someone = 'person' | 'other-tool';

const NO_DEADLINE = { deadline: instant(Number.MAX_SAFE_INTEGER) };
const SLB = '2014-05-15';
const ECS = '2014-05-26';
const ALIDNS = '2015-01-09';

/** Somebody calls the cloud as everybody may; what is refused is refused. */
const sendTo = (field: Field, world: RegionWorld, who: Someone, request: RpcRequest): void => {
  if (world.isDark) return;
  field
    .rpcOf(world, who)
    .call(request, NO_DEADLINE)
    .catch(() => undefined);
};

/** A weight is set in every group of the pool, as whoever is at the console would. */
const setsWeight =
  (kind: FaultKind, who: Someone): Inject =>
  (field, dice) => {
    const { world, pool } = field.place(dice);
    const { hasGroups } = pool.wish;
    const [first] = pool.targets;
    const members = first === undefined ? [] : world.groupTruth(first).members;
    if (members.length === 0) return;
    const { instanceId } = dice.pick(members);
    const weight = dice.pick([0, 1, 20, 50, 80, 100]);
    for (const { loadBalancerId, serverGroupId } of pool.targets) {
      const server = { ServerId: instanceId, Weight: weight, ...(hasGroups && { Port: 8080 }) };
      const query = { RegionId: world.regionId, BackendServers: JSON.stringify([server]) };
      sendTo(field, world, who, {
        ...{ product: 'Slb', version: SLB },
        action: hasGroups ? 'SetVServerGroupAttribute' : 'SetBackendServers',
        query: hasGroups
          ? { ...query, VServerGroupId: serverGroupId }
          : { ...query, LoadBalancerId: loadBalancerId },
      });
    }
    field.tell(kind, world.regionId, `${instanceId} ${weight}`);
  };

/** Before a person tries again what could not be done. */
const AGAIN_MS = 60_000;

/** A person protects an instance for as long as they look at it, and lets go of it however often that takes to get through. */
const protects: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found === null || found.instance.tags.has(PROTECTED_TAG)) return;
  const { world, instance } = found;
  const { instanceId } = instance;
  const target = { RegionId: world.regionId, ResourceType: 'instance', ResourceId: [instanceId] };
  const change = (action: string, tags: object): void =>
    sendTo(field, world, 'person', {
      ...{ product: 'Ecs', version: ECS, action },
      query: { ...target, ...tags },
    });
  change('TagResources', { Tag: [{ Key: PROTECTED_TAG, Value: 'by hand' }] });
  field.tell('person-tag', world.regionId, instanceId);
  const letGo = (): void => {
    if (world.isDark) field.until(AGAIN_MS, letGo);
    else change('UntagResources', { TagKey: [PROTECTED_TAG] });
  };
  field.until(minutes(dice, 3, 30), letGo);
};

/** A person reboots an instance, or stops it and starts it again some time later, however often that takes to get through. */
const handlesInstance: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found?.instance.status !== 'Running') return;
  const { world, instance } = found;
  const { instanceId } = instance;
  const send = (action: string): void =>
    sendTo(field, world, 'person', {
      ...{ product: 'Ecs', version: ECS, action },
      query: { RegionId: world.regionId, InstanceId: [instanceId] },
    });
  const action = dice.pick(['RebootInstances', 'StopInstances']);
  send(action);
  field.tell('person-instance', world.regionId, `${action} ${instanceId}`);
  if (action === 'RebootInstances') return;
  const startAgain = (): void => {
    const status = world.region.ecs.find(instanceId)?.status;
    if (world.isDark || status === 'Stopping') field.until(AGAIN_MS, startAgain);
    else if (status === 'Stopped') send('StartInstances');
  };
  field.until(minutes(dice, 3, 20), startAgain);
};

/** Another tool puts an instance of its own behind the pool’s load balancers, or takes a member out. */
const handlesMembers: Inject = (field, dice) => {
  const { world, pool } = field.place(dice);
  const [first] = pool.targets;
  if (world.isDark || first === undefined) return;
  const isAdding = dice.happens(500);
  const act = async (): Promise<void> => {
    const serverId = isAdding
      ? await world.region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true })
      : dice.pick(world.groupTruth(first).members).instanceId;
    for (const target of pool.targets)
      changeMember(field, dice, { world, serverId, isAdding, target });
  };
  if (!isAdding && world.groupTruth(first).members.length < 2) return;
  field.tell('tool-instance', world.regionId, isAdding ? 'adds a member' : 'takes a member out');
  void act();
};

function changeMember(
  field: Field,
  dice: Dice,
  change: {
    readonly world: RegionWorld;
    readonly serverId: string;
    readonly isAdding: boolean;
    readonly target: { readonly loadBalancerId: string; readonly serverGroupId: string };
  },
): void {
  const { world, serverId, isAdding, target } = change;
  const hasGroup = target.serverGroupId !== 'default';
  const verb = isAdding ? 'Add' : 'Remove';
  const server = {
    ServerId: serverId,
    ...(isAdding && { Weight: dice.pick([50, 100]) }),
    ...(hasGroup && { Port: 8080 }),
  };
  sendTo(field, world, 'other-tool', {
    ...{ product: 'Slb', version: SLB },
    action: hasGroup ? `${verb}VServerGroupBackendServers` : `${verb}BackendServers`,
    query: {
      RegionId: world.regionId,
      BackendServers: JSON.stringify([server]),
      ...(hasGroup
        ? { VServerGroupId: target.serverGroupId }
        : { LoadBalancerId: target.loadBalancerId }),
    },
  });
}

/** Somebody pauses or enables a record, or writes a remark on it. */
const handlesRecord =
  (kind: FaultKind, who: Someone): Inject =>
  (field, dice) => {
    const { view, regions } = field.cosmos;
    const records = view.names.flatMap((name) => view.name(name).records);
    const world = [...regions.values()].find(({ isDark }) => !isDark);
    if (records.length === 0 || world === undefined) return;
    const { recordId, isEnabled } = dice.pick(records);
    const isRemark = dice.happens(300);
    sendTo(field, world, who, {
      ...{ product: 'Alidns', version: ALIDNS },
      action: isRemark ? 'UpdateDomainRecordRemark' : 'SetDomainRecordStatus',
      query: isRemark
        ? { RecordId: recordId, Remark: dice.pick(['', 'mine', 'evenkeel:paused:other']) }
        : { RecordId: recordId, Status: isEnabled ? 'Disable' : 'Enable' },
    });
    field.tell(kind, world.regionId, recordId);
  };

export const MEDDLING: Readonly<Partial<Record<FaultKind, Inject>>> = {
  'person-weight': setsWeight('person-weight', 'person'),
  'person-tag': protects,
  'person-instance': handlesInstance,
  'person-record': handlesRecord('person-record', 'person'),
  'tool-weight': setsWeight('tool-weight', 'other-tool'),
  'tool-instance': handlesMembers,
  'tool-record': handlesRecord('tool-record', 'other-tool'),
};
