import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { CloudError } from '../../../shared/domain/cloud-error';
import { instant, millis } from '../../../shared/domain/units';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { eventHandler, httpHandler } from '../../../shared/runtime/fc-handler';
import { jsonReply } from '../../../shared/runtime/http-event';

const clock = { now: () => instant(1_000_000), sleep: () => Promise.resolve() };
const lines: string[] = [];
const logger = {
  info: (line: string) => lines.push(line),
  warn: (line: string) => lines.push(line),
  error: (line: string) => lines.push(line),
};
const context = {
  requestId: 'r-1',
  function: { name: 'f', timeout: 20, memory: 512 },
  region: 'cn-hangzhou',
  accountId: '1',
  logger,
  credentials: { accessKeyId: 'STS.id', accessKeySecret: 'top-secret-value', securityToken: 't' },
};
const buffer = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const schema = z.strictObject({ n: z.number() });
const cloudError = (reaction: 'stop' | 'retry') =>
  new CloudError({ action: 'A', code: 'C', reaction, isAmbiguous: false, message: 'm' });

describe('a handler called with JSON', () => {
  const handler = eventHandler({
    clock,
    schema,
    handle: ({ n }, { deadline, requestId }) => Promise.resolve({ n, deadline, requestId }),
  });

  it('parses and validates the buffer, and counts the deadline from the time-out less a reserve', async () => {
    expect(await handler(buffer({ n: 1 }), context)).toEqual({
      n: 1,
      deadline: 1_019_000,
      requestId: 'r-1',
    });
    const quick = { ...context, function: { ...context.function, timeout: 2 } };
    expect(await handler(buffer({ n: 1 }), quick)).toMatchObject({ deadline: 1_001_500 });
    const careful = eventHandler({
      clock,
      schema,
      reserveMs: millis(3000),
      handle: (_, { deadline }) => Promise.resolve({ deadline }),
    });
    expect(await careful(buffer({ n: 1 }), context)).toEqual({ deadline: 1_017_000 });
  });

  it('is prepared first, within its time; what fails then is thrown as what fails later', async () => {
    const order: string[] = [];
    let now = 1_000_000;
    const prepared = eventHandler({
      clock: { ...clock, now: () => instant(now) },
      schema,
      prepare: () => {
        order.push('prepare');
        now += 5000;
        return Promise.resolve();
      },
      handle: (_, { deadline }) => Promise.resolve({ order: [...order, 'handle'], deadline }),
    });
    expect(await prepared(buffer({ n: 1 }), context)).toEqual({
      order: ['prepare', 'handle'],
      deadline: 1_019_000,
    });
    const moving = eventHandler({
      ...{ clock, schema, keepTime: () => Promise.resolve(-300_000) },
      handle: (_, { deadline }) => Promise.resolve({ deadline }),
    });
    expect(await moving(buffer({ n: 1 }), context)).toEqual({ deadline: 719_000 });
    const prepare = () => Promise.reject(new StoreUnavailable('down'));
    const failing = eventHandler({ clock, schema, prepare, handle: () => Promise.resolve({}) });
    await expect(failing(buffer({ n: 1 }), context)).rejects.toThrow(StoreUnavailable);
    const answering = httpHandler({
      ...{ clock, bodyBytesMax: 1000, prepare },
      handle: () => Promise.resolve(jsonReply(200, {})),
    });
    expect(await answering(buffer({}), context)).toMatchObject({ statusCode: 503 });
  });

  it.each([
    ['no JSON', '{', 'The event is not JSON.'],
    ['a wrong value', { n: 'x' }, 'n: Invalid input'],
    ['an unknown key', { n: 1, m: 2 }, 'Unrecognized key'],
  ])(
    'records and acknowledges %s, because a second delivery cannot help',
    async (_, event, message) => {
      lines.length = 0;
      expect(await handler(buffer(event), context)).toEqual({
        kind: 'malformed',
        message: expect.stringContaining(message),
      });
      expect(lines[0]).toContain('malformed event acknowledged');
    },
  );

  it.each<[string, Error, boolean]>([
    ['a store that is down', new StoreUnavailable('down'), true],
    ['a passing cloud error', cloudError('retry'), true],
    ['a lasting cloud error', cloudError('stop'), false],
    ['a defect', new TypeError('x is not a function'), false],
  ])('records %s and throws it', async (_, error, isRetryable) => {
    lines.length = 0;
    const failing = eventHandler({ clock, schema, handle: () => Promise.reject(error) });
    await expect(failing(buffer({ n: 1 }), context)).rejects.toBe(error);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      message: 'invocation failed',
      isRetryable,
      requestId: 'r-1',
      function: 'f',
    });
  });
});

describe('a handler called over HTTP', () => {
  const event = (body: string, more: object = {}) =>
    buffer({
      version: 'v1',
      rawPath: '/a',
      body,
      isBase64Encoded: false,
      headers: { 'Content-TYPE': 'text/plain' },
      queryParameters: {},
      requestContext: { http: { method: 'POST' } },
      ...more,
    });
  const echo = httpHandler({
    clock,
    bodyBytesMax: 10,
    handle: (request) =>
      Promise.resolve(jsonReply(200, { ...request, body: request.body.toString() })),
  });
  const reply = async (handler: typeof echo, input: Buffer) => {
    const { statusCode, body } = (await handler(input, context)) as {
      statusCode: number;
      body: string;
    };
    return { statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };

  it('decodes base64 and makes header names lower case', async () => {
    const input = event(Buffer.from('n=1').toString('base64'), { isBase64Encoded: true });
    expect(await reply(echo, input)).toMatchObject({
      statusCode: 200,
      body: { body: 'n=1', headers: { 'content-type': 'text/plain' } },
    });
  });

  it('answers 413 to a body over the limit, and 400 to what is no HTTP request', async () => {
    expect(await reply(echo, event('12345678901'))).toMatchObject({ statusCode: 413 });
    expect(await reply(echo, event('1234567890'))).toMatchObject({ statusCode: 200 });
    expect(await reply(echo, buffer({ triggerName: 'x' }))).toMatchObject({ statusCode: 400 });
    expect(await reply(echo, buffer('not json'))).toMatchObject({ statusCode: 400 });
  });

  it('never throws, because the platform would answer 200 then: 503 for what may pass, 500 for the rest, without details', async () => {
    const failing = (error: Error) =>
      httpHandler({ clock, bodyBytesMax: 10, handle: () => Promise.reject(error) });
    expect(await reply(failing(new StoreUnavailable('secret place')), event(''))).toEqual({
      statusCode: 503,
      body: { error: 'Not accepted now; try again.' },
    });
    expect(await reply(failing(new Error('secret place')), event(''))).toEqual({
      statusCode: 500,
      body: { error: 'Internal error.' },
    });
  });

  it('keeps secrets and URLs out of the log', async () => {
    lines.length = 0;
    const leaking = httpHandler({
      clock,
      bodyBytesMax: 10,
      secrets: () => ['alarm-secret-1'],
      handle: () =>
        Promise.reject(
          new Error('POST https://x/?Signature=abc with alarm-secret-1 and top-secret-value'),
        ),
    });
    await leaking(event(''), context);
    expect(lines.join()).toContain('[redacted]');
    expect(lines.join()).not.toMatch(/alarm-secret-1|top-secret-value|Signature=abc/);
  });

  it('keeps the beginning of a secret out of the log, where a long line is cut', async () => {
    const secret = 'alarm-secret-1-of-forty-characters-in-all';
    const leaking = httpHandler({
      ...{ clock, bodyBytesMax: 10, secrets: () => ['alarm-secret-1', secret] },
      handle: (_, { log }) => {
        for (let length = 455; length < 505; length += 1) log.warn('-'.repeat(length) + secret);
        return Promise.resolve(jsonReply(200, {}));
      },
    });
    lines.length = 0;
    await leaking(event(''), context);
    expect(lines).toHaveLength(50);
    expect(lines.join()).not.toMatch(/alarm|characters/);
  });

  it('gives its own headers to whatever is answered instead of it', async () => {
    const errorHeaders = { 'X-Content-Type-Options': 'nosniff' };
    const failing = (error: Error) =>
      httpHandler({ clock, bodyBytesMax: 10, errorHeaders, handle: () => Promise.reject(error) });
    for (const [error, input, statusCode] of [
      [new Error('x'), event(''), 500],
      [new StoreUnavailable('x'), event(''), 503],
      [new Error('x'), event('12345678901'), 413],
      [new Error('x'), buffer('not json'), 400],
    ] as const)
      expect(await failing(error)(input, context)).toMatchObject({
        statusCode,
        headers: { ...errorHeaders, 'Cache-Control': 'no-store' },
      });
  });
});
