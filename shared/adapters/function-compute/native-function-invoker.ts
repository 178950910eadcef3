import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { InvokeFunctionHeaders } from '@alicloud/fc20230330/dist/models/InvokeFunctionHeaders';
import { InvokeFunctionRequest } from '@alicloud/fc20230330/dist/models/InvokeFunctionRequest';
import OpenApiClient, { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import { RuntimeOptions } from '@darabonba/typescript';
import { type Clock } from '../../ports/clock';
import { type FunctionInvoker } from '../../ports/function-invoker';
import { type CallOptions } from '../../ports/load-balancer';
import { type CredentialsProvider } from '../alicloud/credentials';
import { functionReply } from './function-reply';
import { invocationFailure } from './invocation-failure';
import { withinDeadline } from './within-deadline';

export interface NativeFunctionInvokerOptions {
  readonly accountId: string;
  readonly regionId: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  /** `host` or `host:port` instead of the vendor's own, such as the local region's. */
  readonly endpoint?: string | undefined;
  /** Default HTTPS. */
  readonly protocol?: 'HTTP' | 'HTTPS' | undefined;
}

interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** Native FC 3.0 functions (API 2023-03-30): models of `@alicloud/fc20230330` over the vendor's generic client, which loads faster. */
export class NativeFunctionInvoker implements FunctionInvoker {
  private readonly options: NativeFunctionInvokerOptions;

  constructor(options: NativeFunctionInvokerOptions) {
    this.options = options;
  }

  async enqueue(functionName: string, payload: unknown, options: CallOptions): Promise<void> {
    await this.send(functionName, payload, 'Async', options);
  }

  async call(functionName: string, payload: unknown, options: CallOptions): Promise<unknown> {
    const { headers, body } = await this.send(functionName, payload, 'Sync', options);
    return functionReply(headers, body);
  }

  private async send(
    functionName: string,
    payload: unknown,
    type: 'Sync' | 'Async',
    options: CallOptions,
  ): Promise<{ readonly headers: Answer['headers']; readonly body: string }> {
    try {
      return await withinDeadline(this.options.clock, options, async (spanMs) => {
        const answer = await this.post(functionName, payload, {
          type,
          spanMs,
        });
        return { headers: answer.headers, body: await text(answer.body) };
      });
    } catch (error) {
      throw invocationFailure(error);
    }
  }

  private async post(
    functionName: string,
    payload: unknown,
    { type, spanMs }: { readonly type: 'Sync' | 'Async'; readonly spanMs: number },
  ): Promise<Answer> {
    const { accountId, regionId, endpoint, protocol = 'HTTPS', credentials } = this.options;
    const config = new $OpenApiUtil.Config({
      ...(await credentials()),
      endpoint: endpoint ?? `${accountId}.${regionId}.fc.aliyuncs.com`,
      protocol,
      regionId,
    });
    const request = new InvokeFunctionRequest({
      body: Readable.from([Buffer.from(JSON.stringify(payload), 'utf8')]),
    });
    const headers = new InvokeFunctionHeaders({ xFcInvocationType: type });
    const params = new $OpenApiUtil.Params({
      action: 'InvokeFunction',
      version: '2023-03-30',
      protocol,
      pathname: `/2023-03-30/functions/${encodeURIComponent(functionName)}/invocations`,
      method: 'POST',
      authType: 'AK',
      style: 'ROA',
      reqBodyType: 'json',
      bodyType: 'binary',
    });
    const message = new $OpenApiUtil.OpenApiRequest({
      headers: { 'x-fc-invocation-type': headers.xFcInvocationType, connection: 'close' },
      query: OpenApiUtil.query({}),
      stream: request.body,
    });
    const runtime = new RuntimeOptions({ connectTimeout: spanMs, readTimeout: spanMs });
    return (await new OpenApiClient(config).callApi(params, message, runtime)) as unknown as Answer;
  }
}
