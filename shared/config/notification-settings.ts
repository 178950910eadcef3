import { type Millis } from '../domain/units';

/** Kinds of channels that people are told through. */
export const CHANNEL_KINDS = ['dingtalk', 'feishu', 'wecom', 'slack', 'webhook', 'email'] as const;

export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Who gets mail, and how it is handed in. */
export interface MailSettings {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** `required`: nothing is sent without TLS. */
  readonly encryption: 'required' | 'none';
  /** File of the certificates to trust, as PEM; null: those that Node trusts. */
  readonly authoritiesFile: string | null;
}

/** One way to tell people, and what goes through it. */
export interface ChannelSettings {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where the address is found; it carries a token, so it is a secret too. */
  readonly url: `env:${string}`;
  /** Where the signing secret is found, or the password of the mail server; null where none is wanted. */
  readonly secret: `env:${string}` | null;
  /** Of mail alone; null for all others. */
  readonly mail: MailSettings | null;
  /** The least serious alert that goes through it. */
  readonly from: 'info' | 'warning' | 'critical';
  /** Pools, and public names, whose alerts go through it; null: all. Alerts about neither always do. */
  readonly pools: readonly string[] | null;
  readonly names: readonly string[] | null;
  /** Messages in any 60 seconds. */
  readonly perMinute: number;
}

/** How people are told of alerts, besides the log. */
export interface NotificationSettings {
  /** Address of the console that links lead to; null: messages have no links. */
  readonly consoleUrl: string | null;
  readonly channels: readonly ChannelSettings[];
  /** An alert that goes on is told again after this long. */
  readonly repeatEveryMs: Millis;
  /** Longest time of one message. */
  readonly timeoutMs: Millis;
  /** Longest time by which all messages together delay one turn of a pool or name. */
  readonly delayMaxMs: Millis;
  /** How often a critical alert that nobody took is sent in all, and the wait before the second time; it doubles. */
  readonly attemptsMax: number;
  readonly retryAfterMs: Millis;
}
