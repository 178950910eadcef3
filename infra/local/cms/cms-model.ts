import { type LocalClock, type MetricSource, type TimeProfile } from '../contracts';
import { type EcsEvent } from '../ecs/ecs-event';
import { randomUuid, seededRandom } from '../seeded-random';
import {
  alarmForm,
  type AlarmMessage,
  alarmTargetPayload,
  type CallbackSettings,
} from './alarm-callback';
import { AlarmEngine } from './alarm-engine';
import { type AlarmTarget } from './alarm-rule';
import { AlertLog } from './alert-log';
import { CallQuota } from './call-quota';
import { type ContactGroup } from './contact-group';
import { deliver, type DeliveryResult, type HttpPoster, type HttpRequest } from './deliver';
import { type EventDisorder, EventHub, type FunctionPlace, IN_ORDER } from './event-hub';
import { MetricStore } from './metric-store';
import { type CloudEvent, type SystemEvent } from './system-event';

export interface CmsOptions {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly times: TimeProfile;
  readonly sources: readonly MetricSource[];
  /** Delivers webhooks: `httpPoster`, or a fake of tests in process. */
  readonly post: HttpPoster;
  /** Calls a function that an alarm or event rule names as its target. Rejected when it cannot be called. */
  readonly invokeFunction?: (place: FunctionPlace, payload: object) => Promise<void>;
  /** Takes events off the bus; a rejection makes the bus try again. */
  readonly onCloudEvent?: (event: CloudEvent) => Promise<void> | void;
  readonly accountId?: string;
  readonly seed?: number;
  readonly freeCallsPerMonth?: number;
  /** 6 hours by default; the cloud keeps a month. */
  readonly retentionMs?: number;
  readonly timestampUnit?: 'seconds' | 'milliseconds';
  readonly eventContentAs?: 'object' | 'text';
  readonly eventDisorder?: EventDisorder;
  readonly nameOf?: (instanceId: string) => string | undefined;
}

const DEFAULT_ACCOUNT_ID = '1234567890123456';

const RETENTION_MS = 6 * 3_600_000;
const CALLBACK = { tries: 3, timeoutMs: 5_000, pauseMs: 1_000 } as const;
const BUS_DELAY_MS = 500;
const BUS_RETRY_S = 10;
const NATIVE_PERIOD_S = 60;

const FUNCTION_ARN = /^acs:fc:([^:]*):[^:]*:(?:services\/([^/]+)\/)?functions\/([^/]+)/;

/** CloudMonitor: samples metrics, evaluates alarms, delivers callbacks and events. */
export class CmsModel {
  readonly options: CmsOptions;
  readonly accountId: string;
  readonly store: MetricStore;
  readonly alarms: AlarmEngine;
  readonly events: EventHub;
  readonly alertLog: AlertLog;
  readonly quota: CallQuota;
  /** Contacts that have confirmed their address. */
  readonly contacts = new Set<string>();
  readonly contactGroups = new Map<string, ContactGroup>();
  private readonly random: () => number;
  private readonly callback: CallbackSettings;
  private sampling: Promise<void> = Promise.resolve();
  private cancelTick: (() => void) | undefined;

  constructor(options: CmsOptions) {
    this.options = options;
    const { clock } = options;
    this.random = seededRandom(options.seed ?? 2);
    this.accountId = options.accountId ?? DEFAULT_ACCOUNT_ID;
    this.callback = {
      accountId: this.accountId,
      regionId: options.regionId,
      timestampUnit: options.timestampUnit ?? 'milliseconds',
      nameOf: options.nameOf ?? (() => undefined),
    };
    this.store = new MetricStore({ clock, retentionMs: options.retentionMs ?? RETENTION_MS });
    this.alertLog = new AlertLog(this.random);
    this.quota = new CallQuota(clock, options.freeCallsPerMonth);
    const newTransId = (): string => randomUuid(this.random);
    this.alarms = new AlarmEngine({
      store: this.store,
      spanMs: (seconds) => this.spanMs(seconds),
      newTransId,
      onNotice: (message) => this.tell(message),
    });
    this.events = this.newHub();
  }

  /** Whole milliseconds here for seconds that the API speaks of: fewer where the profile shrinks time. 60 s are one metric period exactly. */
  spanMs(seconds: number): number {
    return Math.round((seconds * this.options.times.metricPeriodMs) / NATIVE_PERIOD_S);
  }

  /** Samples at the end of each period from now on; returns a function that stops it. */
  start(): () => void {
    this.planTick();
    return () => this.cancelTick?.();
  }

  /** Takes an event of ECS, for rules and for the bus. */
  receive(event: EcsEvent): void {
    const { content, name, status, level, eventType, instanceName, at } = event;
    this.publish({
      ...{ content, name, status, level, eventType, instanceName, at },
      product: 'ECS',
      resourceId: this.resourceId(event.instanceId),
    });
  }

  publish(event: Omit<SystemEvent, 'id'>): void {
    this.events.receive({ ...event, id: randomUuid(this.random).toUpperCase() });
  }

  resourceId(instanceId: string): string {
    return `acs:ecs:${this.options.regionId}:${this.accountId}:instance/${instanceId}`;
  }

  private newHub(): EventHub {
    const { options } = this;
    return new EventHub({
      clock: options.clock,
      random: this.random,
      place: { accountId: this.accountId, regionId: options.regionId },
      contentAs: options.eventContentAs ?? 'object',
      disorder: options.eventDisorder ?? IN_ORDER,
      busDelayMs: BUS_DELAY_MS,
      busRetryMs: this.spanMs(BUS_RETRY_S),
      send: async (request) => this.send(request),
      invokeFunction: async (place, payload) => options.invokeFunction?.(place, payload),
      onCloudEvent: (event) => options.onCloudEvent?.(event),
    });
  }

  private planTick(): void {
    const { clock, times } = this.options;
    const at = (Math.floor(clock.now() / times.metricPeriodMs) + 1) * times.metricPeriodMs;
    this.cancelTick = clock.after(at - clock.now(), () => {
      this.planTick();
      this.sampling = this.sampling.then(async () => this.sample(at));
    });
  }

  /** One period's end: every source is asked; a source that fails leaves a gap. */
  private async sample(at: number): Promise<void> {
    const { clock, times, sources } = this.options;
    const visibleAt = at + times.metricDelayMs;
    const sampleOne = async (source: MetricSource): Promise<void> => {
      for (const [metricName, samples] of await source.sample(times.metricPeriodMs)) {
        this.store.append(
          { namespace: source.namespace, metricName },
          samples.map(({ dimensions, statistics }) => ({ at, dimensions, statistics })),
          visibleAt,
        );
      }
    };
    await Promise.allSettled(sources.map(sampleOne));
    clock.after(visibleAt - clock.now(), () => this.alarms.evaluate(at, clock.now()));
  }

  private tell(message: AlarmMessage): void {
    const entry = this.alertLog.add(message);
    for (const target of this.alarms.targetsOf(message.rule.ruleId))
      this.callTarget(target, message);
    if (message.rule.webhook === '') return;
    const body = alarmForm(message, this.callback);
    const request = {
      url: message.rule.webhook,
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
      body,
    } as const;
    void this.send(request).then((delivery) => (entry.delivery = delivery));
  }

  private callTarget(target: AlarmTarget, message: AlarmMessage): void {
    const [, regionId, serviceName = '', functionName] = FUNCTION_ARN.exec(target.arn) ?? [];
    const isWanted =
      target.levels.length === 0 ||
      target.levels.includes(message.notice.level) ||
      message.notice.level === 'OK';
    if (regionId === undefined || functionName === undefined || !isWanted) return;
    this.options
      .invokeFunction?.(
        { regionId, serviceName, functionName },
        alarmTargetPayload(message, this.callback),
      )
      .catch(() => undefined);
  }

  private async send(request: HttpRequest): Promise<DeliveryResult> {
    return deliver(request, { ...CALLBACK, clock: this.options.clock, post: this.options.post });
  }
}
