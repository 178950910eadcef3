import { type LocalInstanceStatus, type Parameters, VendorError } from '../contracts';
import {
  clampedNumber,
  listOf,
  pageByNumber,
  pageByToken,
  requiredText,
} from '../request-parameters';
import { secondText } from '../time-text';
import { type EcsModel } from './ecs-model';
import { byIdList } from './instance-filter';
import { type LocalInstance } from './local-instance';
import {
  CYCLE_CODES,
  isFinal,
  DRILL_EVENT_TYPES,
  type SystemEventRecord,
  typeCode,
} from './system-events';

/** Numbers that go with the names; that of `Running` is published, the rest are ours. */
const STATUS_CODES: Readonly<Record<LocalInstanceStatus, number>> = {
  Pending: 0,
  Running: 1,
  Starting: 2,
  Stopping: 3,
  Stopped: 4,
};
const HEALTH_CODES = { Ok: 0, Initializing: 1, Maintaining: 2, NotApplicable: 3 } as const;

const page = (
  parameters: Parameters,
  sizeMax: number,
): { readonly number: number; readonly size: number } => ({
  number: clampedNumber(parameters, 'PageNumber', {
    fallback: 1,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  }),
  size: clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: sizeMax }),
});

/** `DescribeInstanceStatus`: the cheapest status poll, at most 50 a page. */
export function describeInstanceStatus(model: EcsModel, parameters: Parameters): object {
  const zoneId = parameters['ZoneId'];
  const found = model
    .visible()
    .filter(byIdList(parameters))
    .filter((instance) => zoneId === undefined || instance.zoneId === zoneId);
  const { number, size } = page(parameters, 50);
  const rows = pageByNumber(found, number, size).map(({ instanceId, status }) => ({
    InstanceId: instanceId,
    Status: status,
  }));
  return {
    TotalCount: found.length,
    PageNumber: number,
    PageSize: size,
    InstanceStatuses: { InstanceStatus: rows },
  };
}

const healthOf = (instance: LocalInstance): keyof typeof HEALTH_CODES => {
  if (instance.status === 'Stopped' || instance.status === 'Stopping') return 'NotApplicable';
  return instance.isGuestUp ? 'Ok' : 'Initializing';
};

const describeEvent = (record: SystemEventRecord): object => ({
  EventId: record.eventId,
  EventType: { Code: typeCode(record.type), Name: record.type },
  EventCycleStatus: { Code: CYCLE_CODES[record.cycle], Name: record.cycle },
  EventPublishTime: secondText(record.publishedAt),
  NotBefore: secondText(record.notBefore),
  Reason: record.reason,
  ImpactLevel: '100',
  ExtendedAttribute: {},
});

const within = (parameters: Parameters, name: string, at: number): boolean => {
  const [start, end] = [parameters[`${name}.Start`], parameters[`${name}.End`]];
  return (
    (start === undefined || at >= Date.parse(start)) && (end === undefined || at <= Date.parse(end))
  );
};

/** The event filters that both calls share: ids, types and times. */
const eventFilter = (parameters: Parameters): ((record: SystemEventRecord) => boolean) => {
  const ids = listOf(parameters, 'EventId');
  const types = [
    ...listOf(parameters, 'InstanceEventType'),
    ...[parameters['EventType'] ?? ''].filter((type) => type !== ''),
  ];
  return (record) =>
    (ids.length === 0 || ids.includes(record.eventId)) &&
    (types.length === 0 || types.includes(record.type)) &&
    within(parameters, 'NotBefore', record.notBefore) &&
    within(parameters, 'EventPublishTime', record.publishedAt);
};

const filtersEvents = (parameters: Parameters): boolean =>
  Object.keys(parameters).some((key) =>
    /^(EventId|InstanceEventType|EventType|NotBefore|EventPublishTime)(\.|$)/.test(key),
  );

/** `DescribeInstancesFullStatus`: of system events only those scheduled or inquiring appear. */
export function describeInstancesFullStatus(model: EcsModel, parameters: Parameters): object {
  const matches = eventFilter(parameters);
  const rows = model
    .visible()
    .filter(byIdList(parameters))
    .map((instance) => ({
      instance,
      health: healthOf(instance),
      events: model
        .eventsOf(instance.instanceId)
        .filter((record) => ['Scheduled', 'Inquiring'].includes(record.cycle) && matches(record)),
    }))
    .filter(({ instance }) => (parameters['Status'] ?? instance.status) === instance.status)
    .filter(
      ({ health }) => (parameters['HealthStatus'] ?? health).toLowerCase() === health.toLowerCase(),
    )
    .filter(({ events }) => events.length > 0 || !filtersEvents(parameters));
  const { number, size } = page(parameters, 100);
  const described = pageByNumber(rows, number, size).map(({ instance, health, events }) => ({
    InstanceId: instance.instanceId,
    Status: { Code: STATUS_CODES[instance.status], Name: instance.status },
    HealthStatus: { Code: HEALTH_CODES[health], Name: health },
    ScheduledSystemEventSet: { ScheduledSystemEventType: events.map(describeEvent) },
  }));
  return {
    TotalCount: rows.length,
    PageNumber: number,
    PageSize: size,
    InstanceFullStatusSet: { InstanceFullStatusType: described },
  };
}

/** `DescribeInstanceHistoryEvents`: without `InstanceEventCycleStatus` only events that have ended. */
export function describeInstanceHistoryEvents(model: EcsModel, parameters: Parameters): object {
  const one = parameters['EventCycleStatus'];
  const cycles = [
    ...listOf(parameters, 'InstanceEventCycleStatus'),
    ...(one === undefined ? [] : [one]),
  ];
  const ids = [
    ...listOf(parameters, 'ResourceId'),
    ...listOf(parameters, 'InstanceId'),
    ...[parameters['InstanceId'] ?? ''].filter((id) => id !== ''),
  ];
  const matches = eventFilter(parameters);
  const found = model.systemEvents
    .all()
    .filter((record) => (cycles.length === 0 ? isFinal(record) : cycles.includes(record.cycle)))
    .filter((record) => (ids.length === 0 || ids.includes(record.instanceId)) && matches(record));
  const describe = (record: SystemEventRecord): object => ({
    ...describeEvent(record),
    InstanceId: record.instanceId,
    ResourceType: 'instance',
    ReasonCode: '',
    EventFinishTime: record.finishedAt === undefined ? '' : secondText(record.finishedAt),
  });
  return historyPage(parameters, found.map(describe));
}

const historyPage = (parameters: Parameters, rows: readonly object[]): object => {
  if ((parameters['MaxResults'] ?? parameters['NextToken'] ?? '') !== '') {
    const { items, nextToken } = pageByToken(
      rows,
      parameters['NextToken'],
      clampedNumber(parameters, 'MaxResults', { fallback: 10, min: 1, max: 100 }),
    );
    return { NextToken: nextToken, InstanceSystemEventSet: { InstanceSystemEventType: items } };
  }
  const { number, size } = page(parameters, 100);
  return {
    TotalCount: rows.length,
    PageNumber: number,
    PageSize: size,
    NextToken: '',
    InstanceSystemEventSet: { InstanceSystemEventType: pageByNumber(rows, number, size) },
  };
};

/** `CreateSimulatedSystemEvents`: a drill; the instance itself is left alone. */
export function createSimulatedSystemEvents(model: EcsModel, parameters: Parameters): object {
  const type = DRILL_EVENT_TYPES.find((known) => known === requiredText(parameters, 'EventType'));
  const notBefore = Date.parse(requiredText(parameters, 'NotBefore'));
  if (type === undefined)
    throw new VendorError(
      400,
      'InvalidParameter.EventType',
      'The specified EventType cannot be simulated.',
    );
  if (Number.isNaN(notBefore))
    throw new VendorError(
      400,
      'InvalidParameter.NotBefore',
      'The specified NotBefore is not a time.',
    );
  const instances = listOf(parameters, 'InstanceId').map((instanceId) => model.demand(instanceId));
  if (instances.length === 0)
    throw new VendorError(
      400,
      'MissingParameter',
      'The input parameter "InstanceId" that is mandatory for processing this request is not supplied.',
    );
  return {
    EventIdSet: {
      EventId: instances.map(({ instanceId }) =>
        model.simulateSystemEvent(instanceId, type, notBefore),
      ),
    },
  };
}
