import { z } from 'zod';
import { nameText } from './identifiers';
import { countField, durationField } from './notation';
import { CHANNEL_KINDS, type NotificationSettings } from './notification-settings';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A problem never repeats what stands in the file: it may be a secret. */
const reference = (what: string): z.ZodType<`env:${string}`, string> => {
  const sentence = `must be a reference such as env:EVENKEEL_${what}, never the ${what.toLowerCase()} itself: whoever reads the policy could send in our name`;
  return z
    .string({ error: sentence })
    .regex(/^env:[A-Za-z][A-Za-z0-9_]*$/, { error: sentence })
    .transform((text) => text as `env:${string}`);
};

const listOf = (what: 'pools' | 'names') =>
  z
    .array(nameText(), { error: `must be a list of ${what}` })
    .max(300, { error: `must have at most 300 ${what}` })
    .nullable()
    .prefault(null)
    .meta({
      description: `Only alerts of these ${what}, and those about neither pool nor name; null: all ${what}.`,
      why: 'nothing goes unheard',
    });

const ADDRESS = 'must be a mail address such as ops@example.com';
const mailAddress = () =>
  z
    .string({ error: ADDRESS })
    .regex(
      /^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/,
      {
        error: ADDRESS,
      },
    );

const mail = z
  .strictObject({
    sender: mailAddress().meta({ description: 'Address that mail comes from.' }),
    recipients: z
      .array(mailAddress(), { error: 'must be a list of mail addresses' })
      .min(1, { error: 'must have at least one recipient' })
      .max(50, { error: 'must have at most 50 recipients' })
      .meta({ description: 'Who gets it.' }),
    encryption: z
      .enum(['required', 'none'], { error: 'must be required or none' })
      .default('required')
      .meta({
        description:
          '`required`: a server without TLS, or with a certificate that is not trusted, gets nothing; `none`: for a relay on the same machine, and no password is sent elsewhere.',
        why: 'alerts say what is broken where',
      }),
    authorities: z
      .string({ error: 'must be a path' })
      .min(1, { error: 'must not be empty' })
      .nullable()
      .prefault(null)
      .meta({
        description: 'File of the certificates to trust, as PEM; null: those that Node trusts.',
        why: 'most servers have a public certificate',
      }),
  })
  .transform(({ authorities, ...written }) => ({ ...written, authoritiesFile: authorities }))
  .nullable()
  .prefault(null)
  .meta({
    description: 'Of a channel of kind email, and only there: who gets mail from whom.',
    why: 'robots know their group',
  });

const channel = z
  .strictObject({
    name: nameText().meta({ description: 'Name of the channel, unique in the list.' }),
    kind: z
      .enum(CHANNEL_KINDS, { error: `must be one of ${CHANNEL_KINDS.join(', ')}` })
      .meta({ description: 'Whose form a message has.' }),
    url: reference('URL').meta({
      description:
        'Environment variable that holds the address of the robot or webhook; of email `smtp://USER@HOST:587` or `smtps://USER@HOST:465`.',
    }),
    secret: reference('SECRET').nullable().prefault(null).meta({
      description:
        'Environment variable that holds the secret which signs messages (dingtalk, feishu, webhook), or the password of the mail server (email); null: they are not signed.',
      why: 'wecom and slack have none: their address is the secret',
    }),
    mail,
    from: z
      .enum(['info', 'warning', 'critical'], { error: 'must be info, warning or critical' })
      .default('warning')
      .meta({
        description: 'The least serious alert that goes through it.',
        why: 'what is only good to know stands in the log',
      }),
    pools: listOf('pools'),
    names: listOf('names'),
    perMinute: countField({ min: 1, max: 1000 }, 18, {
      description:
        'Messages in any 60 seconds. Three in ten of those that may be sent at once are left for critical ones.',
      why: 'DingTalk and WeCom refuse a robot that sends more than 20, DingTalk for ten minutes',
    }),
  })
  .refine((written) => (written.kind === 'email') === (written.mail !== null), {
    error: 'must stand in a channel of kind email, and only there',
    path: ['mail'],
  })
  .meta({ description: 'One way to tell people.' });

const WEB_ADDRESS = 'must be a web address such as https://console.example.com';

const section = z.strictObject({
  console: z
    .string({ error: WEB_ADDRESS })
    .regex(/^https?:\/\/[^\s]+$/, { error: WEB_ADDRESS })
    .refine((text) => URL.canParse(text), { error: WEB_ADDRESS })
    .max(300, { error: 'must have at most 300 characters' })
    .nullable()
    .prefault(null)
    .meta({
      description:
        'Address of the console. Messages link to its page of the pool or name, and to yes and no where a move waits for a person.',
      why: 'only you know where it stands; without it messages have no links',
    }),
  channels: z
    .array(channel, { error: 'must be a list of channels' })
    .min(1, { error: 'must have at least one channel' })
    .max(20, { error: 'must have at most 20 channels' })
    .meta({ description: 'Where alerts go, besides the log.' }),
  repeatEvery: durationField({ min: 15 * MINUTE, max: 24 * 60 * MINUTE }, '1h', {
    description: 'An alert that goes on, of the same key and severity, is told again after this.',
    why: 'a reminder; the log has it every quarter of an hour',
  }),
  timeout: durationField({ min: 100, max: 10 * SECOND }, '2s', {
    description: 'Longest time of one message.',
    why: 'ten times what such services take',
  }),
  delayMax: durationField({ min: 100, max: 15 * SECOND }, '3s', {
    description: 'Longest time by which all messages together delay one turn of a pool or name.',
    why: 'healing goes on within the next look, whatever the channels do',
  }),
  attempts: countField({ min: 1, max: 50 }, 10, {
    description: 'Times that a critical alert is sent in all while no channel takes it.',
    why: 'with the waits between them some 25 minutes',
  }),
  retryAfter: durationField({ min: SECOND, max: 5 * MINUTE }, '3s', {
    description: 'Shortest wait before it is sent again; doubles each time, up to five minutes.',
    why: 'the next turn of a worker that watches',
  }),
});

const settingsOf = (written: z.output<typeof section>): NotificationSettings => ({
  consoleUrl: written.console,
  channels: written.channels,
  repeatEveryMs: written.repeatEvery,
  timeoutMs: written.timeout,
  delayMaxMs: written.delayMax,
  attemptsMax: written.attempts,
  retryAfterMs: written.retryAfter,
});

/** The `notifications` section. */
export const notificationSchema = section.transform(settingsOf).nullable().prefault(null).meta({
  description: 'How people are told of alerts; null: they stand in the log alone.',
  why: 'nobody knows whom to tell',
});
