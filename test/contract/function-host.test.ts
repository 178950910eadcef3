import { afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../infra/local/clock';
import { type Sample, type SampleHost, startSampleHost } from '../support/sample-functions';
import { callFunction } from '../support/call-function';

const ECHO = `exports.handler = async (event, context) => ({
  isBuffer: Buffer.isBuffer(event), text: event.toString(), context, env: process.env, hasRemainingTime: 'getRemainingTimeInMillis' in context,
});`;
interface Body {
  readonly [key: string]: unknown;
  readonly pid: number;
  readonly ticks: number;
  readonly initialized: number;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly env: Record<string, string>;
  readonly errorType: string;
  readonly ErrorCode: string;
  readonly requestContext: { readonly http: object };
  readonly context: {
    readonly credentials: { readonly accessKeyId: string; readonly securityToken: string };
  };
}
const parse = (text: string): Body => JSON.parse(text) as Body;
const running: SampleHost[] = [];
const start = async (samples: Record<string, Sample>, options = {}) => {
  const started = await startSampleHost(samples, options);
  running.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const processState = (pid: number): string =>
  existsSync('/proc')
    ? (/^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '')
    : execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .charAt(0);
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('the Function Compute host', () => {
  it('hands over the payload as a Buffer, with the documented context and environment and no remaining-time call', async () => {
    const sample = await start({
      echo: { source: ECHO, environmentVariables: { COLOUR: 'blue' } },
    });
    const reply = await callFunction(sample, 'evenkeel-echo', '{"a":1}');
    const body = parse(reply.body);
    expect(body).toMatchObject({ isBuffer: true, text: '{"a":1}', hasRemainingTime: false });
    expect(body.context).toMatchObject({
      requestId: reply.headers.get('x-fc-request-id'),
      function: { name: 'evenkeel-echo', handler: 'index.handler', memory: 128, timeout: 3 },
      region: 'cn-hangzhou',
      retryCount: 0,
    });
    expect(body.env).toMatchObject({
      COLOUR: 'blue',
      FC_FUNCTION_NAME: 'evenkeel-echo',
      FC_REGION: 'cn-hangzhou',
    });
    expect(body.env['HOME']).toBeUndefined();
  });

  it('gives each invocation fresh credentials that the gateway knows', async () => {
    const sample = await start({ echo: { source: ECHO } });
    const ids = [];
    for (let times = 0; times < 2; times += 1) {
      const { credentials } = parse((await callFunction(sample, 'evenkeel-echo', '')).body).context;
      expect(sample.accessKeys.find(credentials.accessKeyId)?.securityToken).toBe(
        credentials.securityToken,
      );
      ids.push(credentials.accessKeyId);
    }
    expect(new Set(ids).size).toBe(2);
  });

  it('keeps an instance warm and frozen between calls: its timers stand still', async () => {
    const source = `let ticks = 0; setInterval(() => { ticks += 1; }, 5);
exports.handler = async () => ({ pid: process.pid, ticks });`;
    const sample = await start({ tick: { source } });
    const first = parse((await callFunction(sample, 'evenkeel-tick', '')).body);
    await until(() => processState(first.pid) === 'T');
    await new Promise((resolve) => setTimeout(resolve, 300)); // the span during which nothing may run
    const second = parse((await callFunction(sample, 'evenkeel-tick', '')).body);
    expect(second.pid).toBe(first.pid);
    expect(second.ticks - first.ticks).toBeLessThan(20);
  });

  it('serves one request per instance: overlapping calls get different processes', async () => {
    const source = `exports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); return { pid: process.pid }; };`;
    const sample = await start({ slow: { source } });
    const replies = await Promise.all(
      [1, 2, 3].map(() => callFunction(sample, 'evenkeel-slow', '')),
    );
    expect(new Set(replies.map((reply) => parse(reply.body).pid)).size).toBe(3);
  });

  it('kills a function at its time-out and says so with status 200 and an error type', async () => {
    const source = `exports.handler = () => new Promise(() => undefined); console.log('pid ' + process.pid);`;
    const sample = await start({ hang: { source, timeoutMs: 300 } });
    const reply = await callFunction(sample, 'evenkeel-hang', '');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-fc-error-type')).toBe('UnhandledInvocationError');
    expect(parse(reply.body)).toMatchObject({ errorType: 'FunctionTimeout' });
    await until(() => sample.host.instanceCount() === 0);
  });

  it.each([
    [
      'a rejection',
      `exports.handler = async () => { throw new TypeError('no') };`,
      'UnhandledInvocationError',
      'TypeError',
    ],
    [
      'a callback error',
      `exports.handler = (e, c, done) => { done(new RangeError('no')) };`,
      'HandledInvocationError',
      'RangeError',
    ],
    [
      'an exit',
      `exports.handler = async () => process.exit(1);`,
      'UnhandledInvocationError',
      'FunctionExited',
    ],
    ['a missing export', `exports.other = 1;`, 'UnhandledInvocationError', 'ImportModuleError'],
    [
      'a missing module',
      `require('./nowhere'); exports.handler = 1;`,
      'UnhandledInvocationError',
      'ImportModuleError',
    ],
    [
      'bad syntax',
      `exports.handler = async () => {`,
      'UnhandledInvocationError',
      'UserCodeSyntaxError',
    ],
  ])('reports %s as the function’s own error', async (_, source, type, errorType) => {
    const sample = await start({ bad: { source } });
    const reply = await callFunction(sample, 'evenkeel-bad', '{}');
    expect([reply.status, reply.headers.get('x-fc-error-type')]).toEqual([200, type]);
    expect(parse(reply.body).errorType).toBe(errorType);
  });

  it.each([
    ['a buffer as it is', `Buffer.from([1, 2])`, '\u0001\u0002'],
    ['an object as JSON', `({ a: 1 })`, '{"a":1}'],
    ['text as text', `'plain'`, 'plain'],
    ['nothing as an empty body', `undefined`, ''],
  ])('returns %s', async (_, expression, body) => {
    const sample = await start({
      value: { source: `exports.handler = async () => ${expression};` },
    });
    expect((await callFunction(sample, 'evenkeel-value', '')).body).toBe(body);
  });

  it('collects console output per invocation and returns its tail on request', async () => {
    const source = `exports.handler = async (event, context) => { console.log('hello %s', event); context.logger.warn('careful'); };`;
    const sample = await start({ talk: { source } });
    const reply = await callFunction(sample, 'evenkeel-talk', 'you', { 'x-fc-log-type': 'Tail' });
    const tail = Buffer.from(reply.headers.get('x-fc-log-result')!, 'base64').toString();
    expect(tail).toMatch(/\[info\] hello you/);
    expect(tail).toMatch(/\[warn\] careful/);
    expect(sample.records[0]!.lines[0]).toBe(
      `FC Invoke Start RequestId: ${sample.records[0]!.requestId}`,
    );
  });

  it('runs the initializer once per instance and preStop before the instance goes', async () => {
    const mark = join(mkdtempSync(join(tmpdir(), 'evenkeel-prestop-')), 'stopped');
    const source = `let initialized = 0;
exports.initialize = async (context) => { initialized += context.requestId ? 1 : 0; };
exports.preStop = async () => require('fs').writeFileSync(process.env.MARK, 'yes');
exports.handler = async () => ({ initialized, pid: process.pid });`;
    const hooks = {
      initializer: { handler: 'index.initialize', timeoutMs: 2000 },
      preStop: { handler: 'index.preStop', timeoutMs: 2000 },
    };
    const sample = await start({
      life: { source, ...hooks, environmentVariables: { MARK: mark } },
    });
    await callFunction(sample, 'evenkeel-life', '');
    const { initialized, pid } = parse((await callFunction(sample, 'evenkeel-life', '')).body);
    expect(initialized).toBe(1);
    await sample.host.stop();
    expect(existsSync(mark)).toBe(true);
    expect(isRunning(pid)).toBe(false);
  });

  it('reports a failing initializer and starts afresh at the next call', async () => {
    const source = `exports.initialize = async () => { throw new Error('not ready') }; exports.handler = async () => 1;`;
    const sample = await start({
      sick: { source, initializer: { handler: 'index.initialize', timeoutMs: 1000 } },
    });
    const reply = await callFunction(sample, 'evenkeel-sick', '');
    expect(reply.headers.get('x-fc-error-type')).toBe('InitializationError');
    expect(sample.host.instanceCount()).toBe(0);
  });

  it('reclaims an idle instance', async () => {
    const clock = new ManualClock(Date.now());
    const sample = await start({ echo: { source: ECHO } }, { clock, idleMs: 60_000 });
    await callFunction(sample, 'evenkeel-echo', '');
    expect(sample.host.instanceCount()).toBe(1);
    await clock.advance(59_999);
    expect(sample.host.instanceCount()).toBe(1);
    await clock.advance(1);
    expect(sample.host.instanceCount()).toBe(0);
  });

  const SLOW = `exports.handler = async () => new Promise((r) => setTimeout(r, 300));`;
  it.each([
    ['the reserved concurrency', { reservedConcurrency: 1 }, {}, 'ResourceThrottled'],
    ['the quota of instances', {}, { instanceQuota: 1 }, 'ResourceExhausted'],
    ['the delivery rate', {}, { deliveryBurst: 1, deliveryPerSecond: 0.001 }, 'ResourceThrottled'],
  ])('answers 429 over %s', async (_, settings, options, code) => {
    const sample = await start({ slow: { source: SLOW, ...settings } }, options);
    const replies = await Promise.all([1, 2].map(() => callFunction(sample, 'evenkeel-slow', '')));
    const refused = replies.find((reply) => reply.status === 429);
    expect(parse(refused!.body)).toMatchObject({ ErrorCode: code });
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
  });

  it('queues asynchronous calls: 202 at once, then delivered, with retries counted on the same request id', async () => {
    const source = `exports.handler = async (event, context) => { if (context.retryCount === 0) throw new Error('once'); };`;
    const sample = await start({ flaky: { source } }, { retryPauseMs: 0 });
    const reply = await callFunction(sample, 'evenkeel-flaky', '{}', {
      'x-fc-invocation-type': 'Async',
    });
    expect([reply.status, reply.body]).toEqual([202, '']);
    await sample.host.idle();
    const requestId = reply.headers.get('x-fc-request-id');
    expect(sample.host.deliveries).toMatchObject([
      { requestId, retryCount: 0, result: 'retrying' },
      { requestId, retryCount: 1, result: 'succeeded' },
    ]);
  });

  it('gives an asynchronous event up after its retries', async () => {
    const source = `exports.handler = async () => { throw new Error('always') };`;
    const sample = await start({ bad: { source } }, { retryPauseMs: 0 });
    sample.host.enqueue('evenkeel-bad', {});
    await sample.host.idle();
    expect(sample.host.deliveries.map((delivery) => delivery.result)).toEqual([
      'retrying',
      'failed',
    ]);
  });

  it('backs off 0.5, 1, 2 s when throttled without using up a retry, and drops an event that is too old', async () => {
    const clock = new ManualClock();
    const sample = await start(
      { echo: { source: ECHO, asyncInvoke: { eventAgeMaxMs: 3000, retryAttemptsMax: 0 } } },
      { clock, instanceQuota: 0 },
    );
    sample.host.enqueue('evenkeel-echo', {});
    await clock.advance(10_000);
    const startedAt = sample.host.deliveries[0]!.at;
    expect(sample.host.deliveries.map(({ at, result }) => [at - startedAt, result])).toEqual([
      [0, 'throttled'],
      [500, 'throttled'],
      [1500, 'throttled'],
      [3500, 'expired'],
    ]);
  });

  it('delivers twice what it is told to duplicate, with one request id', async () => {
    const sample = await start({ echo: { source: ECHO } }, { isDuplicated: () => true });
    sample.host.enqueue('evenkeel-echo', { n: 1 });
    await sample.host.idle();
    expect(sample.host.deliveries).toHaveLength(2);
    expect(new Set(sample.host.deliveries.map((delivery) => delivery.requestId)).size).toBe(1);
  });

  it('refuses an asynchronous payload over 128 KB and a task id that was used', async () => {
    const sample = await start({ echo: { source: ECHO } });
    const big = await callFunction(sample, 'evenkeel-echo', 'x'.repeat(128 * 1024 + 1), {
      'x-fc-invocation-type': 'Async',
    });
    expect([big.status, parse(big.body).ErrorCode]).toEqual([400, 'InvalidArgument']);
    const headers = { 'x-fc-invocation-type': 'Async', 'x-fc-async-task-id': 'job-1' };
    expect((await callFunction(sample, 'evenkeel-echo', '', headers)).status).toBe(202);
    expect((await callFunction(sample, 'evenkeel-echo', '', headers)).status).toBe(409);
  });

  it('fires the timer at whole minutes with a text payload, asynchronously', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1, 0, 0, 30));
    const source = `exports.handler = async (event) => console.log(event.toString());`;
    const sample = await start(
      { tick: { source, timers: [{ triggerName: 'minute', everyMinutes: 1, payload: '{}' }] } },
      { clock },
    );
    await clock.advance(30_000);
    await sample.host.idle();
    expect(sample.records[0]!.lines.join()).toContain(
      '{"triggerTime":"2026-01-01T00:01:00Z","triggerName":"minute","payload":"{}"}',
    );
  });

  it('delivers CloudEvents only to functions with an EventBridge trigger', async () => {
    const sample = await start({
      on: { source: ECHO, hasEventBridgeTrigger: true },
      off: { source: ECHO },
    });
    sample.host.deliverCloudEvent('evenkeel-on', { specversion: '1.0' });
    await sample.host.idle();
    expect(sample.host.deliveries).toMatchObject([
      { functionName: 'evenkeel-on', result: 'succeeded' },
    ]);
    expect(() => sample.host.deliverCloudEvent('evenkeel-off', {})).toThrow(
      'no EventBridge trigger',
    );
  });

  it('turns an HTTP request into a version 1 event and the answer into a reply', async () => {
    const source = `exports.handler = async (event) => ({ statusCode: 201, headers: { 'X-Kind': 'test', Server: 'me' }, body: event.toString() });`;
    const sample = await start({
      web: { source, httpTrigger: { triggerName: 'http', methods: ['POST'] } },
    });
    const url = sample.host.triggerUrls.get('evenkeel-web')!;
    const reply = await fetch(`${url}/a%20b?x=1&x=2`, {
      method: 'POST',
      body: new URLSearchParams({ n: '1' }),
      headers: { 'x-fc-spoof': '1' },
    });
    expect([reply.status, reply.headers.get('x-kind'), reply.headers.get('server')]).toEqual([
      201,
      'test',
      null,
    ]);
    const event = (await reply.json()) as Body;
    expect(event).toMatchObject({
      version: 'v1',
      rawPath: '/a%20b',
      queryParameters: { x: '1,2' },
      isBase64Encoded: true,
    });
    expect(Buffer.from(event.body, 'base64').toString()).toBe('n=1');
    expect(event.requestContext.http).toMatchObject({ method: 'POST', path: '/a b' });
    expect(Object.keys(event.headers)).toContain('Content-Type');
    expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain(
      'x-fc-spoof',
    );
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(`${url}/?${'q'.repeat(5000)}`, { method: 'POST' })).status).toBe(400);
    expect((await fetch(url, { method: 'POST', headers: { big: 'h'.repeat(9000) } })).status).toBe(
      400,
    );
  });

  it('leaves no process behind when it stops, not even one that hangs', async () => {
    const source = `exports.handler = async () => { console.log('pid=' + process.pid); return process.pid; };`;
    const hang = `process.title = 'x'; exports.handler = () => new Promise(() => undefined);`;
    const sample = await start({ quick: { source }, hang: { source: hang, timeoutMs: 60_000 } });
    const pid = Number((await callFunction(sample, 'evenkeel-quick', '')).body);
    sample.host.enqueue('evenkeel-hang', {});
    await until(() => sample.host.instanceCount() === 2);
    await sample.host.stop();
    expect(sample.host.instanceCount()).toBe(0);
    expect(isRunning(pid)).toBe(false);
  });
});
