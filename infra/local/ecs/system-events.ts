import { type LocalClock } from '../contracts';
import { randomId } from '../seeded-random';

/** Those that a drill can simulate. */
export const DRILL_EVENT_TYPES = [
  'SystemMaintenance.Reboot',
  'SystemMaintenance.Stop',
  'SystemMaintenance.Redeploy',
  'SystemFailure.Reboot',
  'SystemFailure.Redeploy',
  'SystemFailure.Stop',
  'InstanceFailure.Reboot',
] as const;
const SYSTEM_EVENT_TYPES = [...DRILL_EVENT_TYPES, 'SystemFailure.Delete'] as const;
export type SystemEventType = (typeof SYSTEM_EVENT_TYPES)[number];

export type EventCycle =
  'Scheduled' | 'Inquiring' | 'Executing' | 'Executed' | 'Avoided' | 'Canceled' | 'Failed';

/** Numbers that go with the names; those of `Scheduled` and `SystemMaintenance.Reboot` are published, the rest are ours. */
export const CYCLE_CODES: Readonly<Record<EventCycle, number>> = {
  Scheduled: 24,
  Inquiring: 34,
  Executing: 35,
  Executed: 45,
  Avoided: 46,
  Canceled: 47,
  Failed: 48,
};
export const typeCode = (type: SystemEventType): number => SYSTEM_EVENT_TYPES.indexOf(type) + 1;

/** A system event with a cycle: Scheduled → Executing → Executed or Failed; Avoided when the user acted first. */
export interface SystemEventRecord {
  readonly eventId: string;
  readonly instanceId: string;
  readonly type: SystemEventType;
  readonly cycle: EventCycle;
  readonly publishedAt: number;
  readonly notBefore: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly reason: string;
}

const FINAL: readonly EventCycle[] = ['Executed', 'Avoided', 'Canceled', 'Failed'];
const KEPT_MS = 30 * 86_400_000;

export const isFinal = (record: SystemEventRecord): boolean => FINAL.includes(record.cycle);

/** The journal of system events: 30 days, in order of publication. */
export class SystemEvents {
  private readonly clock: LocalClock;
  private readonly random: () => number;
  private readonly onChange: (record: SystemEventRecord) => void;
  private readonly records = new Map<string, SystemEventRecord>();

  constructor(settings: {
    readonly clock: LocalClock;
    readonly random: () => number;
    readonly onChange: (record: SystemEventRecord) => void;
  }) {
    this.clock = settings.clock;
    this.random = settings.random;
    this.onChange = settings.onChange;
  }

  /** A new event, `Scheduled` unless it begins at once. */
  publish(event: {
    readonly instanceId: string;
    readonly type: SystemEventType;
    readonly cycle?: 'Scheduled' | 'Executing';
    readonly notBefore: number;
    readonly reason: string;
  }): SystemEventRecord {
    const { cycle = 'Scheduled' } = event;
    const now = this.clock.now();
    const base = {
      eventId: randomId(this.random, 'e-bp1'),
      publishedAt: now,
      startedAt: cycle === 'Executing' ? now : undefined,
      finishedAt: undefined,
    };
    return this.store({ ...event, ...base, cycle });
  }

  /** Moves an event on unless it has ended; undefined when it had. */
  move(eventId: string, cycle: EventCycle): SystemEventRecord | undefined {
    const record = this.records.get(eventId);
    if (record === undefined || isFinal(record)) return undefined;
    const now = this.clock.now();
    const startedAt = cycle === 'Executing' ? now : record.startedAt;
    return this.store({
      ...record,
      cycle,
      startedAt,
      finishedAt: FINAL.includes(cycle) ? now : undefined,
    });
  }

  /** Events of the last 30 days. */
  all(): readonly SystemEventRecord[] {
    const oldest = this.clock.now() - KEPT_MS;
    for (const record of this.records.values())
      if (isFinal(record) && record.publishedAt < oldest) this.records.delete(record.eventId);
    return [...this.records.values()];
  }

  private store(record: SystemEventRecord): SystemEventRecord {
    this.records.set(record.eventId, record);
    this.onChange(record);
    return record;
  }
}
