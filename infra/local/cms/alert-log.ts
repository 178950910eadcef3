import { randomUuid } from '../seeded-random';
import { type AlarmMessage } from './alarm-callback';
import { type DeliveryResult } from './deliver';

export interface AlertLogEntry {
  readonly logId: string;
  readonly message: AlarmMessage;
  /** Undefined while the delivery is under way, or where there is no webhook. */
  delivery: DeliveryResult | undefined;
}

const ENTRIES_KEPT = 10_000;

/** Alarms that were sent, and how their webhook answered: newest last. */
export class AlertLog {
  private readonly random: () => number;
  private readonly log: AlertLogEntry[] = [];

  constructor(random: () => number) {
    this.random = random;
  }

  add(message: AlarmMessage): AlertLogEntry {
    const entry = { logId: randomUuid(this.random), message, delivery: undefined };
    this.log.push(entry);
    if (this.log.length > ENTRIES_KEPT) this.log.shift();
    return entry;
  }

  get entries(): readonly AlertLogEntry[] {
    return this.log;
  }
}
