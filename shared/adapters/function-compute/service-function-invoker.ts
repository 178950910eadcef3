import { type Clock } from '../../ports/clock';
import { type FunctionInvoker } from '../../ports/function-invoker';
import { type CallOptions } from '../../ports/load-balancer';
import { functionReply } from './function-reply';
import { invocationFailure } from './invocation-failure';
import { serviceClient, type ServiceClientOptions } from './service-client';
import { withinDeadline } from './within-deadline';

export interface ServiceFunctionInvokerOptions extends Omit<ServiceClientOptions, 'timeoutMs'> {
  /** The FC 2.0 service that holds our functions. */
  readonly service: string;
  readonly clock: Clock;
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
        (await serviceClient({ ...this.options, timeoutMs: spanMs })).invokeFunction(
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
}

function textOf(data: unknown): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return typeof data === 'string' ? data : JSON.stringify(data ?? null);
}
