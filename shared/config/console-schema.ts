import { z } from 'zod';
import { type ConsoleSettings } from './fleet-policy';
import { rotatingSecret } from './fleet-schema';
import { countField, durationField } from './notation';

const MINUTE = 60_000;

const section = z.strictObject({
  secret: rotatingSecret(
    'Environment variable that holds the secret with which people sign in, and which signs their sessions.',
  )
    .nullable()
    .prefault(null)
    .meta({
      description: 'The secret of the console; null: nobody can sign in, so nothing is written.',
      why: 'an open console is a decision',
    }),
  reading: z
    .enum(['signed-in', 'open'], { error: 'must be signed-in or open' })
    .default('signed-in')
    .meta({
      description: 'Who may look: people who have signed in, or everybody who reaches the address.',
      why: 'the trigger has a public address',
    }),
  writes: z.boolean({ error: 'must be true or false' }).default(false).meta({
    description: 'Whether people who have signed in may give orders; else it only shows.',
    why: 'a console that can only be looked at can do no harm',
  }),
  sessionFor: durationField({ min: 5 * MINUTE, max: 12 * 60 * MINUTE }, '2h', {
    description: 'How long somebody stays signed in.',
    why: 'long enough for an incident, too short to be left open over night',
  }),
  writesPerMinute: countField({ min: 1, max: 1000 }, 20, {
    description: 'Orders and plans that one person may ask for in any 60 seconds.',
    why: 'more than hands can click; a plan reads the cloud',
  }),
  metricsSecret: rotatingSecret(
    'Environment variable that holds the bearer token with which Prometheus asks for /metrics.',
  )
    .nullable()
    .prefault(null)
    .meta({
      description: 'The token of /metrics; null: whoever may look may read them.',
      why: 'Prometheus cannot sign in, so this is set where reading is not open',
    }),
});

const settingsOf = (written: z.output<typeof section>): ConsoleSettings => ({
  secret: written.secret,
  isReadingOpen: written.reading === 'open',
  mayWrite: written.writes,
  sessionMs: written.sessionFor,
  writesPerMinute: written.writesPerMinute,
  metricsSecret: written.metricsSecret,
});

/** The `console` section. */
export const consoleSchema = section
  .transform(settingsOf)
  .prefault({})
  .meta({ description: 'Who may look at the console, and who may steer with it.' });
