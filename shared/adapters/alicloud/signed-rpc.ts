import OpenApiClient, { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import { RuntimeOptions } from '@darabonba/typescript';
import { classifyVendorError } from './error-table';
import { type Credentials, type CredentialsProvider } from './credentials';
import { endpointOf, type EndpointSettings } from './endpoints';
import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { type Rpc, type RpcRequest } from './rpc';
import { acceptedReply, rpcFailure } from './rpc-failure';

export interface SignedRpcOptions extends EndpointSettings {
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  /** Longest wait for one attempt, whatever the deadline. Default 5 s. */
  readonly attemptTimeoutMs?: number | undefined;
}

const timedOut = (action: string, mayHaveBeenSent: boolean): Error =>
  classifyVendorError({ action, code: 'Timeout', message: 'no answer in time', mayHaveBeenSent });

interface TimeLimit {
  readonly action: string;
  readonly spanMs: number;
  /** Whether the request may be on its way when time runs out. */
  readonly isSending: boolean;
}

/** The task's result, or `Timeout` after the span. Not started at all when no time is left. */
async function withinTime<T>(
  { action, spanMs, isSending }: TimeLimit,
  task: () => Promise<T>,
): Promise<T> {
  if (spanMs <= 0) throw timedOut(action, false);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(action, isSending)), spanMs);
  });
  // The race has handled both promises, so the loser's rejection is never unhandled.
  return Promise.race([task(), deadline]).finally(() => clearTimeout(timer));
}

/**
 * OpenAPI over HTTP(S), signed (ACS3-HMAC-SHA256) by the vendor's generic client. One attempt per call: `RetryingRpc`
 * repeats what may be repeated.
 *
 * Every attempt has a time limit of our own, because the client's `readTimeout` is lost on reused sockets and a dribbling
 * server could hold a call open for ever. Connections are closed after each call: a socket kept through a function's
 * freeze fails the next invocation's first call with ECONNRESET, and a write that fails so would be ambiguous.
 */
export class SignedRpc implements Rpc {
  private readonly options: SignedRpcOptions;

  constructor(options: SignedRpcOptions) {
    this.options = options;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { clock, credentials, attemptTimeoutMs = 5000 } = this.options;
    const { action } = request;
    const end = Math.min(clock.now() + attemptTimeoutMs, options.deadline);
    try {
      // Waiting for credentials comes first and apart: nothing may be sent after the deadline.
      const signer = await withinTime(
        { action, spanMs: end - clock.now(), isSending: false },
        credentials,
      );
      const spanMs = end - clock.now();
      const reply = await withinTime({ action, spanMs, isSending: true }, () =>
        this.send(request, signer, spanMs),
      );
      return acceptedReply(action, reply);
    } catch (error) {
      throw rpcFailure(action, error);
    }
  }

  private async send(
    { product, version, action, query }: RpcRequest,
    signer: Credentials,
    spanMs: number,
  ): Promise<Record<string, unknown>> {
    const { protocol = 'HTTPS' } = this.options;
    const config = new $OpenApiUtil.Config({
      ...signer,
      endpoint: endpointOf(product, this.options),
      protocol,
      regionId: this.options.regionId,
    });
    const params = new $OpenApiUtil.Params({
      action,
      version,
      protocol,
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const message = new $OpenApiUtil.OpenApiRequest({
      query: OpenApiUtil.query({ ...query }),
      headers: { connection: 'close' },
    });
    // `connectTimeout` acts as an idle limit of the socket, so both must cover the whole attempt.
    const runtime = new RuntimeOptions({ connectTimeout: spanMs, readTimeout: spanMs });
    return await new OpenApiClient(config).callApi(params, message, runtime);
  }
}
