import { type LocalClock } from '../contracts';
import { type DeliveryResult, type HttpRequest } from './deliver';
import { type EventRule, type EventTarget, ruleMatches } from './event-rule';
import {
  type CloudEvent,
  cloudEvent,
  eventCallback,
  type EventPlace,
  type SystemEvent,
} from './system-event';

/** Where a function is: `serviceName` is empty for FC 3.0. */
export interface FunctionPlace {
  readonly regionId: string;
  readonly serviceName: string;
  readonly functionName: string;
}

/** How far deliveries stray: shares in permille. EventBridge promises at least once and no order. */
export interface EventDisorder {
  readonly duplicateShare: number;
  readonly reorderShare: number;
  /** A straying event comes so much later. */
  readonly lateMs: number;
}

export const IN_ORDER: EventDisorder = { duplicateShare: 0, reorderShare: 0, lateMs: 0 };

export interface EventHubSettings {
  readonly clock: LocalClock;
  readonly random: () => number;
  readonly place: EventPlace;
  readonly contentAs: 'object' | 'text';
  readonly disorder: EventDisorder;
  /** From the event to its first delivery by EventBridge. */
  readonly busDelayMs: number;
  /** EventBridge tries again three times, each time after this and up to twice as much. */
  readonly busRetryMs: number;
  readonly send: (request: HttpRequest) => Promise<DeliveryResult>;
  readonly invokeFunction: (place: FunctionPlace, payload: object) => Promise<void>;
  readonly onCloudEvent: (event: CloudEvent) => Promise<void> | void;
}

const EVENTS_KEPT = 10_000;
const BUS_RETRIES = 3;

interface Entry {
  readonly rule: EventRule;
  readonly targets: readonly EventTarget[];
}

/** Takes the events of the products, keeps them for queries, and delivers them to event rules and to the event bus. */
export class EventHub {
  private readonly settings: EventHubSettings;
  private readonly entries = new Map<string, Entry>();
  private readonly log: SystemEvent[] = [];

  constructor(settings: EventHubSettings) {
    this.settings = settings;
  }

  /** Newest last. */
  get events(): readonly SystemEvent[] {
    return this.log;
  }

  rules(): readonly EventRule[] {
    return [...this.entries.values()].map(({ rule }) => rule);
  }

  targetsOf(ruleName: string): readonly EventTarget[] | undefined {
    return this.entries.get(ruleName)?.targets;
  }

  put(rule: EventRule): void {
    this.entries.set(rule.name, { rule, targets: this.targetsOf(rule.name) ?? [] });
  }

  /** False when there is no such rule. A target with a known id replaces it. */
  putTargets(ruleName: string, targets: readonly EventTarget[]): boolean {
    const entry = this.entries.get(ruleName);
    if (entry === undefined) return false;
    const ids = new Set(targets.map(({ id }) => id));
    this.entries.set(ruleName, {
      rule: entry.rule,
      targets: [...entry.targets.filter(({ id }) => !ids.has(id)), ...targets],
    });
    return true;
  }

  deleteTargets(ruleName: string, ids: readonly string[]): void {
    const entry = this.entries.get(ruleName);
    if (entry !== undefined)
      this.entries.set(ruleName, {
        rule: entry.rule,
        targets: entry.targets.filter(({ id }) => !ids.includes(id)),
      });
  }

  delete(ruleName: string): boolean {
    return this.entries.delete(ruleName);
  }

  setEnabled(ruleName: string, isEnabled: boolean): boolean {
    const entry = this.entries.get(ruleName);
    if (entry === undefined) return false;
    this.entries.set(ruleName, { ...entry, rule: { ...entry.rule, isEnabled } });
    return true;
  }

  /** A product tells of something. Deliveries go on behind. */
  receive(event: SystemEvent): void {
    this.log.push(event);
    if (this.log.length > EVENTS_KEPT) this.log.shift();
    for (const { rule, targets } of this.entries.values()) {
      if (ruleMatches(rule, event)) for (const target of targets) this.callTarget(target, event);
    }
    this.putOnBus(event);
  }

  private callTarget(target: EventTarget, event: SystemEvent): void {
    const payload = eventCallback(event, this.settings.place, this.settings.contentAs);
    if (target.kind === 'function') {
      // An event rule does not deliver again later; the function's own queue does.
      this.settings.invokeFunction(target, payload).catch(() => undefined);
      return;
    }
    const body = JSON.stringify(payload);
    const url =
      target.method === 'GET'
        ? `${target.url}${target.url.includes('?') ? '&' : '?'}data=${encodeURIComponent(body)}`
        : target.url;
    void this.settings.send({ url, method: target.method, contentType: 'application/json', body });
  }

  private putOnBus(event: SystemEvent): void {
    const { clock, random, disorder, busDelayMs, place } = this.settings;
    const onBus = cloudEvent(event, place);
    const isLate = random() * 1000 < disorder.reorderShare;
    const isDoubled = random() * 1000 < disorder.duplicateShare;
    clock.after(busDelayMs + (isLate ? disorder.lateMs : 0), () =>
      this.deliverFromBus(onBus, BUS_RETRIES),
    );
    if (isDoubled)
      clock.after(busDelayMs + disorder.lateMs, () => this.deliverFromBus(onBus, BUS_RETRIES));
  }

  private deliverFromBus(event: CloudEvent, retries: number): void {
    const { clock, random, busRetryMs } = this.settings;
    const deliver = async (): Promise<void> => this.settings.onCloudEvent(event);
    deliver().catch(() => {
      if (retries > 0)
        clock.after(busRetryMs * (1 + random()), () => this.deliverFromBus(event, retries - 1));
    });
  }
}
