import {
  type ChannelSettings,
  type NotificationSettings,
} from '../../config/notification-settings';
import { type Variables } from '../../config/environment';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { type Alert } from '../../domain/proposal';
import { since } from '../../domain/units';
import { type Alerts } from '../../ports/alerts';
import { type Clock } from '../../ports/clock';
import { type Log } from '../../ports/log';
import { type StateStore } from '../../ports/state-store';
import { LogAlerts } from '../log-alerts';
import { sendThrough } from './channel';
import { ChannelGate, unlessUnavailable } from './channel-gate';
import { type Delivery } from './format';
import { type LocalMemory } from './local-memory';
import { noticeOf, type Notice, type NoticeContext, subjectOf } from './notice';
import { ToldAlerts } from './told-alerts';
import { WaitingNotices } from './waiting-notices';

export interface NotifyingAlertsOptions {
  readonly settings: NotificationSettings;
  readonly context: NoticeContext;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly memory: LocalMemory;
  readonly variables?: Variables | undefined;
}

const RANKS = { info: 0, warning: 1, critical: 2 } as const;
/** Less is no time to send anything. */
const TIME_MS_MIN = 50;
const NO_TIME: Delivery = {
  kind: 'failed',
  code: 'no-time',
  detail: 'the channels took all the time that a turn gives them',
};
const BROKEN: Delivery = {
  kind: 'failed',
  code: 'failed-before',
  detail: 'it failed in this turn already',
};

const idOf = ({ key, severity }: Notice): string => `${key}/${severity}`;

/**
 * Alerts in the log, and through the channels of the policy: once per key and severity, whichever worker raises it. What no channel took
 * is tried again when it is critical. Nothing of it ever throws, and all of it together delays a turn by `delayMaxMs` at most: a channel
 * that fails is left alone for the rest of the turn, and what there is no time for waits or stays in the log.
 */
export class NotifyingAlerts implements Alerts {
  private readonly options: NotifyingAlertsOptions;
  private readonly logged: LogAlerts;
  private readonly told: ToldAlerts;
  private readonly waiting: WaitingNotices;
  private spentMs = 0;
  private readonly broken = new Set<string>();

  constructor(options: NotifyingAlertsOptions) {
    const { settings, store, log } = options;
    this.options = options;
    this.logged = new LogAlerts(log);
    this.told = new ToldAlerts(store, settings.repeatEveryMs);
    this.waiting = new WaitingNotices(store, settings);
  }

  async raise(subject: string, alert: Alert | NameAlert): Promise<void> {
    await this.logged.raise(subject, alert);
    const { clock, context } = this.options;
    const notice = noticeOf(subject, alert, clock.now(), context);
    await this.safely(() => this.tellOnce(notice));
  }

  async retry(): Promise<void> {
    await this.safely(async () => {
      const due = await unlessUnavailable(() => this.waiting.takeDue(this.options.clock.now()));
      for (const { notice, attempts } of due ?? []) await this.tell(notice, attempts);
    });
    this.spentMs = 0;
    this.broken.clear();
  }

  /** A channel must not cost a tick, whatever is wrong with it. */
  private async safely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.log.error('people could not be told', { reason: String(error) });
    }
  }

  private async tellOnce(notice: Notice): Promise<void> {
    if (this.channelsFor(notice).length === 0) return;
    if (await this.isOurs(notice)) await this.tell(notice, 0);
  }

  private async isOurs(notice: Notice): Promise<boolean> {
    const { clock, memory, settings } = this.options;
    const { subject } = notice;
    const id = idOf(notice);
    if (memory.wasTold(`${subject}/${id}`, clock.now(), settings.repeatEveryMs)) return false;
    const claimed = await unlessUnavailable(() => this.told.claim(subject, id, clock.now()));
    return claimed ?? true;
  }

  private async tell(notice: Notice, attemptsBefore: number): Promise<void> {
    const { clock, memory } = this.options;
    const channels = this.channelsFor(notice);
    const startedAt = clock.now();
    const deliveries = await Promise.all(channels.map((one) => this.sendTo(one, notice)));
    this.spentMs += since(startedAt, clock.now());
    const isTold = deliveries.some(({ kind }) => kind === 'taken');
    const id = idOf(notice);
    if (isTold) memory.noteTold(`${notice.subject}/${id}`, clock.now());
    await unlessUnavailable(async () => {
      await this.told.settle(notice.subject, id, isTold, clock.now());
      await this.putBy(notice, isTold, attemptsBefore + 1);
    });
  }

  private async putBy(notice: Notice, isTold: boolean, attempts: number): Promise<void> {
    if (isTold) {
      if (attempts > 1) await this.waiting.remove(notice);
      return;
    }
    if (notice.severity !== 'critical') return;
    const result = await this.waiting.putBy(notice, attempts, this.options.clock.now());
    const { subject, key } = notice;
    if (result !== 'waiting')
      this.options.log.error('nobody was told of a critical alert', { subject, key, result });
  }

  private channelsFor({ subject, severity }: Notice): readonly ChannelSettings[] {
    const { settings, context } = this.options;
    const { pool, name } = subjectOf(subject, context.modes);
    return settings.channels.filter(
      (channel) =>
        RANKS[severity] >= RANKS[channel.from] &&
        (pool === null || channel.pools === null || channel.pools.includes(pool)) &&
        (name === null || channel.names === null || channel.names.includes(name)),
    );
  }

  private async sendTo(channel: ChannelSettings, notice: Notice): Promise<Delivery> {
    const { clock, log, store, memory } = this.options;
    const gate = new ChannelGate(channel, store, memory.gateOf(channel.name));
    const delivery =
      this.refusal(channel) ??
      (await gate.refusal(notice.severity, clock.now())) ??
      (await this.send(channel, notice));
    if (delivery.kind === 'failed') this.broken.add(channel.name);
    if (delivery.kind !== 'taken') {
      const { subject, key, severity } = notice;
      const { code } = delivery;
      const detail = delivery.kind === 'failed' ? delivery.detail : `for ${delivery.restMs} ms`;
      const { name, kind } = channel;
      const fields = { channel: name, kind, code, detail, subject, key, severity };
      log.warn('a channel did not take an alert', fields);
    }
    await gate.note(delivery, clock.now());
    return delivery;
  }

  private refusal({ name }: ChannelSettings): Delivery | null {
    if (this.broken.has(name)) return BROKEN;
    return this.timeLeft() < TIME_MS_MIN ? NO_TIME : null;
  }

  private send(channel: ChannelSettings, notice: Notice): Promise<Delivery> {
    const { settings, clock, variables } = this.options;
    const timeoutMs = Math.min(settings.timeoutMs, this.timeLeft());
    return sendThrough(channel, notice, { timeoutMs, now: clock.now(), variables });
  }

  private timeLeft(): number {
    return this.options.settings.delayMaxMs - this.spentMs;
  }
}
