import { createHash } from 'node:crypto';
import { type TokenRequest } from '../../shared/ports/state-store';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { ConsoleError } from './console-error';
import { type ConsoleContext } from './console-context';
import { hasEnded } from './stored-sessions';
import {
  cookieIn,
  isLoopback,
  isRequestToken,
  type KeysOfConsole,
  readSession,
  type Session,
} from './sessions';

export const hostOf = ({ headers }: HttpRequest): string => headers['host'] ?? '';

/** Who asks; null when nobody has signed in, or the session is over or was ended. Throws `StoreUnavailable`. */
export async function sessionOf(
  request: HttpRequest,
  context: ConsoleContext,
): Promise<Session | null> {
  const token = cookieIn(request.headers['cookie'] ?? '', hostOf(request));
  if (token === '' || context.secrets.length === 0) return null;
  const session = readSession(token, context.clock.now(), keysFor(request, context));
  if (session === null || (await hasEnded(session, context.store))) return null;
  return session;
}

/** What signs for this console, at the address where it is asked. */
export const keysFor = (request: HttpRequest, context: ConsoleContext): KeysOfConsole => ({
  ...{ signatures: context.signatures, secrets: context.secrets },
  ...{ regionId: context.regionId, host: hostOf(request) },
});

/** Lets whoever may look pass. */
export function checkReader(session: Session | null, { access }: ConsoleContext): void {
  if (session === null && !access.isReadingOpen)
    throw new ConsoleError(401, 'sign-in', 'Sign in first.');
}

/**
 * Lets a request pass that changes something only when this very page sent it: browsers tell the origin of every such request. HTTPS but on
 * this machine, and JSON, which no form of another page can send.
 */
export function checkOrigin(request: HttpRequest): void {
  const { origin, 'sec-fetch-site': site, 'content-type': type = '' } = request.headers;
  const host = hostOf(request);
  const own = `${isLoopback(host) ? 'http' : 'https'}://${host}`;
  const isOwn = origin === own && host !== '' && (site === undefined || site === 'same-origin');
  if (!isOwn)
    throw new ConsoleError(403, 'wrong-origin', 'Only the console’s own page may ask for this.');
  if (!/^application\/json\b/i.test(type))
    throw new ConsoleError(415, 'wrong-type', 'The body must be application/json.');
}

/** Somebody who may give orders, by the page’s own request; everybody else hears why not. */
export function checkWriter(
  request: HttpRequest,
  session: Session | null,
  context: ConsoleContext,
): Session {
  checkOrigin(request);
  if (session === null) throw new ConsoleError(401, 'sign-in', 'Sign in first.');
  const token = request.headers['x-evenkeel-request'] ?? '';
  if (!isRequestToken(token, session, context))
    throw new ConsoleError(403, 'wrong-token', 'The request does not belong to this session.');
  if (!context.access.mayWrite || context.operate === null)
    throw new ConsoleError(
      403,
      'read-only',
      'This console only shows: the policy has console.writes off.',
    );
  return session;
}

/** Addresses and people share so many buckets, so that nobody can fill the store with them. */
const BUCKETS = 64;

const bucketOf = (kind: string, whom: string): string => {
  const [first = 0] = createHash('sha256').update(whom).digest();
  return `console/${kind}/${first % BUCKETS}`;
};

/** A bucket that was found empty is not asked again before it has something, so that whoever is refused costs the store nothing. */
async function take(bucket: string, perMinute: number, context: ConsoleContext): Promise<void> {
  const { clock, store, emptyUntil } = context;
  const restMs = (emptyUntil.get(bucket) ?? 0) - clock.now();
  if (restMs > 0) throw tooMany(restMs);
  const request: TokenRequest = {
    count: 1,
    capacity: perMinute,
    refillPerMinute: perMinute,
    reserve: 0,
  };
  const { isGranted, waitMs } = await store.takeTokens(bucket, request);
  if (isGranted) return;
  emptyUntil.set(bucket, clock.now() + waitMs);
  throw tooMany(waitMs);
}

function tooMany(waitMs: number): ConsoleError {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
  const message = `Too many requests: try again in ${seconds} s.`;
  return new ConsoleError(429, 'too-many', message, { 'Retry-After': seconds });
}

/** As often as people mistype, and far too seldom to guess a secret of 16 characters. */
const SIGN_INS_PER_MINUTE = 6;

export const limitSignIns = (request: HttpRequest, context: ConsoleContext): Promise<void> =>
  take(bucketOf('sign-in', request.sourceAddress ?? ''), SIGN_INS_PER_MINUTE, context);

/** People who give as many orders as they may, at once; whoever knows the secret can say many names. */
const PEOPLE_AT_ONCE = 5;

export async function limitWrites({ by }: Session, context: ConsoleContext): Promise<void> {
  const { writesPerMinute } = context.access;
  await take(bucketOf('orders', by), writesPerMinute, context);
  await take('console/orders/all', PEOPLE_AT_ONCE * writesPerMinute, context);
}
