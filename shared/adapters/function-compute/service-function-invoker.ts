import { type FC } from '@alicloud/fc2';
import { type Clock } from '../../ports/clock';
import { type FunctionInvoker } from '../../ports/function-invoker';
import { type CallOptions } from '../../ports/load-balancer';
import { type CredentialsProvider } from '../alicloud/credentials';
import { functionReply } from './function-reply';
import { invocationFailure } from './invocation-failure';
import { withinDeadline } from './within-deadline';

export interface ServiceFunctionInvokerOptions {
  /** The FC 2.0 service that holds our functions. */
  readonly service: string;
  readonly accountId: string;
  readonly regionId: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  /** `host` or `host:port` instead of the vendor's own, such as the local region's. */
  readonly endpoint?: string | undefined;
  /** Default HTTPS. */
  readonly protocol?: 'HTTP' | 'HTTPS' | undefined;
}

/** The answer of the fc2 client; `data` is parsed already when the content type said JSON. */
interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** Functions deployed as service/function (API 2016-08-15), called with `@alicloud/fc2`. */
export class ServiceFunctionInvoker implements FunctionInvoker {
  private readonly options: ServiceFunctionInvokerOptions;

  constructor(options: ServiceFunctionInvokerOptions) {
    this.options = options;
  }

  async enqueue(functionName: string, payload: unknown, options: CallOptions): Promise<void> {
    await this.send(functionName, payload, 'Async', options);
  }

  async call(functionName: string, payload: unknown, options: CallOptions): Promise<unknown> {
    const { headers, data } = await this.send(functionName, payload, 'Sync', options);
    return functionReply(headers, textOf(data));
  }

  private async send(
    functionName: string,
    payload: unknown,
    type: 'Sync' | 'Async',
    options: CallOptions,
  ): Promise<Answer> {
    const headers = { 'X-Fc-Invocation-Type': type, connection: 'close' };
    const event = JSON.stringify(payload);
    try {
      return await withinDeadline(this.options.clock, options, async (spanMs) =>
        (await this.client(spanMs)).invokeFunction(
          this.options.service,
          functionName,
          event,
          headers,
          null,
          { rawBuf: true },
        ),
      );
    } catch (error) {
      throw invocationFailure(error);
    }
  }

  /** A fresh client per call: credentials change and sockets do not survive a freeze. Loaded on first use, it is large. */
  private async client(timeoutMs: number): Promise<FC> {
    const { accountId, regionId, endpoint, protocol = 'HTTPS', credentials } = this.options;
    const { default: Client } = await import('@alicloud/fc2');
    const { accessKeyId, accessKeySecret, securityToken } = await credentials();
    return new Client(accountId, {
      accessKeyID: accessKeyId,
      accessKeySecret,
      region: regionId,
      timeout: timeoutMs,
      secure: protocol === 'HTTPS',
      ...(endpoint === undefined ? {} : { endpoint: `${protocol.toLowerCase()}://${endpoint}` }),
      // The client sends the token only for keys that begin with `STS`; as a header it goes along, signed, with any key.
      ...(securityToken === undefined
        ? {}
        : { securityToken, headers: { 'x-fc-security-token': securityToken } }),
    });
  }
}

function textOf(data: unknown): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return typeof data === 'string' ? data : JSON.stringify(data ?? null);
}
