import { type ErrorView, type OrderReply, type SessionView } from '../api';

/** What the API refused, by its code; `network` when it could not be asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** Whether the console answers, and since when not. */
export interface Connection {
  readonly downSince: number | null;
  readonly lastAt: number | null;
}

const ANSWER_WITHIN_MS = 15_000;
/** A plan reads the cloud, one pool after the other. */
const ORDER_WITHIN_MS = 130_000;
/** Answers that are kept to be compared with. */
const KEPT = 60;

const answers = new Map<string, { readonly tag: string; readonly body: unknown }>();
const listeners = new Set<() => void>();
let connection: Connection = { downSince: null, lastAt: null };
/** How far the server’s clock is ahead of this one. */
let aheadMs = 0;

/** The server’s time, as far as its last answer tells. */
export const serverNow = (): number => Date.now() + aheadMs;

export const currentConnection = (): Connection => connection;

/** Called whenever the connection is lost or found again. Gives what ends that. */
export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function tell(next: Connection): void {
  const hasChanged = next.downSince !== connection.downSince;
  connection = next;
  if (hasChanged) for (const listener of listeners) listener();
}

async function ask(path: string, init: RequestInit, withinMs: number): Promise<Response> {
  try {
    const response = await fetch(path, {
      ...init,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(withinMs),
    });
    const now = Number(response.headers.get('x-evenkeel-now') ?? '');
    if (now === 0) throw new Error('not the console'); // the platform itself, or something in between
    aheadMs = now - Date.now();
    tell({ downSince: null, lastAt: now });
    return response;
  } catch {
    tell({ ...connection, downSince: connection.downSince ?? serverNow() });
    throw new ApiError(0, 'network', 'The console cannot be reached.');
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as ErrorView | null;
  return new ApiError(response.status, body?.code ?? 'unknown', body?.error ?? '');
}

/** What the API answers; the very same value while it has not changed. Throws `ApiError`. */
export async function read<T>(path: string): Promise<T> {
  const known = answers.get(path);
  const headers: Record<string, string> = known === undefined ? {} : { 'If-None-Match': known.tag };
  const response = await ask(path, { headers }, ANSWER_WITHIN_MS);
  if (response.status === 304 && known !== undefined) return known.body as T;
  if (!response.ok) throw await errorOf(response);
  const body = (await response.json()) as T;
  answers.delete(path);
  answers.set(path, { tag: response.headers.get('etag') ?? '', body });
  for (const oldest of [...answers.keys()].slice(0, -KEPT)) answers.delete(oldest);
  return body;
}

/** Nothing that somebody else may see is kept. */
export const forgetAnswers = (): void => answers.clear();

const JSON_TYPE = { 'Content-Type': 'application/json' };

export async function signIn(
  body: { readonly by: string; readonly secret: string } | { readonly link: string },
): Promise<SessionView> {
  const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) };
  const response = await ask('/api/session', init, ANSWER_WITHIN_MS);
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as SessionView;
}

export async function signOut(): Promise<SessionView> {
  const response = await ask(
    '/api/session',
    { method: 'DELETE', headers: JSON_TYPE },
    ANSWER_WITHIN_MS,
  );
  if (!response.ok) throw await errorOf(response);
  forgetAnswers();
  return (await response.json()) as SessionView;
}

/** Gives an order, or asks for a plan. A refusal is a reply; throws `ApiError` when nobody took it. */
export async function order(request: object, session: SessionView): Promise<OrderReply> {
  const headers = { ...JSON_TYPE, 'X-Evenkeel-Request': session.requestToken ?? '' };
  const init = { method: 'POST', headers, body: JSON.stringify(request) };
  const response = await ask('/api/orders', init, ORDER_WITHIN_MS);
  if (!response.ok && response.status !== 409) throw await errorOf(response);
  const reply = (await response.json()) as OrderReply & Partial<ErrorView>;
  if (reply.error !== undefined) throw new ApiError(response.status, reply.code ?? '', reply.error);
  return reply;
}
