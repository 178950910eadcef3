import { type LocalClock } from '../contracts';
import { secondText } from '../time-text';
import { type EcsEvent } from './ecs-event';
import { type SystemEventRecord } from './system-events';

type Draft = Pick<EcsEvent, 'name' | 'status' | 'level' | 'eventType' | 'content'>;

/** Words what happens to instances as events and hands them to the listeners. */
export class EcsPublisher {
  private readonly clock: LocalClock;
  private readonly nameOf: (instanceId: string) => string;
  private readonly listeners = new Set<(event: EcsEvent) => void>();

  constructor(clock: LocalClock, nameOf: (instanceId: string) => string) {
    this.clock = clock;
    this.nameOf = nameOf;
  }

  subscribe(listener: (event: EcsEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  stateChange(instanceId: string, state: string): void {
    const content = { resourceId: instanceId, resourceType: 'ALIYUN::ECS::Instance', state };
    this.publish(instanceId, {
      name: 'Instance:StateChange',
      status: 'Normal',
      level: 'INFO',
      eventType: 'StatusNotification',
      content,
    });
  }

  spotInterruption(instanceId: string, action: 'delete' | 'stop'): void {
    const content = { instanceId, action };
    this.publish(instanceId, {
      name: 'Instance:PreemptibleInstanceInterruption',
      status: 'Normal',
      level: 'WARN',
      eventType: 'StatusNotification',
      content,
    });
  }

  firstHeartbeat(instanceId: string): void {
    this.publish(instanceId, {
      name: 'CloudAssistant:FirstHeartbeat',
      status: 'Normal',
      level: 'INFO',
      eventType: 'StatusNotification',
      content: { instanceId },
    });
  }

  systemEvent(record: SystemEventRecord): void {
    const content = {
      ...{
        eventId: record.eventId,
        instanceId: record.instanceId,
        eventType: record.type,
        eventStatus: record.cycle,
      },
      ...{ publishTime: secondText(record.publishedAt), notBefore: secondText(record.notBefore) },
      ...(record.startedAt === undefined ? {} : { executeStartTime: secondText(record.startedAt) }),
      ...(record.finishedAt === undefined
        ? {}
        : { executeFinishTime: secondText(record.finishedAt) }),
    };
    const eventType = record.type.startsWith('SystemMaintenance') ? 'Maintenance' : 'Exception';
    this.publish(record.instanceId, {
      name: `Instance:${record.type}`,
      status: record.cycle,
      level: 'CRITICAL',
      eventType,
      content,
    });
  }

  private publish(instanceId: string, draft: Draft): void {
    const event = {
      ...draft,
      instanceId,
      instanceName: this.nameOf(instanceId),
      at: this.clock.now(),
    };
    for (const listener of this.listeners) listener(event);
  }
}
