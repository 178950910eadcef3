import { z } from 'zod';
import { type RedisAddress, type SecretReference } from './fleet-policy';
import { durationText } from './notation';

export type StoreAddress = { readonly kind: 'file'; readonly path: string } | RedisAddress;

const SENTENCE =
  'must be file:FOLDER, or redis://[USER@]HOST[:PORT][/DATABASE], or rediss:// for TLS';

const reference = (): z.ZodOptional<z.ZodType<SecretReference, string>> =>
  z
    .string()
    .regex(/^env:[A-Za-z][A-Za-z0-9_]*$/, {
      error: 'must be a reference such as env:EVENKEEL_STORE_PASSWORD, never the password itself',
    })
    .transform((text) => text as SecretReference)
    .optional();
const whole = (min: number, max: number, preset: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be ${min} to ${max}` })
    .prefault(preset);
const patience = (preset: string) => durationText({ min: 10, max: 30_000 }).prefault(preset);

const options = z
  .strictObject(
    {
      password: reference(),
      nextPassword: reference(),
      ca: z.string().min(1).optional(),
      namespace: z
        .string()
        .regex(/^[\w./-]{1,100}$/, { error: 'must be letters, digits and ._-/ ' })
        .default('evenkeel'),
      replicas: whole(0, 10, '0'),
      replicaTimeout: patience('500ms'),
      connectTimeout: patience('1s'),
      commandTimeout: patience('1s'),
      attempts: whole(1, 10, '3'),
    },
    {
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? 'knows password, nextPassword, ca, namespace, replicas, replicaTimeout, connectTimeout, commandTimeout and attempts only'
          : undefined,
    },
  )
  .refine(({ replicaTimeout, commandTimeout }) => replicaTimeout < commandTimeout, {
    error: 'replicaTimeout must be shorter than commandTimeout',
  });

/**
 * The address of a store. Never throws, and never repeats a password in what it says.
 *
 * Example: `rediss://evenkeel@r-1.redis.rds.aliyuncs.com/2?password=env:EVENKEEL_STORE_PASSWORD&replicas=1`.
 */
export const storeAddressText = (): z.ZodOptional<z.ZodType<StoreAddress | undefined, string>> =>
  z
    .string()
    .transform((text, context) => {
      if (text === '') return undefined; // a deployment file passes on what is not set as empty
      const read = text.startsWith('file:') ? fileAddress(text) : redisAddress(text);
      if (typeof read !== 'string') return read;
      context.addIssue({ code: 'custom', message: read });
      return z.NEVER;
    })
    .optional();

const fileAddress = (text: string): StoreAddress | string => {
  const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
  return path === '' ? SENTENCE : { kind: 'file', path };
};

function redisAddress(text: string): RedisAddress | string {
  if (!URL.canParse(text)) return SENTENCE;
  const { protocol, hostname, port, pathname, username, password, searchParams } = new URL(text);
  const [, database] = /^\/?(\d{0,4})$/.exec(pathname) ?? [];
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '' || database === undefined)
    return SENTENCE;
  if (password !== '')
    return 'must not carry a password: name the variable that has it, as ?password=env:EVENKEEL_STORE_PASSWORD';
  const read = options.safeParse(Object.fromEntries(searchParams));
  if (!read.success)
    return read.error.issues.map(({ path, message }) => [...path, message].join(' ')).join('; ');
  const { data } = read;
  return {
    kind: 'redis',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    database: Number(database),
    username: username === '' ? null : decodeURIComponent(username),
    passwords: [data.password, data.nextPassword].filter((each) => each !== undefined),
    isEncrypted: protocol === 'rediss:',
    authoritiesFile: data.ca ?? null,
    namespace: data.namespace,
    replicas: data.replicas,
    replicaTimeoutMs: data.replicaTimeout,
    connectTimeoutMs: data.connectTimeout,
    commandTimeoutMs: data.commandTimeout,
    attemptsMax: data.attempts,
  };
}
