import { z } from 'zod';
import { plus } from '../../shared/domain/units';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { isSecret } from '../../shared/runtime/secret';
import { type SessionView } from './api';
import { checkOrigin, hostOf, keysFor, limitSignIns } from './check-request';
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
import { endSession, mendEnded, useLink } from './stored-sessions';

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

/**
 * Begins a session for somebody who knows the secret, or has a link that is signed with it and was not used before. The store is asked,
 * and every try counted, only after what can be judged without it.
 */
export async function signIn(request: HttpRequest, context: ConsoleContext): Promise<Answer> {
  checkOrigin(request);
  const { secrets, log, clock, newId, access, store } = context;
  if (secrets.length === 0)
    throw new ConsoleError(
      403,
      'no-secret',
      'Nobody can sign in: the policy names no console.secret.',
    );
  const wanted = readBody(request, signInRequest);
  const by =
    'link' in wanted
      ? await nameOnLink(wanted.link, request, context)
      : await nameWithSecret(wanted, request, context);
  const at = clock.now();
  await mendEnded(at, store);
  const session = { id: newId(), by, at, until: plus(at, access.sessionMs) };
  log.info('signed in at the console', { by });
  const token = sessionToken(session, keysFor(request, context));
  const cookie = sessionCookie(token, access.sessionMs, hostOf(request));
  return json(sessionView(session, context), 200, { 'Set-Cookie': cookie });
}

async function nameWithSecret(
  wanted: { readonly by: string; readonly secret: string },
  request: HttpRequest,
  context: ConsoleContext,
): Promise<string> {
  const by = readName(wanted.by);
  if (by === null)
    throw new ConsoleError(400, 'wrong-name', 'Say who you are, in at most 64 characters.');
  await limitSignIns(request, context);
  if (isSecret(wanted.secret, context.secrets)) return by;
  context.log.warn('sign-in refused', { problem: 'wrong secret' });
  throw new ConsoleError(401, 'wrong-secret', 'The secret is wrong.');
}

/** Nobody can guess a signature, so that a wrong one need not be counted. */
async function nameOnLink(
  token: string,
  request: HttpRequest,
  context: ConsoleContext,
): Promise<string> {
  const link = readLink(token, context.clock.now(), keysFor(request, context));
  if (link === null) throw wrongLink('wrong link', context);
  await limitSignIns(request, context);
  if (await useLink(link, context.clock.now(), context.store)) return link.by;
  throw wrongLink('used link', context);
}

function wrongLink(problem: string, { log }: ConsoleContext): ConsoleError {
  log.warn('sign-in refused', { problem });
  const message = 'The link is not valid here, too old, or was used before.';
  return new ConsoleError(401, 'wrong-link', message);
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
