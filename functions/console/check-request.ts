import { createHash } from 'node:crypto';
import { type TokenRequest } from '../../shared/ports/state-store';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { ConsoleError } from './console-error';
import { type ConsoleContext } from './console-context';
import { hasEnded } from './stored-sessions';
import { cookieIn, isLoopback, isRequestToken, readSession, type Session } from './sessions';

export const hostOf = ({ headers }: HttpRequest): string => headers['host'] ?? '';

/** Who asks; null when nobody has signed in, or the session is over or was ended. Throws `StoreUnavailable`. */
export async function sessionOf(
  request: HttpRequest,
  context: ConsoleContext,
): Promise<Session | null> {
  const token = cookieIn(request.headers['cookie'] ?? '', hostOf(request));
  if (token === '' || context.secrets.length === 0) return null;
  const session = readSession(token, context.clock.now(), context);
  if (session === null || (await hasEnded(session.id, context.store))) return null;
  return session;
}

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

async function take(bucket: string, perMinute: number, context: ConsoleContext): Promise<void> {
  const request: TokenRequest = {
    count: 1,
    capacity: perMinute,
    refillPerMinute: perMinute,
    reserve: 0,
  };
  const { isGranted, waitMs } = await context.store.takeTokens(bucket, request);
  if (isGranted) return;
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
  throw new ConsoleError(429, 'too-many', `Too many requests: try again in ${seconds} s.`, {
    'Retry-After': seconds,
  });
}

/** As often as people mistype, and far too seldom to guess a secret of 16 characters. */
const SIGN_INS_PER_MINUTE = 6;

export const limitSignIns = (request: HttpRequest, context: ConsoleContext): Promise<void> =>
  take(bucketOf('sign-in', request.sourceAddress ?? ''), SIGN_INS_PER_MINUTE, context);

export const limitWrites = ({ by }: Session, context: ConsoleContext): Promise<void> =>
  take(bucketOf('orders', by), context.access.writesPerMinute, context);
