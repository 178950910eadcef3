import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { givenCredentials } from '../../../shared/adapters/alicloud/credentials';
import { endpointOf } from '../../../shared/adapters/alicloud/endpoints';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { SignedRpc, type SignedRpcOptions } from '../../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { CloudError } from '../../../shared/domain/cloud-error';
import { instant } from '../../../shared/domain/units';

const clock = new SystemClock();
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(
  answer: Answer,
): Promise<{ endpoint: string; requests: IncomingMessage[]; server: Server }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
}

const json =
  (status: number, body: unknown, headers = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

const rpcTo = (endpoint: string, more: Partial<SignedRpcOptions> = {}): SignedRpc =>
  new SignedRpc({
    regionId: 'cn-local',
    endpoint,
    protocol: 'HTTP',
    clock,
    credentials: givenCredentials({ accessKeyId: 'LTAIunitunitunit', accessKeySecret: 'secret' }),
    ...more,
  });

const write: RpcRequest = {
  product: 'Slb',
  version: '2014-05-15',
  action: 'SetBackendServers',
  query: { RegionId: 'cn-local', Tag: [{ Key: 'a', Value: 'b c' }] },
};
const read: RpcRequest = { ...write, action: 'DescribeHealthStatus' };
const within = (spanMs: number) => ({ deadline: instant(clock.now() + spanMs) });

async function failureOf(call: Promise<unknown>): Promise<CloudError['details']> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CloudError)) throw error;
  return error.details;
}

describe('a signed call', () => {
  it('posts the flattened query, signed, and gives back the body', async () => {
    const { endpoint, requests } = await serving(json(200, { RequestId: 'R', Answer: 42 }));
    expect(await rpcTo(endpoint).call(write, within(2000))).toEqual({ RequestId: 'R', Answer: 42 });
    expect(requests[0]?.method).toBe('POST');
    expect(requests[0]?.url).toContain('Tag.1.Key=a&Tag.1.Value=b%20c');
    expect(requests[0]?.headers['x-acs-action']).toBe('SetBackendServers');
    expect(requests[0]?.headers['x-acs-version']).toBe('2014-05-15');
    expect(requests[0]?.headers.authorization).toMatch(
      /^ACS3-HMAC-SHA256 Credential=LTAIunitunitunit,/,
    );
  });

  it('asks for credentials anew each time and sends the security token of temporary ones', async () => {
    const { endpoint, requests } = await serving(json(200, {}));
    let turn = 0;
    const credentials = () =>
      Promise.resolve({
        accessKeyId: `STS.key${(turn += 1)}`,
        accessKeySecret: 's',
        securityToken: `token${turn}`,
      });
    const rpc = rpcTo(endpoint, { credentials });
    await rpc.call(read, within(2000));
    await rpc.call(read, within(2000));
    expect(requests.map(({ headers }) => headers['x-acs-security-token'])).toEqual([
      'token1',
      'token2',
    ]);
  });

  it('opens a connection of its own, so that none can have gone stale in a frozen function', async () => {
    const { endpoint, requests } = await serving(json(200, {}));
    const rpc = rpcTo(endpoint);
    await rpc.call(read, within(2000));
    await rpc.call(read, within(2000));
    const [first, second] = requests.map(({ socket }) => socket);
    expect(first).not.toBe(second);
    expect(requests[0]?.headers.connection).toBe('close');
  });
});

describe('OpenAPI that fails', () => {
  it.each<[string, Answer, { code: string; reaction: string; isAmbiguous: boolean }]>([
    [
      '403',
      json(403, { Code: 'Forbidden.RAM', Message: 'no', RequestId: 'R-3' }),
      { code: 'Forbidden.RAM', reaction: 'stop', isAmbiguous: false },
    ],
    [
      '500',
      json(500, { Code: 'InternalError', Message: 'oops' }),
      { code: 'InternalError', reaction: 'retry', isAmbiguous: true },
    ],
    [
      '500 without a code',
      json(500, { error: 'oops' }),
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    [
      '200 with a failure in its body',
      json(200, { Success: false, Code: 'Throttling.User', Message: 'x' }),
      { code: 'Throttling.User', reaction: 'retry', isAmbiguous: false },
    ],
    [
      '200 with a code',
      json(200, { Code: 'Forbidden', Message: 'x' }),
      { code: 'Forbidden', reaction: 'stop', isAmbiguous: false },
    ],
    [
      'HTML with 502',
      (_q, r) => {
        r.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>');
      },
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    [
      'HTML with 200',
      (_q, r) => {
        r.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>');
      },
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    [
      'a redirect',
      (_q, r) => {
        r.writeHead(302, { location: '/x' }).end('{}');
      },
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    [
      'an empty body',
      (_q, r) => {
        r.writeHead(200).end();
      },
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    ['null', json(200, null), { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true }],
    [
      'null with 500',
      json(500, null),
      { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true },
    ],
    ['a list', json(200, []), { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: true }],
    [
      'a reset',
      (q) => {
        q.socket.resetAndDestroy();
      },
      { code: 'ConnectionFailed', reaction: 'retry', isAmbiguous: true },
    ],
    [
      'half an answer',
      (q, r) => {
        r.writeHead(200, { 'content-length': '100' });
        r.write('{"a":', () => q.socket.destroy());
      },
      { code: 'ConnectionFailed', reaction: 'retry', isAmbiguous: true },
    ],
  ])('with %s gives a write the right error', async (_name, answer, expected) => {
    const { endpoint } = await serving(answer);
    expect(await failureOf(rpcTo(endpoint).call(write, within(3000)))).toMatchObject({
      ...expected,
      action: 'SetBackendServers',
    });
  });

  it('with a throttle tells how long to wait', async () => {
    const { endpoint } = await serving(
      json(400, { Code: 'Throttling.User', Message: 'x' }, { 'x-acs-retry-after': '1200' }),
    );
    expect(await failureOf(rpcTo(endpoint).call(read, within(2000)))).toMatchObject({
      code: 'Throttling.User',
      retryAfterMs: 1200,
      reaction: 'retry',
    });
  });

  it('by refusing connections is not ambiguous: nothing was sent', async () => {
    const { endpoint, server } = await serving(json(200, {}));
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(rpcTo(endpoint).call(write, within(2000)))).toMatchObject({
      code: 'ConnectionFailed',
      isAmbiguous: false,
    });
  });

  it('by speaking something else than HTTP is unreadable', async () => {
    const server = createTcpServer((socket) => socket.resume().end('hello\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => server.close(() => resolve())));
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await failureOf(rpcTo(endpoint).call(write, within(2000)))).toMatchObject({
      code: 'UnreadableReply',
      isAmbiguous: true,
    });
  });
});

describe('the deadline', () => {
  const silent: [string, Answer] = ['never answers', () => undefined];
  const dribbling: [string, Answer] = [
    'dribbles',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    },
  ];

  it.each([silent, dribbling])('ends a call to a server that %s', async (_name, answer) => {
    const { endpoint } = await serving(answer);
    const startedAt = performance.now();
    const failure = await failureOf(rpcTo(endpoint).call(write, within(250)));
    expect(failure).toMatchObject({ code: 'Timeout', isAmbiguous: true });
    expect(performance.now() - startedAt).toBeLessThan(600);
  });

  it('ends each attempt after its own limit when the deadline is far', async () => {
    const { endpoint } = await serving(silent[1]);
    const startedAt = performance.now();
    expect(
      await failureOf(rpcTo(endpoint, { attemptTimeoutMs: 100 }).call(read, within(30_000))),
    ).toMatchObject({ code: 'Timeout', isAmbiguous: false });
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('lets no call begin when it is past', async () => {
    const { endpoint, requests } = await serving(json(200, {}));
    expect(await failureOf(rpcTo(endpoint).call(write, within(0)))).toMatchObject({
      code: 'Timeout',
      isAmbiguous: false,
    });
    expect(requests).toHaveLength(0);
  });

  it('holds for credentials that do not come, and sends nothing when they come too late', async () => {
    const { endpoint, requests } = await serving(json(200, {}));
    let release: (value: { accessKeyId: string; accessKeySecret: string }) => void = () =>
      undefined;
    const credentials = () =>
      new Promise<{ accessKeyId: string; accessKeySecret: string }>((resolve) => {
        release = resolve;
      });
    const failure = await failureOf(rpcTo(endpoint, { credentials }).call(write, within(80)));
    release({ accessKeyId: 'a', accessKeySecret: 'b' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(failure).toMatchObject({ code: 'Timeout', isAmbiguous: false });
    expect(requests).toHaveLength(0);
  });

  it('leaves no connection behind', async () => {
    const sockets = new Set<Socket>();
    const { endpoint, server } = await serving(silent[1]);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await failureOf(rpcTo(endpoint).call(write, within(100)));
    const [socket] = sockets;
    if (socket !== undefined && !socket.closed)
      await new Promise((resolve) => socket.once('close', resolve));
    expect(sockets.size).toBe(0);
  });
});

describe('endpoints', () => {
  it.each([
    ['Slb', 'cn-hangzhou', 'public', 'slb.aliyuncs.com'],
    ['Slb', 'cn-beijing', 'public', 'slb.cn-beijing.aliyuncs.com'],
    ['Slb', 'cn-hangzhou', 'vpc', 'slb-vpc.cn-hangzhou.aliyuncs.com'],
    ['Ecs', 'cn-hangzhou', 'public', 'ecs-cn-hangzhou.aliyuncs.com'],
    ['Ecs', 'cn-hangzhou', 'vpc', 'ecs-vpc.cn-hangzhou.aliyuncs.com'],
    ['Ecs', 'eu-central-1', 'public', 'ecs.eu-central-1.aliyuncs.com'],
    ['Cms', 'us-east-1', 'public', 'metrics.us-east-1.aliyuncs.com'],
    ['Cms', 'us-east-1', 'vpc', 'metrics-vpc.us-east-1.aliyuncs.com'],
  ] as const)('%s in %s over %s is %s', (product, regionId, network, host) => {
    expect(endpointOf(product, { regionId, network })).toBe(host);
  });

  it('takes a gateway with or without http:// in front', () => {
    expect(endpointOf('Slb', { regionId: 'x', endpoint: 'http://127.0.0.1:8080/' })).toBe(
      '127.0.0.1:8080',
    );
    expect(endpointOf('Cms', { regionId: 'x', endpoint: '127.0.0.1:8080' })).toBe('127.0.0.1:8080');
  });
});
