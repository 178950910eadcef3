import { z } from 'zod';
import { plus } from '../../shared/domain/units';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { isSecret } from '../../shared/runtime/secret';
import { type SessionView } from './api';
import { checkOrigin, hostOf, limitSignIns } from './check-request';
import { ConsoleError } from './console-error';
import { type ConsoleContext } from './console-context';
import { readBody } from './read-body';
import { type Answer, json } from './reply';
import {
  readLink,
  readName,
  requestToken,
  type Session,
  sessionCookie,
  sessionToken,
} from './sessions';
import { endSession, useLink } from './stored-sessions';

const signInRequest = z.union([
  z.strictObject({ by: z.string().max(200), secret: z.string().min(1).max(1000) }),
  z.strictObject({ link: z.string().min(1).max(1000) }),
]);

/** Who looks, and what they may do. */
export function sessionView(session: Session | null, context: ConsoleContext): SessionView {
  const { access, secrets, operate } = context;
  return {
    by: session?.by ?? null,
    until: session?.until ?? null,
    requestToken: session === null ? null : requestToken(session, context),
    mayRead: session !== null || access.isReadingOpen,
    mayWrite: session !== null && access.mayWrite && operate !== null,
    canSignIn: secrets.length > 0,
  };
}

/** Begins a session for somebody who knows the secret, or has a link that is signed with it and was not used before. */
export async function signIn(request: HttpRequest, context: ConsoleContext): Promise<Answer> {
  checkOrigin(request);
  const { secrets, log, clock, newId, access } = context;
  if (secrets.length === 0)
    throw new ConsoleError(
      403,
      'no-secret',
      'Nobody can sign in: the policy names no console.secret.',
    );
  await limitSignIns(request, context);
  const wanted = readBody(request, signInRequest);
  const by =
    'link' in wanted
      ? await nameOnLink(wanted.link, context)
      : nameWithSecret(wanted.by, wanted.secret, context);
  const at = clock.now();
  const session = { id: newId(), by, at, until: plus(at, access.sessionMs) };
  log.info('signed in at the console', { by });
  const cookie = sessionCookie(sessionToken(session, context), access.sessionMs, hostOf(request));
  return json(sessionView(session, context), 200, { 'Set-Cookie': cookie });
}

function nameWithSecret(name: string, secret: string, context: ConsoleContext): string {
  if (!isSecret(secret, context.secrets)) {
    context.log.warn('sign-in refused', { problem: 'wrong secret' });
    throw new ConsoleError(401, 'wrong-secret', 'The secret is wrong.');
  }
  const by = readName(name);
  if (by === null)
    throw new ConsoleError(400, 'wrong-name', 'Say who you are, in at most 64 characters.');
  return by;
}

async function nameOnLink(token: string, context: ConsoleContext): Promise<string> {
  const link = readLink(token, context.clock.now(), context);
  const isFresh = link !== null && (await useLink(link, context.clock.now(), context.store));
  if (link !== null && isFresh) return link.by;
  context.log.warn('sign-in refused', { problem: link === null ? 'wrong link' : 'used link' });
  throw new ConsoleError(401, 'wrong-link', 'The link is not valid, too old, or was used before.');
}

/** Ends a session, for whoever has a copy of its cookie as well. */
export async function signOut(
  request: HttpRequest,
  session: Session | null,
  context: ConsoleContext,
): Promise<Answer> {
  checkOrigin(request);
  if (session !== null && !(await endSession(session, context.clock.now(), context.store)))
    throw new ConsoleError(503, 'try-again', 'The session could not be ended; try again.');
  return json(sessionView(null, context), 200, {
    'Set-Cookie': sessionCookie('', 0, hostOf(request)),
  });
}
