import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import FunctionComputeClient, {
  InvokeFunctionHeaders,
  InvokeFunctionRequest,
} from '@alicloud/fc20230330';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import { RuntimeOptions } from '@darabonba/typescript';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fcSignature } from '../../infra/local/function-host/fc-signature';
import { type Credentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { ServiceFunctionInvoker } from '../../shared/adapters/function-compute/service-function-invoker';
import { CloudError } from '../../shared/domain/cloud-error';
import { instant } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import {
  ACCOUNT_ID,
  REGION_ID,
  type SampleHost,
  startSampleHost,
} from '../support/sample-functions';

const clock: Clock = { now: () => instant(Date.now()), sleep: () => Promise.resolve() };
const inMs = (ms: number) => ({ deadline: instant(Date.now() + ms) });
const settings = (url: string, credentials: Credentials) => ({
  accountId: ACCOUNT_ID,
  regionId: REGION_ID,
  credentials: givenCredentials(credentials),
  clock,
  endpoint: url.replace('http://', ''),
  protocol: 'HTTP' as const,
});
/** How each API addresses the function that is deployed as `evenkeel-echo`. */
const nameOf = { service: (name: string) => name, native: (name: string) => `evenkeel-${name}` };
const build = {
  service: (url: string, credentials: Credentials): FunctionInvoker =>
    new ServiceFunctionInvoker({ service: 'evenkeel', ...settings(url, credentials) }),
  native: (url: string, credentials: Credentials): FunctionInvoker =>
    new NativeFunctionInvoker(settings(url, credentials)),
};
const failureOf = async (call: Promise<unknown>): Promise<CloudError['details']> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudError);
  const text = `${(error as Error).message} ${JSON.stringify((error as CloudError).details)}`;
  expect(text).not.toMatch(/http:|127\.0\.0\.1|invocations|Signature=/);
  return (error as CloudError).details;
};

let sample: SampleHost;
beforeAll(async () => {
  sample = await startSampleHost({
    echo: { source: `exports.handler = async (event) => ({ got: JSON.parse(event) });` },
    quiet: { source: `exports.handler = async () => undefined;` },
    bad: { source: `exports.handler = async () => { throw new Error('disk full') };` },
    late: { source: `exports.handler = () => new Promise(() => undefined);`, timeoutMs: 300 },
    hang: { source: `exports.handler = () => new Promise(() => undefined);`, timeoutMs: 5_000 },
    closed: { source: `exports.handler = async () => 1;`, reservedConcurrency: 1 },
    single: {
      source: `exports.handler = async () => new Promise((r) => setTimeout(r, 500));`,
      reservedConcurrency: 1,
    },
  });
});
afterAll(async () => sample.stop());

describe.each(['service', 'native'] as const)(
  'the %s function invoker against the local Function host',
  (kind) => {
    const invoker = (credentials: Credentials = sample.key) =>
      build[kind](sample.host.url, credentials);

    it('calls and returns the reply, Unicode and empty ones included', async () => {
      expect(await invoker().call(nameOf[kind]('echo'), { pool: 'web 一' }, inMs(5000))).toEqual({
        got: { pool: 'web 一' },
      });
      expect(await invoker().call(nameOf[kind]('quiet'), {}, inMs(5000))).toBeNull();
    });

    it('enqueues: accepted at once, delivered later', async () => {
      const before = sample.host.deliveries.length;
      await invoker().enqueue(nameOf[kind]('echo'), { a: 1 }, inMs(5000));
      await sample.host.idle();
      expect(sample.host.deliveries.slice(before)).toMatchObject([
        { functionName: 'evenkeel-echo', result: 'succeeded' },
      ]);
    });

    it('works with temporary credentials', async () => {
      const credentials = sample.accessKeys.issueTemporary(ACCOUNT_ID, Date.now(), 60_000);
      expect(await invoker(credentials).call(nameOf[kind]('echo'), 1, inMs(5000))).toEqual({
        got: 1,
      });
    });

    it('throws a function error though the platform says 200', async () => {
      expect(await failureOf(invoker().call(nameOf[kind]('bad'), {}, inMs(5000)))).toMatchObject({
        code: 'UnhandledInvocationError',
        isAmbiguous: true,
        message: expect.stringContaining('disk full'),
      });
      expect(await failureOf(invoker().call(nameOf[kind]('late'), {}, inMs(5000)))).toMatchObject({
        message: expect.stringContaining('timed out'),
      });
    });

    it('tells throttling as something to retry', async () => {
      const first = invoker().call(nameOf[kind]('single'), {}, inMs(5000));
      const results = await Promise.allSettled([
        first,
        invoker().call(nameOf[kind]('single'), {}, inMs(5000)),
      ]);
      const refused = results.find((result) => result.status === 'rejected')!;
      expect((refused.reason as CloudError).details).toMatchObject({
        code: 'ResourceThrottled',
        reaction: 'retry',
        status: 429,
        isAmbiguous: false,
      });
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    });

    it('tells an unknown function and a wrong secret as something to stop at', async () => {
      expect(
        await failureOf(invoker().enqueue(nameOf[kind]('nowhere'), {}, inMs(5000))),
      ).toMatchObject({ code: 'FunctionNotFound', reaction: 'stop', status: 404 });
      const wrong = invoker({ ...sample.key, accessKeySecret: 'wrong' });
      expect(await failureOf(wrong.enqueue(nameOf[kind]('echo'), {}, inMs(5000)))).toMatchObject({
        reaction: 'stop',
        status: 403,
      });
      const unknown = invoker({ accessKeyId: 'LTAInobody', accessKeySecret: 'x' });
      expect(await failureOf(unknown.call(nameOf[kind]('echo'), {}, inMs(5000)))).toMatchObject({
        reaction: 'stop',
        status: 403,
      });
    });

    it('keeps its own deadline, and sends nothing after it', async () => {
      const startedAt = Date.now();
      expect(await failureOf(invoker().call(nameOf[kind]('hang'), {}, inMs(300)))).toMatchObject({
        code: 'Timeout',
        isAmbiguous: true,
      });
      expect(Date.now() - startedAt).toBeLessThan(1500);
      const before = sample.host.deliveries.length;
      expect(await failureOf(invoker().enqueue(nameOf[kind]('echo'), {}, inMs(-1)))).toMatchObject({
        code: 'Timeout',
        isAmbiguous: false,
      });
      expect(sample.host.deliveries.length).toBe(before);
    });
  },
);

describe.each(['service', 'native'] as const)(
  'the %s function invoker against a broken endpoint',
  (kind) => {
    const servers: Server[] = [];
    const answering = async (status: number, body: string, type: string) => {
      const server = createServer((request, response) => {
        request
          .resume()
          .on('end', () => response.writeHead(status, { 'content-type': type }).end(body));
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const key = { accessKeyId: 'LTAItest', accessKeySecret: 'secret' };
    afterAll(() => servers.forEach((server) => server.close()));

    it.each([
      [
        'HTML with 502',
        502,
        '<html>bad gateway</html>',
        'text/html',
        { reaction: 'retry', isAmbiguous: true },
      ],
      [
        'JSON that is cut off',
        500,
        '{"ErrorCode":"Inter',
        'application/json',
        { reaction: 'retry', isAmbiguous: true },
      ],
      [
        '503 from the platform',
        503,
        '{"ErrorCode":"ServiceUnavailable","ErrorMessage":"later"}',
        'application/json',
        { code: 'ServiceUnavailable', reaction: 'retry' },
      ],
    ])('maps %s', async (...[, status, body, type, expected]) => {
      const invoker = build[kind](await answering(status, body, type), key);
      expect(await failureOf(invoker.enqueue(nameOf[kind]('echo'), {}, inMs(5000)))).toMatchObject(
        expected,
      );
    });

    it('maps a refused connection: surely not sent', async () => {
      const invoker = build[kind]('http://127.0.0.1:1', key);
      expect(await failureOf(invoker.enqueue(nameOf[kind]('echo'), {}, inMs(5000)))).toMatchObject({
        code: 'ConnectionFailed',
        reaction: 'retry',
        isAmbiguous: false,
      });
    });
  },
);

describe('the invocation API', () => {
  it('understands the full official client of API 2023-03-30', async () => {
    const config = new $OpenApiUtil.Config({
      ...sample.key,
      endpoint: sample.host.url.replace('http://', ''),
      protocol: 'HTTP',
      regionId: REGION_ID,
    });
    const request = new InvokeFunctionRequest({ body: Readable.from([Buffer.from('{"a":1}')]) });
    const headers = new InvokeFunctionHeaders({ xFcInvocationType: 'Sync', xFcLogType: 'Tail' });
    const reply = await new FunctionComputeClient(config).invokeFunctionWithOptions(
      'evenkeel-echo',
      request,
      headers,
      new RuntimeOptions({}),
    );
    expect([reply.statusCode, await text(reply.body!)]).toEqual([200, '{"got":{"a":1}}']);
    expect(reply.headers!['x-fc-log-result']).toBeDefined();
  });

  it('computes the vendor’s signature of API 2016-08-15', () => {
    const headers = {
      'content-md5': 'YmI2Y2I1YzY4ZGY0NjUyOTQxY2FmNjUyYTM2NmYyZDg=',
      'content-type': 'application/octet-stream',
      date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      'x-fc-account-id': '1234567890',
      'x-fc-invocation-type': 'Async',
    };
    const path = '/2016-08-15/services/svc.LATEST/functions/fn/invocations';
    expect(fcSignature({ method: 'POST', path, headers }, 'testsecret')).toBe(
      'YtD3pfGgLzwqsUfy32oAyErqe+RBOuiDo7Yvx7opdsM=',
    );
  });

  it('refuses a stale date, a changed body and a foreign token of API 2016-08-15', async () => {
    const path = '/2016-08-15/services/evenkeel/functions/echo/invocations';
    const send = async (more: Record<string, string>, body: string) => {
      const headers: Record<string, string> = {
        date: new Date().toUTCString(),
        'content-type': 'application/octet-stream',
        ...more,
      };
      const authorization = `FC ${sample.key.accessKeyId}:${fcSignature({ method: 'POST', path, headers }, sample.key.accessKeySecret)}`;
      const reply = await fetch(sample.host.url + path, {
        method: 'POST',
        body,
        headers: { ...headers, authorization },
      });
      return [reply.status, ((await reply.json()) as { ErrorCode: string }).ErrorCode];
    };
    expect(await send({ date: new Date(Date.now() - 16 * 60_000).toUTCString() }, '')).toEqual([
      403,
      'AccessDenied',
    ]);
    expect(await send({ 'content-md5': 'bm8=' }, '{}')).toEqual([400, 'InvalidArgument']);
    expect(await send({ 'x-fc-security-token': 'foreign' }, '')).toEqual([
      403,
      'InvalidSecurityToken',
    ]);
  });
});
