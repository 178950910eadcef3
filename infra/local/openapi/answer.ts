import { randomUUID } from 'node:crypto';
import { type LocalService, type Parameters, VendorError } from '../contracts';
import {
  authenticate,
  type AuthenticationSettings,
  isAcs3,
  type SignedRequest,
} from './authenticate';
import { type ControlPlane } from './control-plane';
import { decodePairs, parametersOf } from './decode-parameters';
import { type ControlPlaneFault } from './fault-switch';
import {
  bodyTooLarge,
  forbidden,
  internalError,
  throttled,
  unknownAction,
  unsupportedMethod,
} from './gateway-errors';
import { type LoggedRequest } from './request-log';

/** A request as it arrived; `body` is null when it was too large to be kept. Header names in lower case. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly encodedQuery: string;
  readonly body: Buffer | null;
}

export interface AnswerSettings {
  readonly controlPlane: ControlPlane;
  readonly authentication: AuthenticationSettings;
}

export type Answer =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silence' };

/** What is known of a call so far; the log has it even when the call fails half-way. */
interface Call {
  readonly requestId: string;
  version: string;
  action: string;
  product: LocalService['product'] | undefined;
  parameters: Parameters;
  accessKeyId: string | undefined;
  signature: LoggedRequest['signature'];
  isServed: boolean;
  code: string | undefined;
  defect: string | undefined;
}

const SIGNATURE_PARAMETERS = new Set(
  'Action Version Format Timestamp Signature SignatureMethod SignatureVersion SignatureNonce SignatureType AccessKeyId SecurityToken BearerToken'.split(
    ' ',
  ),
);
const SECRET_HEADERS = new Set([
  'authorization',
  'x-acs-security-token',
  'x-acs-bearer-token',
  'cookie',
]);

/** Answers one request: the action's reply, the vendor's error envelope, or what the fault switch orders. Logs it. Never rejects. */
export async function answerOf(received: RawRequest, settings: AnswerSettings): Promise<Answer> {
  const { clock, log } = settings.controlPlane;
  const startedAt = clock.now();
  const call = newCall();
  const answer = await attempt(call, received, settings).catch((error: unknown) =>
    errorAnswer(call, received, error),
  );
  log.add(
    {
      at: startedAt,
      requestId: call.requestId,
      product: call.product,
      version: call.version,
      action: call.action,
      via: received.method === 'GET' ? 'GET' : 'POST',
      signature: call.signature,
      accessKeyId: call.accessKeyId,
      parameters: call.parameters,
      headers: Object.fromEntries(
        Object.entries(received.headers).map(([name, value]) => [
          name,
          SECRET_HEADERS.has(name) ? '' : value,
        ]),
      ),
      status: answer.kind === 'reply' ? answer.status : 0,
      code: call.code,
      defect: call.defect,
      durationMs: clock.now() - startedAt,
    },
    call.isServed,
  );
  return answer;
}

const newCall = (): Call => ({
  requestId: randomUUID().toUpperCase(),
  version: '',
  action: '',
  product: undefined,
  parameters: {},
  accessKeyId: undefined,
  signature: 'none',
  isServed: false,
  code: undefined,
  defect: undefined,
});

async function attempt(
  call: Call,
  received: RawRequest,
  { controlPlane, authentication }: AnswerSettings,
): Promise<Answer> {
  if (received.body === null) throw bodyTooLarge();
  const request = decodeRequest(received, received.body);
  const parameters = parametersOf([...request.query, ...request.form]);
  identify(call, request.headers, parameters, controlPlane);
  const fault = controlPlane.faults.strike(call.product, call.action);
  const broken = brokenConnection(fault);
  if (broken !== undefined) return broken;
  if (request.method !== 'GET' && request.method !== 'POST') throw unsupportedMethod();
  if (request.path !== '/') throw unknownAction();
  const route = controlPlane.route(call.version, call.action);
  call.isServed = true;
  const { key, signature } = authenticate(request, parameters, authentication);
  call.accessKeyId = key.accessKeyId;
  call.signature = signature;
  refuse(fault);
  const reply = await controlPlane.perform(route, call.parameters, key);
  return fault === 'lost-reply'
    ? { kind: 'reset' }
    : jsonAnswer(200, { ...reply, RequestId: call.requestId }, call.requestId);
}

function decodeRequest(
  { method, path, headers, encodedQuery }: RawRequest,
  body: Buffer,
): SignedRequest {
  const isForm = (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return {
    method,
    path,
    headers,
    query: decodePairs(encodedQuery),
    form: isForm ? decodePairs(body.toString('utf8')) : [],
    body,
  };
}

/** Action and version travel in headers under ACS3, among the parameters otherwise. */
function identify(
  call: Call,
  headers: RawRequest['headers'],
  parameters: Parameters,
  controlPlane: ControlPlane,
): void {
  const inHeaders = isAcs3(headers);
  call.version = (inHeaders ? headers['x-acs-version'] : parameters['Version']) ?? '';
  call.action = (inHeaders ? headers['x-acs-action'] : parameters['Action']) ?? '';
  call.product = controlPlane.productOf(call.version);
  call.parameters = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => inHeaders || !SIGNATURE_PARAMETERS.has(name)),
  );
}

function brokenConnection(fault: ControlPlaneFault | undefined): Answer | undefined {
  if (fault === 'hang') return { kind: 'silence' };
  if (fault === 'reset') return { kind: 'reset' };
  if (fault !== 'html') return undefined;
  const body =
    '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n';
  return { kind: 'reply', status: 502, headers: { 'content-type': 'text/html' }, body };
}

/** Throws the vendor's error that a fault stands for, if it stands for one. */
export function refuse(fault: ControlPlaneFault | undefined): void {
  if (fault === 'forbidden') throw forbidden();
  if (fault === 'internal-error') throw internalError();
  if (fault === 'throttling') throw throttled(1_000);
}

function errorAnswer(call: Call, received: RawRequest, error: unknown): Answer {
  const known = error instanceof VendorError ? error : internalError();
  if (known !== error)
    call.defect = error instanceof Error ? (error.stack ?? error.message) : String(error);
  call.code = known.code;
  const body = {
    RequestId: call.requestId,
    HostId: received.headers['host'] ?? '',
    Code: known.code,
    Message: known.message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(known.code)}&product=${call.product ?? ''}&requestId=${call.requestId}`,
  };
  return jsonAnswer(known.status, body, call.requestId, known.headers);
}

const jsonAnswer = (
  status: number,
  body: object,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  kind: 'reply',
  status,
  headers: {
    'content-type': 'application/json;charset=utf-8',
    'x-acs-request-id': requestId,
    ...headers,
  },
  body: JSON.stringify(body),
});
