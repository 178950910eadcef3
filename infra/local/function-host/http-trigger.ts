import { type AsyncQueue } from './async-queue';
import { type FunctionDefinition } from './function-definition';
import { type HttpReply, type HttpRequest } from './http-exchange';
import { type InvocationReply, type InvocationRunner } from './invocation-runner';
import { PlatformError } from './platform-error';

export interface HttpTriggerOptions {
  readonly definition: FunctionDefinition;
  readonly accountId: string;
  readonly region: string;
  /** Content types, besides those that are never text, whose bodies arrive base64. */
  readonly sendsFormsAsBase64: boolean;
  readonly now: () => number;
  readonly runner: InvocationRunner;
  readonly queue: AsyncQueue;
  readonly newRequestId: () => string;
}

const TEXT = /^(text\/|application\/(json|xml|javascript)|application\/[\w.+-]+\+(json|xml))/i;
const FORM = /^application\/x-www-form-urlencoded/i;
const BLOCKED_REQUEST_HEADER = /^(x-fc-|connection$|keep-alive$)/;
const BLOCKED_REPLY_HEADER = /^(x-fc-|connection$|content-length$|date$|keep-alive$|server$)/;

/** The public face of one function: turns a request into a version 1 event and the function's answer into a reply. */
export function httpTrigger(
  options: HttpTriggerOptions,
): (request: HttpRequest) => Promise<HttpReply> {
  const { definition, runner, queue } = options;
  return async (request) => {
    const requestId = options.newRequestId();
    if (definition.httpTrigger?.methods.includes(request.method) !== true)
      throw new PlatformError(
        405,
        'MethodNotAllowed',
        `The trigger does not take ${request.method}.`,
      );
    const event = Buffer.from(JSON.stringify(httpEvent(request, options, requestId)), 'utf8');
    if (request.headers['x-fc-invocation-type'] === 'Async') {
      queue.accept(definition, event, { requestId });
      return { status: 202, headers: { 'x-fc-request-id': requestId }, body: Buffer.alloc(0) };
    }
    return replyOf(await runner.run({ definition, requestId, event, retryCount: 0 }));
  };
}

/** The version 1 event of an HTTP trigger: path encoded, several values of one name joined by commas. */
function httpEvent(request: HttpRequest, options: HttpTriggerOptions, requestId: string): object {
  const type = request.headers['content-type'] ?? '';
  const isText = type === '' || TEXT.test(type) || (FORM.test(type) && !options.sendsFormsAsBase64);
  const prefix = options.definition.functionName.toLowerCase();
  const time = options.now();
  return {
    version: 'v1',
    rawPath: request.path,
    body: request.body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    headers: Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => !BLOCKED_REQUEST_HEADER.test(name))
        .map(([name, value]) => [canonicalCase(name), value]),
    ),
    queryParameters: joined(request.query),
    requestContext: {
      accountId: options.accountId,
      domainName: `${prefix}.${options.region}.fcapp.run`,
      domainPrefix: prefix,
      http: {
        method: request.method,
        path: decodedOr(request.path),
        protocol: request.protocol,
        sourceIp: request.sourceAddress,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      time: new Date(time).toISOString(),
      timeEpoch: String(time),
    },
  };
}

/** A path with a malformed escape is passed on as it came: what to make of it is the function's to say. */
function decodedOr(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Example: `content-type` → `Content-Type`. */
const canonicalCase = (name: string): string =>
  name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

function joined(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const earlier = values[name];
    values[name] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return values;
}

/** The function's own status, headers and body; its fault is still 200, told by `X-Fc-Error-Type`. */
function replyOf(reply: InvocationReply): HttpReply {
  const fixed = { 'x-fc-request-id': reply.requestId, 'x-fc-instance-id': reply.instanceId };
  if (reply.errorType !== null) {
    const headers = {
      ...fixed,
      'content-type': 'application/json',
      'x-fc-error-type': reply.errorType,
    };
    return { status: 200, headers, body: reply.body };
  }
  const answer = answerOf(reply.body);
  if (answer === null)
    return {
      status: 200,
      headers: { ...fixed, 'content-type': 'application/json' },
      body: reply.body,
    };
  const own = Object.entries(answer.headers ?? {}).filter(
    ([name]) => !BLOCKED_REPLY_HEADER.test(name.toLowerCase()),
  );
  const body = Buffer.from(answer.body ?? '', answer.isBase64Encoded === true ? 'base64' : 'utf8');
  return { status: answer.statusCode, headers: { ...Object.fromEntries(own), ...fixed }, body };
}

interface TriggerAnswer {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Null when the function did not answer in the trigger's shape. */
function answerOf(body: Buffer): TriggerAnswer | null {
  try {
    const answer = JSON.parse(body.toString('utf8')) as Partial<TriggerAnswer> | null;
    return typeof answer?.statusCode === 'number' ? (answer as TriggerAnswer) : null;
  } catch {
    return null;
  }
}
