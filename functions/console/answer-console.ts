import { METRICS_CONTENT_TYPE } from '../../shared/metrics/metrics-text';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { type HttpReply, type HttpRequest } from '../../shared/runtime/http-event';
import { isSecret } from '../../shared/runtime/secret';
import { signIn, signOut, sessionView } from './answer-session';
import { answerView } from './answer-view';
import { type ErrorView } from './api';
import { checkReader, checkWriter, limitWrites, sessionOf } from './check-request';
import { ConsoleError } from './console-error';
import { type ConsoleContext } from './console-context';
import { giveOrder } from './give-order';
import { orderRequest } from './order-request';
import { readBody } from './read-body';
import { type Answer, json, replyOf, text } from './reply';
import { type Session } from './sessions';

/** An order has a few hundred bytes. */
export const BODY_BYTES_MAX = 16_384;

/**
 * The console: the page, its JSON API, `/metrics` and `/healthz`. Whatever goes wrong is answered with its status and a code; nothing is
 * thrown but what nobody expected.
 */
export async function answerConsole(
  request: HttpRequest,
  context: ConsoleContext,
): Promise<HttpReply> {
  const answer = await answerOf(request, context).catch((error: unknown) =>
    errorAnswer(error, context),
  );
  return replyOf(answer, request, context.clock.now());
}

function errorAnswer(error: unknown, { log }: ConsoleContext): Answer {
  if (error instanceof StoreUnavailable) {
    log.error('the console could not reach the store', { problem: error.message });
    const body = { code: 'store-unavailable', error: 'The state store cannot be reached.' };
    return json(body satisfies ErrorView, 503);
  }
  if (!(error instanceof ConsoleError)) throw error;
  const { status, code, message, headers } = error;
  if (status !== 404) log.warn('request refused', { status, code });
  return json({ code, error: message } satisfies ErrorView, status, headers);
}

/** Methods of a path; any other is answered 405. */
function allow(methods: readonly string[], { method }: HttpRequest): void {
  if (methods.includes(method)) return;
  throw new ConsoleError(405, 'wrong-method', `${method} is not answered here.`, {
    Allow: methods.join(', '),
  });
}

async function answerOf(request: HttpRequest, context: ConsoleContext): Promise<Answer> {
  if (request.body.byteLength > BODY_BYTES_MAX)
    throw new ConsoleError(413, 'too-large', `A body has at most ${BODY_BYTES_MAX} bytes.`);
  const parts = partsOf(request.path);
  if (parts[0] === 'api') return answerApi(parts.slice(1), request, context);
  allow(['GET', 'HEAD'], request);
  if (request.path === '/healthz') return healthAnswer(context);
  if (request.path === '/metrics') return metricsAnswer(request, context);
  const file = context.pageFile(request.path);
  if (file === null) throw new ConsoleError(404, 'unknown', 'There is no such page.');
  return { status: 200, ...file };
}

function partsOf(path: string): readonly string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    throw new ConsoleError(400, 'malformed', 'The path has a malformed escape.');
  }
}

async function answerApi(
  parts: readonly string[],
  request: HttpRequest,
  context: ConsoleContext,
): Promise<Answer> {
  const path = parts.join('/');
  if (path === 'session') {
    allow(['GET', 'POST', 'DELETE'], request);
    if (request.method === 'POST') return signIn(request, context);
    const session = await sessionOf(request, context);
    return request.method === 'DELETE'
      ? signOut(request, session, context)
      : json(sessionView(session, context));
  }
  allow(path === 'orders' ? ['GET', 'POST'] : ['GET'], request);
  const session = await sessionOf(request, context);
  if (request.method === 'POST') return orderAnswer(request, session, context);
  checkReader(session, context);
  return json(await answerView(parts, request.query, context));
}

async function orderAnswer(
  request: HttpRequest,
  session: Session | null,
  context: ConsoleContext,
): Promise<Answer> {
  const writer = checkWriter(request, session, context);
  await limitWrites(writer, context);
  const reply = await giveOrder(readBody(request, orderRequest), writer, context);
  return json(reply, reply.kind === 'refused' ? 409 : 200);
}

/** Whether the console can do its work; says nothing else, as anybody may ask. Throws `StoreUnavailable`. */
async function healthAnswer({ store }: ConsoleContext): Promise<Answer> {
  await store.read('console/orders');
  return json({ status: 'ok' });
}

/** Prometheus shows its token; where the policy names none, whoever may look may read them. */
async function metricsAnswer(request: HttpRequest, context: ConsoleContext): Promise<Answer> {
  const { metrics, metricsSecrets } = context;
  if (metrics === null) throw new ConsoleError(404, 'unknown', 'There are no metrics here.');
  if (metricsSecrets === null) checkReader(await sessionOf(request, context), context);
  else if (!isSecret(bearerOf(request), metricsSecrets))
    throw new ConsoleError(401, 'wrong-token', 'The bearer token is wrong.', {
      'WWW-Authenticate': 'Bearer',
    });
  const page = /^[1-9]\d{0,5}$/.test(request.query['page'] ?? '')
    ? Number(request.query['page'])
    : undefined;
  return text(await metrics(page), METRICS_CONTENT_TYPE);
}

const bearerOf = ({ headers }: HttpRequest): string =>
  /^Bearer (\S+)$/i.exec(headers['authorization'] ?? '')?.[1] ?? '';
