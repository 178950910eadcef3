import { type Instant, instant } from '../../shared/domain/units';
import { type Signatures } from '../../shared/ports/signatures';

/** Somebody who has signed in, until when. */
export interface Session {
  readonly id: string;
  readonly by: string;
  readonly at: Instant;
  readonly until: Instant;
}

interface Keys {
  readonly signatures: Signatures;
  /** Accepted secrets, the one that signs first. */
  readonly secrets: readonly string[];
}

/** One console: what was signed for it is worth nothing at another that has the same secret. */
interface Audience {
  readonly regionId: string;
  /** As the address has it, with a port that is not the usual one. */
  readonly host: string;
}

export type KeysOfConsole = Keys & Audience;

const ID = /^[\w-]{8,64}$/;
const NAME_LENGTH_MAX = 64;
const TOKEN_LENGTH_MAX = 1000;
const LINK_SPAN_MS = 5 * 60_000;
/** How far the clock of whoever signed may be ahead. */
const SKEW_MS = 60_000;

/** A name that people may go by: short, of one line. Null when it is none. */
export function readName(text: unknown): string | null {
  const name = typeof text === 'string' ? text.trim() : '';
  const isName =
    name !== '' && name.length <= NAME_LENGTH_MAX && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
  return isName ? name : null;
}

type Purpose = 'session' | 'sign-in';

/** `<payload>.<signature>`; a token of one purpose is worth nothing for the other. */
function tokenOf(purpose: Purpose, session: Session, keys: KeysOfConsole): string {
  const { signatures, secrets } = keys;
  const payload = Buffer.from(JSON.stringify(session), 'utf8').toString('base64url');
  return `${payload}.${signatures.sign(purpose, wordOf(session, keys), secrets[0] ?? '')}`;
}

const wordOf = (session: Session, { regionId, host }: Audience): object => ({
  ...session,
  ...{ regionId, host: host.toLowerCase() },
});

/** What a token says, if one of the secrets signed it and it holds now; null for anything else. */
function readToken(
  purpose: Purpose,
  token: string,
  now: Instant,
  keys: KeysOfConsole,
): Session | null {
  if (token.length > TOKEN_LENGTH_MAX) return null;
  const [payload = '', signature = '', ...more] = token.split('.');
  const session = more.length === 0 ? readPayload(payload) : null;
  if (session === null) return null;
  const { signatures, secrets } = keys;
  if (!signatures.isSigned(purpose, wordOf(session, keys), signature, secrets)) return null;
  return session.until > now && session.at <= now + SKEW_MS ? session : null;
}

function readPayload(payload: string): Session | null {
  try {
    const value = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<
      string,
      unknown
    > | null;
    const { id, at, until } = value ?? {};
    const by = readName(value?.['by']);
    const isWhole = typeof id === 'string' && ID.test(id) && by !== null;
    if (!isWhole || !Number.isSafeInteger(at) || !Number.isSafeInteger(until)) return null;
    return { id, by, at: instant(at as number), until: instant(until as number) };
  } catch {
    return null;
  }
}

/** The value of the session’s cookie. */
export const sessionToken = (session: Session, keys: KeysOfConsole): string =>
  tokenOf('session', session, keys);

export const readSession = (token: string, now: Instant, keys: KeysOfConsole): Session | null =>
  readToken('session', token, now, keys);

/** What stands in a link that signs one person in at one console, once, within five minutes. */
export const linkToken = (
  { id, by, at }: Pick<Session, 'id' | 'by' | 'at'>,
  keys: KeysOfConsole,
): string => tokenOf('sign-in', { id, by, at, until: instant(at + LINK_SPAN_MS) }, keys);

/** A link that claims to hold for longer than one of ours is none. */
export function readLink(token: string, now: Instant, keys: KeysOfConsole): Session | null {
  const link = readToken('sign-in', token, now, keys);
  return link !== null && link.until - link.at <= LINK_SPAN_MS ? link : null;
}

/** Goes along with every order of a session; a page of another origin cannot know it. */
export const requestToken = ({ id }: Session, { signatures, secrets }: Keys): string =>
  signatures.sign('request', { id }, secrets[0] ?? '');

export const isRequestToken = (
  presented: string,
  { id }: Session,
  { signatures, secrets }: Keys,
): boolean => signatures.isSigned('request', { id }, presented, secrets);

const COOKIE = 'evenkeel-session';

/** Browsers keep `__Host-` cookies to one host and to HTTPS; over plain HTTP, on this machine alone, that name is not taken. */
const cookieName = (isLoopback: boolean): string => (isLoopback ? COOKIE : `__Host-${COOKIE}`);

/** Whether a host is this very machine, whose traffic nobody else hears. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/.test(host);

/** Sets the cookie, or with an empty token takes it away. */
export function sessionCookie(token: string, maxAgeMs: number, host: string): string {
  const isLocal = isLoopback(host);
  const fields = [
    `${cookieName(isLocal)}=${token}`,
    'Path=/',
    `Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1000))}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isLocal ? [] : ['Secure']),
  ];
  return fields.join('; ');
}

/**
 * The session’s cookie among those of a request; empty when there is none. Only `;` parts them: a comma stands within a value, which
 * another site of the same domain may have chosen.
 */
export function cookieIn(header: string, host: string): string {
  const name = `${cookieName(isLoopback(host))}=`;
  const found = header
    .split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(name));
  return found?.slice(name.length) ?? '';
}
