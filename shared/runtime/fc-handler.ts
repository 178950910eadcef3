import middy from '@middy/core';
import { type z } from 'zod';
import { CloudError } from '../domain/cloud-error';
import { type Instant, type Millis, plus } from '../domain/units';
import { type Clock } from '../ports/clock';
import { StoreUnavailable } from '../ports/state-store';
import { EventError, malformed } from './event-error';
import { type FcContext, type FcHandler } from './fc-context';
import { type HttpReply, type HttpRequest, jsonReply, readHttpRequest } from './http-event';
import { type Invocation } from './invocation';
import { invocationLog } from './invocation-log';
import { answeringBoth } from './service-http';

interface HandlerSettings {
  readonly clock: Clock;
  /** Kept off the platform's time-out for the reply. Default 1 s, at most a quarter of the time-out. */
  readonly reserveMs?: Millis;
  /** Done before anything else, at every invocation. */
  readonly prepare?: () => Promise<void>;
  /** Done next: sets the clock, and gives by how many milliseconds that put it forward. */
  readonly keepTime?: () => Promise<number>;
  /** Done after everything else, whatever came of it; never throws. The reply waits for it. */
  readonly finish?: () => Promise<void>;
  /** Texts that may not appear in a log line. */
  readonly secrets?: () => readonly string[];
}

export interface EventHandlerOptions<Input> extends HandlerSettings {
  readonly schema: z.ZodType<Input>;
  readonly handle: (input: Input, invocation: Invocation) => Promise<object>;
}

export interface HttpHandlerOptions extends HandlerSettings {
  /** Larger bodies are answered 413. */
  readonly bodyBytesMax: number;
  /** Go along with what is answered instead of `handle`: a refusal, or what became of its error. */
  readonly errorHeaders?: Readonly<Record<string, string>>;
  readonly handle: (request: HttpRequest, invocation: Invocation) => Promise<HttpReply>;
}

/** What travels along the pipeline: the event becomes the input, the invocation is added. */
interface Passage<Input> {
  event: unknown;
  readonly context: FcContext;
  response: unknown;
  error: unknown;
  readonly internal: { invocation?: Invocation; input?: Input };
}

/**
 * A function called with JSON: by a queue, a timer, EventBridge or a person. Malformed events are recorded and acknowledged, because a
 * second delivery cannot help; failures that may pass are thrown, so that the platform tries again; others are recorded and thrown.
 */
export function eventHandler<Input>(options: EventHandlerOptions<Input>): FcHandler {
  const readInput = (value: unknown): Input => {
    const parsed = options.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw malformed(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  };
  const onError = (error: unknown, { log }: Invocation): object => {
    if (error instanceof EventError) {
      log.warn('malformed event acknowledged', { problem: error.message });
      return { kind: 'malformed', message: error.message };
    }
    log.error('invocation failed', { error: describe(error), isRetryable: isRetryable(error) });
    throw error;
  };
  return pipeline(options, { readInput, handle: options.handle, onError });
}

/**
 * A function called by an HTTP trigger. Wrong requests get their status; anything unexpected is recorded and answered 500 (503 when it
 * may pass) without details: a thrown error would reach the caller as status 200.
 */
export function httpHandler(options: HttpHandlerOptions): FcHandler {
  const refuse = (status: number, error: string): HttpReply => {
    const reply = jsonReply(status, { error });
    return { ...reply, headers: { ...options.errorHeaders, ...reply.headers } };
  };
  const onError = (error: unknown, { log }: Invocation): HttpReply => {
    if (error instanceof EventError) {
      log.warn('request refused', { status: error.status, problem: error.message });
      return refuse(error.status, error.message);
    }
    log.error('invocation failed', { error: describe(error) });
    return isRetryable(error)
      ? refuse(503, 'Not accepted now; try again.')
      : refuse(500, 'Internal error.');
  };
  const readInput = (value: unknown) => readHttpRequest(value, options.bodyBytesMax);
  return answeringBoth(pipeline(options, { readInput, handle: options.handle, onError }));
}

interface Stages<Input> {
  readonly readInput: (value: unknown) => Input;
  readonly handle: (input: Input, invocation: Invocation) => Promise<object>;
  /** The reply instead, or throws. */
  readonly onError: (error: unknown, invocation: Invocation) => object;
}

function pipeline<Input>(settings: HandlerSettings, stages: Stages<Input>): FcHandler {
  const handler = middy({ timeoutEarlyInMillis: 0 })
    .use({
      before: async (request) => {
        const passage = request as unknown as Passage<Input>;
        const begunAt = settings.clock.now();
        await settings.prepare?.();
        const startedAt = plus(begunAt, (await settings.keepTime?.()) ?? 0);
        passage.internal.invocation = describeInvocation(passage.context, settings, startedAt);
        passage.event = { value: readJson(passage.event), invocation: passage.internal.invocation };
      },
      onError: (request) => {
        const passage = request as unknown as Passage<Input>;
        const invocation =
          passage.internal.invocation ??
          describeInvocation(passage.context, settings, settings.clock.now());
        passage.response = stages.onError(passage.error, invocation);
      },
    })
    .handler(async ({ value, invocation }: { value: unknown; invocation: Invocation }) =>
      stages.handle(stages.readInput(value), invocation),
    );
  return finished(handler as FcHandler, settings);
}

const finished = (handler: FcHandler, { finish }: HandlerSettings): FcHandler =>
  finish === undefined
    ? handler
    : async (event, context) => handler(event, context).finally(finish);

const RESERVE_MS = 1000;

function describeInvocation(
  context: FcContext,
  settings: HandlerSettings,
  startedAt: Instant,
): Invocation {
  const timeoutMs = context.function.timeout * 1000;
  const reserveMs = Math.min(settings.reserveMs ?? RESERVE_MS, timeoutMs / 4);
  return {
    requestId: context.requestId,
    deadline: plus(startedAt, timeoutMs - reserveMs),
    log: invocationLog(context, [
      ...secretsOf(settings),
      context.credentials?.accessKeySecret ?? '',
    ]),
    context,
  };
}

/** A configuration that cannot be read is the handler's to report; until then there is nothing to hide. */
function secretsOf({ secrets }: HandlerSettings): readonly string[] {
  try {
    return secrets?.() ?? [];
  } catch {
    return [];
  }
}

function readJson(event: unknown): unknown {
  const text = Buffer.isBuffer(event) ? event.toString('utf8') : undefined;
  if (text === undefined) throw malformed('The event is not a buffer.');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('The event is not JSON.');
  }
}

/** Worth another delivery: the store or the cloud was not there just now. */
const isRetryable = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  (error instanceof CloudError && error.details.reaction !== 'stop');

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
