import { chinaText, compactChinaText } from '../time-text';

/** Something that a cloud product tells of a resource. */
export interface SystemEvent {
  readonly id: string;
  readonly product: string;
  /** Without a status suffix. */
  readonly name: string;
  readonly status: string;
  readonly level: string;
  readonly eventType: string;
  readonly resourceId: string;
  readonly instanceName: string;
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface EventPlace {
  readonly accountId: string;
  readonly regionId: string;
}

/** The name as newer deliveries write it: with the status, where there is a cycle. */
const nameWithStatus = ({ name, status }: SystemEvent): string =>
  status === 'Normal' ? name : `${name}:${status}`;

/** Body of an event rule's call, in its legacy shape; some captures carry `content` as text. */
export const eventCallback = (
  event: SystemEvent,
  place: EventPlace,
  contentAs: 'object' | 'text',
): object => ({
  ver: '1.0',
  id: event.id,
  product: event.product,
  resourceId: event.resourceId,
  level: event.level,
  instanceName: event.instanceName,
  name: nameWithStatus(event),
  userId: place.accountId,
  regionId: place.regionId,
  groupId: '0',
  eventTime: compactChinaText(event.at),
  status: event.status,
  eventType: event.eventType,
  content: contentAs === 'text' ? JSON.stringify(event.content) : event.content,
});

/** A CloudEvent as EventBridge delivers it. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly aliyunaccountid: string;
  readonly aliyunoriginalaccountid: string;
  readonly aliyunpublishtime: string;
  readonly aliyuneventbusname: 'default';
  readonly aliyunregionid: string;
}

/** Example: `Instance:StateChange` of ECS has the type `ecs:Instance:StateChange`; the status is in `data` only. */
export const cloudEvent = (event: SystemEvent, place: EventPlace): CloudEvent => ({
  specversion: '1.0',
  id: event.id,
  source: `acs.${event.product.toLowerCase()}`,
  type: `${event.product.toLowerCase()}:${event.name}`,
  subject: event.resourceId,
  time: chinaText(event.at),
  datacontenttype: 'application/json;charset=utf-8',
  data: event.content,
  aliyunaccountid: place.accountId,
  aliyunoriginalaccountid: place.accountId,
  aliyunpublishtime: new Date(event.at).toISOString(),
  aliyuneventbusname: 'default',
  aliyunregionid: place.regionId,
});
