import { VendorError } from '../contracts';
import { isAllowed } from '../ram/is-allowed';
import { type AccessKey, type AccessKeys } from '../openapi/access-keys';
import { authenticate } from '../openapi/authenticate';
import { NonceMemory } from '../openapi/nonce-memory';
import { type AsyncQueue } from './async-queue';
import { verifyFcSignature } from './fc-signature';
import { type FunctionDefinition } from './function-definition';
import { type HttpReply, type HttpRequest } from './http-exchange';
import { type InvocationReply, type InvocationRunner } from './invocation-runner';
import { PlatformError } from './platform-error';

export interface InvocationApiOptions {
  readonly accessKeys: AccessKeys;
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  readonly find: (functionName: string) => FunctionDefinition | undefined;
  readonly runner: InvocationRunner;
  readonly queue: AsyncQueue;
  readonly newRequestId: () => string;
}

const PATH_2016 = /^\/2016-08-15\/services\/([^/]+)\/functions\/([^/]+)\/invocations$/;
const PATH_2023 = /^\/2023-03-30\/functions\/([^/]+)\/invocations$/;
const CLOCK_SKEW_MS = 15 * 60 * 1000;
const NONCES_KEPT = 100_000;
const LOG_TAIL_BYTES = 4096;

/**
 * InvokeFunction under both API dates. `service/function` of 2016-08-15 finds the function named `service-function`; 2023-03-30
 * also takes `service$function`, as the vendor's newer API addresses older functions.
 */
export function invocationApi(
  options: InvocationApiOptions,
): (request: HttpRequest) => Promise<HttpReply> {
  const nonces = new NonceMemory(NONCES_KEPT);
  return async (request) => {
    const requestId = options.newRequestId();
    const withId = (reply: HttpReply) => ({
      ...reply,
      headers: { ...reply.headers, 'x-fc-request-id': requestId },
    });
    const { functionName, key } = callOf(request, options, nonces);
    requireInvoke(functionName, key, options);
    const definition = options.find(functionName);
    if (request.method !== 'POST')
      throw new PlatformError(405, 'MethodNotAllowed', 'Invoke with POST.');
    if (definition === undefined)
      throw new PlatformError(
        404,
        'FunctionNotFound',
        `The function ${functionName} does not exist.`,
      );
    if (request.headers['x-fc-invocation-type'] !== 'Async') {
      const reply = await options.runner.run({
        definition,
        requestId,
        event: request.body,
        retryCount: 0,
      });
      return withId(replyOf(reply, request.headers['x-fc-log-type'] === 'Tail'));
    }
    const taskId = request.headers['x-fc-async-task-id'];
    options.queue.accept(definition, request.body, { requestId, taskId });
    return withId({ status: 202, headers: {}, body: Buffer.alloc(0) });
  };
}

/** Who may call is checked before whether the function exists, so that a stranger learns no names. */
function callOf(
  request: HttpRequest,
  options: InvocationApiOptions,
  nonces: NonceMemory,
): { readonly functionName: string; readonly key: AccessKey } {
  const older = PATH_2016.exec(request.path);
  if (older !== null) {
    const key = verifyFcSignature(request, options.accessKeys, options.now());
    const service = decodeURIComponent(older[1] ?? '').split('.')[0] ?? '';
    return { key, functionName: `${service}-${decodeURIComponent(older[2] ?? '')}` };
  }
  const newer = PATH_2023.exec(request.path);
  if (newer === null)
    throw new PlatformError(404, 'ResourceNotFound', 'There is nothing at this path.');
  const key = verifyAcs3(request, options, nonces);
  return { key, functionName: decodeURIComponent(newer[1] ?? '').replace('$', '-') };
}

function verifyAcs3(
  request: HttpRequest,
  options: InvocationApiOptions,
  nonces: NonceMemory,
): AccessKey {
  const { accessKeys, now } = options;
  try {
    return authenticate(request, {}, { accessKeys, nonces, clockSkewMs: CLOCK_SKEW_MS, now }).key;
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw new PlatformError(403, error.code, error.message);
  }
}

/** RAM is asked before anybody learns whether the function exists. Functions of a service are asked for by it, too. */
function requireInvoke(
  functionName: string,
  { policy }: AccessKey,
  { region, accountId }: InvocationApiOptions,
): void {
  const resource = `acs:fc:${region}:${accountId}:functions/${functionName}`;
  if (policy === undefined || isAllowed(policy, { action: 'fc:InvokeFunction', resource })) return;
  throw new PlatformError(403, 'AccessDenied', `Not authorized to invoke ${functionName}.`);
}

function replyOf(reply: InvocationReply, wantsLog: boolean): HttpReply {
  const tail = Buffer.from(reply.lines.join('\n'), 'utf8').subarray(-LOG_TAIL_BYTES);
  return {
    status: 200,
    headers: {
      'content-type': reply.errorType === null ? 'application/octet-stream' : 'application/json',
      'x-fc-instance-id': reply.instanceId,
      ...(reply.errorType === null ? {} : { 'x-fc-error-type': reply.errorType }),
      ...(wantsLog ? { 'x-fc-log-result': tail.toString('base64') } : {}),
    },
    body: reply.body,
  };
}
