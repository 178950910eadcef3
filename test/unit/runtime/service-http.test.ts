import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { answeringBoth } from '../../../shared/runtime/service-http';
import { type FcContext } from '../../../shared/runtime/fc-context';
import { readHttpRequest } from '../../../shared/runtime/http-event';

const context = { requestId: 'r-1' } as FcContext;
const seen: unknown[] = [];
const handler = answeringBoth((event, given) => {
  const request = readHttpRequest(JSON.parse(event.toString('utf8')), 1000);
  seen.push({ ...request, body: request.body.toString('utf8'), context: given });
  return Promise.resolve({
    statusCode: 201,
    headers: { 'Content-Type': 'text/plain' },
    body: Buffer.from('made').toString('base64'),
    isBase64Encoded: true,
  });
}) as (...given: readonly unknown[]) => Promise<unknown>;

/** What FC 2.0 hands over for the reply, remembering it. */
function response() {
  const told = { status: 0, headers: {} as Record<string, string>, body: '' };
  return {
    told,
    setStatusCode: (status: number) => void (told.status = status),
    setHeader: (name: string, value: string) => void (told.headers[name] = value),
    send: (body: Buffer) => void (told.body = body.toString('utf8')),
  };
}

const request = {
  method: 'POST',
  path: '/secret',
  clientIP: '192.0.2.1',
  headers: { 'Content-Type': 'application/json' },
  queries: { pool: 'web', many: ['1', '2'] },
};
const EXPECTED = {
  method: 'POST',
  path: '/secret',
  headers: { 'content-type': 'application/json' },
  query: { pool: 'web', many: '1,2' },
  body: '{"a":"一"}',
  sourceAddress: '192.0.2.1',
  context,
};

describe('a function with an HTTP trigger', () => {
  it('answers FC 2.0, which hands over a request, a response and a context', async () => {
    const reply = response();
    await handler({ ...request, body: Buffer.from('{"a":"一"}') }, reply, context);
    expect(seen.pop()).toEqual(EXPECTED);
    expect(reply.told).toEqual({
      status: 201,
      headers: { 'Content-Type': 'text/plain' },
      body: 'made',
    });
  });

  it('reads the body from the request where the runtime has not', async () => {
    const stream = Readable.from([Buffer.from('{"a":'), Buffer.from('"一"}')]);
    await handler(Object.assign(stream, request), response(), context);
    expect(seen.pop()).toEqual(EXPECTED);
    await handler(request, response(), context);
    expect(seen.pop()).toMatchObject({ body: '' });
  });

  it('answers FC 3.0, which hands over an event', async () => {
    const event = {
      version: 'v1',
      rawPath: '/secret',
      headers: request.headers,
      queryParameters: { pool: 'web', many: '1,2' },
      body: '{"a":"一"}',
      requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
    };
    expect(await handler(Buffer.from(JSON.stringify(event)), context)).toMatchObject({
      statusCode: 201,
    });
    expect(seen.pop()).toEqual(EXPECTED);
  });
});
