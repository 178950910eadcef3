import { z } from 'zod';
import { type AlarmSettings } from './fleet-policy';
import { durationField, durationText, wholeNumber } from './notation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const WEB_ADDRESS =
  'must be a web address without a query, such as https://on-alarm-abc.cn-hangzhou.fcapp.run';

const callback = z
  .string({ error: WEB_ADDRESS })
  .regex(/^https?:\/\/[^\s?#]+$/, { error: WEB_ADDRESS })
  .refine((text) => URL.canParse(text), { error: WEB_ADDRESS })
  .max(300, { error: 'must have at most 300 characters' });

const contact = z
  .string({ error: 'must be the name of a contact' })
  .regex(/^[^\s,]{1,80}$/, { error: 'must be the name of a contact, without spaces and commas' });

const section = z.strictObject({
  callback: callback.nullable().prefault(null).meta({
    description:
      'Address of on-alarm’s HTTP trigger, without the secret, which `install` appends; null: rules call the function on-event by its name.',
    why: 'only you know where it stands; that CloudMonitor calls functions of FC 3.0 by name is UNCONFIRMED',
  }),
  contacts: z
    .array(contact, { error: 'must be a list of contacts' })
    .max(100, { error: 'must have at most 100 contacts' })
    .prefault([])
    .meta({
      description: 'CloudMonitor contacts, who exist already; `install` makes a group of them.',
      why: 'nobody knows whom to tell; without any the heartbeat’s alarm calls nobody',
    }),
  unhealthyServers: wholeNumber({ min: 1, max: 1000 }).nullable().default(1).meta({
    description:
      'Backends of a listener that fail its health check; from here on it is an alarm. null: no rule.',
    why: 'the first one is worth a look',
  }),
  errorsPerSecond: wholeNumber({ min: 1, max: 1_000_000 }).nullable().default(1).meta({
    description: 'Answers 5xx of the backends behind a listener, a second. null: no rule.',
    why: 'an alarm is only a wake-up: one look too many costs little',
  }),
  responseTime: durationText({ min: 1, max: HOUR }).nullable().prefault('1s').meta({
    description: 'Mean time until a listener’s backends have answered. null: no rule.',
    why: 'what people begin to feel; outliers are found without it',
  }),
  events: z.boolean({ error: 'must be true or false' }).default(true).meta({
    description:
      'An event rule for state changes, failures, maintenance and spot reclaims of instances, besides the EventBridge trigger of on-event.',
    why: 'two ways in: a second wake-up is one look at most',
  }),
  heartbeatSilence: durationField({ min: MINUTE, max: 24 * HOUR }, '5m', {
    description: 'Silence of the heartbeat after which people are called; whole minutes.',
    why: 'a late timer or two alarm nobody',
  }),
  repeatEvery: durationField({ min: HOUR, max: 24 * HOUR }, '1h', {
    description: 'An alarm that lasts is told again after this.',
    why: 'the shortest that every page of the vendor allows',
  }),
});

/** The `alarms` section. */
export const alarmSchema = section
  .transform((written): AlarmSettings => ({
    callback: written.callback?.replace(/\/+$/, '') ?? null,
    contacts: written.contacts,
    unhealthyServers: written.unhealthyServers,
    errorsPerSecond: written.errorsPerSecond,
    responseTimeMs: written.responseTime,
    events: written.events,
    heartbeatSilenceMs: written.heartbeatSilence,
    repeatEveryMs: written.repeatEvery,
  }))
  .prefault({})
  .meta({ description: 'What `evenkeel install` sets up in CloudMonitor.' });
