import { DescribeInstanceHistoryEventsRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstanceHistoryEventsRequest';
import { DescribeInstancesFullStatusRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstancesFullStatusRequest';
import { type SystemEvent, type SystemEventKind } from '../../domain/pool';
import { type Instant, instant } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls, instanceIdOf, INSTANCES_PER_CALL } from './ecs-calls';
import { locksOf } from './ecs-instances';
import { allPages, chunks, type Fields, fieldsAt, listAt, optionalListAt, textAt } from './reply';

/** Vendor event types, without their `Instance:` prefix, by what they mean to a healer. The first fitting prefix counts. */
const KINDS: readonly (readonly [string, SystemEventKind])[] = [
  ['PreemptibleInstanceInterruption', 'spot-reclaim'],
  ['SystemMaintenance.RebootAndIsolateErrorDisk', 'scheduled-reboot'],
  ['SystemMaintenance.Reboot', 'scheduled-reboot'],
  ['SystemMaintenance.Stop', 'scheduled-stop'],
  ['InstanceExpiration.', 'scheduled-stop'],
  ['AccountUnbalanced.', 'scheduled-stop'],
  ['SystemMaintenance.', 'scheduled-redeploy'],
  ['SystemFailure.', 'system-failure'],
  ['InstanceFailure.', 'instance-failure'],
];

const STATUSES: readonly SystemEvent['status'][] = ['Scheduled', 'Inquiring', 'Executing'];

const kindOf = (type: string): SystemEventKind | undefined =>
  KINDS.find(([prefix]) => type.replace(/^Instance:/, '').startsWith(prefix))?.[1];

function instantAt(fields: Fields, name: string): Instant | null {
  const value = Date.parse(textAt(fields, name));
  return Number.isNaN(value) ? null : instant(value);
}

/** One entry of `DescribeInstancesFullStatus` or `DescribeInstanceHistoryEvents`; null for finished events and kinds that do not matter. */
function systemEvent(entry: Fields): SystemEvent | null {
  const kind = kindOf(textAt(fieldsAt(entry, 'EventType'), 'Name'));
  const status = STATUSES.find(
    (name) => name === textAt(fieldsAt(entry, 'EventCycleStatus'), 'Name'),
  );
  if (kind === undefined || status === undefined) return null;
  return {
    eventId: textAt(entry, 'EventId'),
    kind,
    status,
    notBefore: instantAt(entry, 'NotBefore'),
  };
}

/** The lock `Recycling` announces that a spot instance is reclaimed within about five minutes; it has no event id of its own. */
const recyclingEvent = (instanceId: string): SystemEvent => ({
  eventId: `recycling-${instanceId}`,
  kind: 'spot-reclaim',
  status: 'Executing',
  notBefore: null,
});

type InstanceEvent = readonly [string, SystemEvent];

function instanceEvent(instanceId: string, entry: Fields): readonly InstanceEvent[] {
  const event = systemEvent(entry);
  return event === null ? [] : [[instanceId, event]];
}

/** Scheduled and inquiring events. */
async function announcedEvents(
  calls: EcsCalls,
  batch: readonly string[],
  options: CallOptions,
): Promise<readonly InstanceEvent[]> {
  const action = 'DescribeInstancesFullStatus';
  const model = new DescribeInstancesFullStatusRequest({
    regionId: calls.regionId,
    instanceId: [...batch],
    pageNumber: 1,
    pageSize: INSTANCES_PER_CALL,
  });
  const reply = await calls.call(action, model, options);
  return listAt(action, reply, 'InstanceFullStatusSet', 'InstanceFullStatusType').flatMap(
    (status) =>
      optionalListAt(status, 'ScheduledSystemEventSet', 'ScheduledSystemEventType').flatMap(
        (entry) => instanceEvent(instanceIdOf(action, status), entry),
      ),
  );
}

interface HistoryFilter {
  readonly instanceEventCycleStatus: string[];
  readonly instanceEventType?: string[];
}

async function historyEvents(
  calls: EcsCalls,
  batch: readonly string[],
  filter: HistoryFilter,
  options: CallOptions,
): Promise<readonly Fields[]> {
  const action = 'DescribeInstanceHistoryEvents';
  const pages = await allPages((nextToken) => {
    const model = new DescribeInstanceHistoryEventsRequest({
      regionId: calls.regionId,
      resourceType: 'instance',
      resourceId: [...batch],
      ...filter,
      maxResults: INSTANCES_PER_CALL,
      nextToken,
    });
    return calls.call(action, model, options);
  });
  return pages.flatMap((page) =>
    listAt(action, page, 'InstanceSystemEventSet', 'InstanceSystemEventType'),
  );
}

/** Executing events: the full status leaves them out. */
async function executingEvents(
  calls: EcsCalls,
  batch: readonly string[],
  options: CallOptions,
): Promise<readonly InstanceEvent[]> {
  const executing = { instanceEventCycleStatus: ['Executing'] };
  const entries = await historyEvents(calls, batch, executing, options);
  return entries.flatMap((entry) =>
    instanceEvent(instanceIdOf('DescribeInstanceHistoryEvents', entry), entry),
  );
}

/** A creation that was accepted and failed later: the id vanishes from every list, and only this event tells. */
const FAILED_CREATION: HistoryFilter = {
  instanceEventType: ['SystemFailure.Delete'],
  instanceEventCycleStatus: ['Executing', 'Executed'],
};

/** Those of the ids whose creation failed, each once. */
export async function readFailedLaunches(
  calls: EcsCalls,
  instanceIds: readonly string[],
  options: CallOptions,
): Promise<readonly string[]> {
  const found = await Promise.all(
    chunks(instanceIds, INSTANCES_PER_CALL).map((batch) =>
      historyEvents(calls, batch, FAILED_CREATION, options),
    ),
  );
  const failed = new Set(
    found.flat().map((entry) => instanceIdOf('DescribeInstanceHistoryEvents', entry)),
  );
  return instanceIds.filter((id) => failed.has(id));
}

async function reclaimedInstances(
  calls: EcsCalls,
  instanceIds: readonly string[],
  options: CallOptions,
): Promise<readonly InstanceEvent[]> {
  const locked = await calls.instances(instanceIds, { lockReason: 'Recycling' }, options);
  return locked
    .filter((entry) => locksOf(entry).includes('Recycling'))
    .map((entry) => instanceIdOf('DescribeInstances', entry))
    .map((id) => [id, recyclingEvent(id)]);
}

/** Announced and executing events by instance, each event once; instances without any are absent. */
export async function readEvents(
  calls: EcsCalls,
  instanceIds: readonly string[],
  options: CallOptions,
): Promise<ReadonlyMap<string, readonly SystemEvent[]>> {
  const batches = chunks(instanceIds, INSTANCES_PER_CALL);
  const found = await Promise.all([
    ...batches.map((batch) => announcedEvents(calls, batch, options)),
    ...batches.map((batch) => executingEvents(calls, batch, options)),
    reclaimedInstances(calls, instanceIds, options),
  ]);
  const events = new Map<string, Map<string, SystemEvent>>();
  for (const [instanceId, event] of found.flat()) {
    const known = events.get(instanceId) ?? new Map<string, SystemEvent>();
    events.set(instanceId, known.set(event.eventId, event));
  }
  return new Map([...events].map(([id, byEventId]) => [id, [...byEventId.values()]]));
}
