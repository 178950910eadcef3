import { Agent, get, request as send, type RequestOptions } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ManualClock, realClock } from '../../infra/local/clock';
import { type LocalClock } from '../../infra/local/contracts';
import { HealthEngine } from '../../infra/local/slb/health-engine';
import { CounterRegistry } from '../../infra/local/slb/listener-counters';
import { SlbModel } from '../../infra/local/slb/model';
import { DataPlane } from '../../infra/local/traffic/data-plane';
import { type SocketAddress } from '../../infra/local/traffic/listener-server';
import { SlbMetricSource } from '../../infra/local/traffic/slb-metric-source';
import { SocketHealthChecker } from '../../infra/local/traffic/socket-health-checker';
import { realBackend, type RealBackend, type Serve } from '../support/real-backends';
import {
  type BehaviourSwitches,
  FakeDirectory,
  layOut,
  type ListenerLayout,
} from '../support/slb-world';
import { eventually } from '../support/eventually';

jest.setTimeout(30_000);

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

interface Setup extends Partial<ListenerLayout> {
  readonly serve?: Readonly<Record<string, Serve>>;
  readonly behaviour?: BehaviourSwitches;
  readonly clock?: LocalClock;
  readonly isCheckedFirst?: boolean;
}

/** Real servers behind a real listener; health checks run 20 times as fast as in the cloud. Resolves when every backend is judged normal. */
async function setUp(setup: Setup = {}) {
  const directory = new FakeDirectory();
  const weights = setup.weights ?? { 'i-1': 50, 'i-2': 50 };
  const backends: Record<string, RealBackend> = {};
  let port = 0;
  for (const [index, instanceId] of Object.keys(weights).entries()) {
    const serve = setup.serve?.[instanceId];
    backends[instanceId] = await realBackend(directory, instanceId, {
      address: `127.64.9.${index + 1}`,
      port,
      ...(serve && { serve }),
    });
    port = backends[instanceId].port;
    cleanUp.push(backends[instanceId].close);
  }
  const clock = setup.clock ?? realClock();
  const model = new SlbModel({
    clock: realClock(),
    directory,
    regionId: 'r-1',
    profile: { configurationLockMs: 5 },
    allocateAddress: () => '127.65.9.1',
    ...(setup.behaviour && { behaviour: setup.behaviour }),
  });
  const health = new HealthEngine({
    model,
    clock: realClock(),
    checker: new SocketHealthChecker(),
    profile: { healthCheckDivisor: 20 },
  });
  const counters = new CounterRegistry();
  const plane = new DataPlane({ model, health, clock, counters });
  const listener = layOut(model, {
    weights,
    port: 1,
    protocol: setup.protocol ?? 'http',
    parameters: { BackendServerPort: String(port), HealthCheckURI: '/health', ...setup.parameters },
  });
  health.start();
  await plane.start();
  cleanUp.push(
    () => plane.stop(),
    () => health.stop(),
  );
  const verdict = (instanceId: string) => {
    const member = model.route(listener).find(({ serverId }) => serverId === instanceId);
    return member && health.verdict(listener, member);
  };
  if (setup.isCheckedFirst !== false)
    await eventually(
      () => Object.keys(weights).map(verdict),
      (all) => all.every((one) => one === 'normal'),
    );
  const group = { kind: 'default', loadBalancerId: listener.loadBalancerId } as const;
  const applied = () =>
    new Promise<void>((resolve) => {
      const end = model.onApplied(() => {
        end();
        resolve();
      });
    });
  const setWeights = async (changes: Record<string, number>) => {
    const done = applied();
    model.setBackends(
      group,
      Object.entries(changes).map(([serverId, weight]) => ({ serverId, weight })),
    );
    await done;
  };
  const remove = async (serverId: string) => {
    const done = applied();
    model.removeBackends(group, [{ serverId }]);
    await done;
  };
  const address = plane.dataPlaneAddress(listener.loadBalancerId, 1)!;
  return {
    backends,
    model,
    health,
    counters,
    plane,
    listener,
    verdict,
    setWeights,
    remove,
    address,
    port,
  };
}

interface Answer {
  readonly status: number;
  readonly backend: string | undefined;
  readonly body: string;
  readonly cookies: readonly string[];
}

const ask = (address: SocketAddress, options: RequestOptions = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = send({ ...address, path: '/', agent: false, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          backend: response.headers['x-backend'] as string | undefined,
          body,
          cookies: response.headers['set-cookie'] ?? [],
        }),
      );
    });
    request.on('error', reject);
    request.end(options.method === 'POST' ? 'some body' : undefined);
  });

async function spread(
  address: SocketAddress,
  requests: number,
  options: RequestOptions = {},
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < requests; index++) {
    const { status, backend } = await ask(address, options);
    const name = backend ?? String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A kept-alive HTTP/1.1 conversation on one connection, for what happens to connections. */
function openConnection(address: SocketAddress, localAddress?: string) {
  const socket: Socket = connect({ ...address, ...(localAddress && { localAddress }) });
  cleanUp.push(() => void socket.destroy());
  let received = '';
  const state = { isClosed: false };
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (state.isClosed = true));
  return {
    state,
    ask: async (): Promise<string | undefined> => {
      received = '';
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await eventually(() => state.isClosed || received.includes('hello'), Boolean);
      return /^x-backend: (.+)\r$/im.exec(received)?.[1];
    },
  };
}

describe.each(['http', 'tcp'] as const)('a real %s listener', (protocol) => {
  it('splits 400 requests 1 : 3 over weights 30 and 90', async () => {
    const { address, backends } = await setUp({ protocol, weights: { 'i-1': 30, 'i-2': 90 } });
    expect(await spread(address, 400)).toEqual({ 'i-1': 100, 'i-2': 300 });
    expect([backends['i-1']!.requests, backends['i-2']!.requests]).toEqual([100, 300]);
  });

  it('sends nothing new to weight 0, and everything back when the weight returns', async () => {
    const { address, setWeights } = await setUp({ protocol });
    await setWeights({ 'i-1': 0 });
    expect(await spread(address, 20)).toEqual({ 'i-2': 20 });
    await setWeights({ 'i-1': 50 });
    expect(await spread(address, 20)).toEqual({ 'i-1': 10, 'i-2': 10 });
  });

  it('sends nothing new to a backend that is abnormal, until it is normal again', async () => {
    const { address, backends, verdict, port } = await setUp({ protocol });
    await backends['i-1']!.close();
    await eventually(
      () => verdict('i-1'),
      (one) => one === 'abnormal',
    );
    expect(await spread(address, 20)).toEqual({ 'i-2': 20 });
    const again = await realBackend(new FakeDirectory(), 'i-1', { address: '127.64.9.1', port });
    cleanUp.push(again.close);
    await eventually(
      () => verdict('i-1'),
      (one) => one === 'normal',
    );
    expect(await spread(address, 20)).toEqual({ 'i-1': 10, 'i-2': 10 });
  });

  it('sends nothing new to a removed backend', async () => {
    const { address, remove } = await setUp({ protocol });
    await remove('i-1');
    expect(await spread(address, 10)).toEqual({ 'i-2': 10 });
  });

  it('stops and starts with its load balancer', async () => {
    const { model, listener, plane, address } = await setUp({ protocol });
    model.provision(() => model.setLoadBalancerStatus(listener.loadBalancerId, 'inactive'));
    await plane.settled();
    await expect(ask(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(plane.dataPlaneAddress(listener.loadBalancerId, 1)).toBeUndefined();
  });
});

describe('a real HTTP listener', () => {
  it('shows clients the failures of a crashed backend until health checks see it, and tries no other', async () => {
    const { address, backends, verdict } = await setUp();
    await backends['i-1']!.close();
    expect(verdict('i-1')).toBe('normal');
    const counts = await spread(address, 4);
    expect(counts).toEqual({ 502: 2, 'i-2': 2 });
  });

  it('answers 502 when a backend breaks off before its answer, and breaks off when it does so after', async () => {
    const reset: Serve = (request) => request.socket.resetAndDestroy();
    const half: Serve = (request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => request.socket.resetAndDestroy());
    };
    const before = await setUp({ weights: { 'i-1': 1 }, serve: { 'i-1': reset } });
    expect((await ask(before.address)).status).toBe(502);
    expect((await ask(before.address, { method: 'POST' })).status).toBe(502);
    for (const undo of cleanUp.splice(0).reverse()) await undo();
    const after = await setUp({ weights: { 'i-1': 1 }, serve: { 'i-1': half } });
    await expect(ask(after.address)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('answers 504 when a backend gives no answer within the request time-out', async () => {
    const silent: Serve = () => undefined;
    const { address, counters, listener } = await setUp({
      weights: { 'i-1': 1 },
      serve: { 'i-1': silent },
      parameters: { RequestTimeout: '1' },
    });
    const startedAt = Date.now();
    expect((await ask(address)).status).toBe(504);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(counters.of(listener)).toMatchObject({
      requests: 1,
      upstreamResponses: 0,
      statuses: { '5xx': 1 },
    });
  });

  it('passes requests and answers on whole, with the client’s address', async () => {
    const echo: Serve = (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () =>
        response.writeHead(201, { 'x-own': 'yes' }).end(`${request.method} ${request.url} ${body}`),
      );
    };
    const { address, backends } = await setUp({ weights: { 'i-1': 1 }, serve: { 'i-1': echo } });
    const answer = await ask(address, {
      method: 'POST',
      path: '/a?b=1',
      headers: {
        'x-forwarded-for': '192.0.2.7',
        connection: 'close, x-hop',
        'x-hop': '1',
        host: 'shop.example',
      },
    });
    expect(answer).toMatchObject({ status: 201, body: 'POST /a?b=1 some body' });
    expect(backends['i-1']!.lastHeaders).toMatchObject({
      'x-forwarded-for': '192.0.2.7, 127.0.0.1',
      host: 'shop.example',
    });
    expect(backends['i-1']!.lastHeaders['x-hop']).toBeUndefined();
  });

  it('keeps connections to its backends', async () => {
    const { address, backends } = await setUp({
      weights: { 'i-1': 1 },
      parameters: { HealthCheck: 'off' },
      isCheckedFirst: false,
    });
    await spread(address, 10);
    expect(backends['i-1']!.sockets.size).toBe(1);
  });

  it('with a session cookie keeps a client on its backend, and gives no cookie with a 4xx', async () => {
    const sticky = { StickySession: 'on', StickySessionType: 'insert', CookieTimeout: '100' };
    const missing: Serve = (request, response) =>
      void response.writeHead(request.url === '/none' ? 404 : 200).end();
    const { address } = await setUp({
      parameters: sticky,
      serve: { 'i-1': missing, 'i-2': missing },
    });
    const first = await ask(address);
    expect(first.cookies[0]).toMatch(/^SERVERID=[0-9a-f]{32}\|\d+;Path=\/;Max-Age=100$/);
    const cookie = first.cookies[0]!.split(';')[0]!;
    expect(await spread(address, 10, { headers: { cookie } })).toEqual({ [first.backend!]: 10 });
    expect((await ask(address, { headers: { cookie } })).cookies).toEqual([]);
    expect((await ask(address, { path: '/none' })).cookies).toEqual([]);
    expect(await spread(address, 10, { headers: { cookie: 'SERVERID=forged|1' } })).toEqual({
      'i-1': 5,
      'i-2': 5,
    });
  });

  it('with a session cookie that ran out sends the client anywhere', async () => {
    const clock = new ManualClock();
    const { address } = await setUp({
      clock,
      parameters: { StickySession: 'on', StickySessionType: 'insert', CookieTimeout: '100' },
    });
    const first = await ask(address);
    const cookie = first.cookies[0]!.split(';')[0]!;
    await clock.advance(101_000);
    expect(Object.keys(await spread(address, 4, { headers: { cookie } }))).toHaveLength(2);
  });

  it('at weight 0 keeps sticky clients, or sends them elsewhere', async () => {
    for (const stickyAtWeightZero of ['keep-session', 'follow-weight'] as const) {
      const { address, setWeights } = await setUp({
        behaviour: { stickyAtWeightZero },
        parameters: { StickySession: 'on', StickySessionType: 'insert', CookieTimeout: '100' },
      });
      const first = await ask(address);
      await setWeights({ [first.backend!]: 0 });
      const other = first.backend === 'i-1' ? 'i-2' : 'i-1';
      const kept = await spread(address, 5, {
        headers: { cookie: first.cookies[0]!.split(';')[0]! },
      });
      expect(kept).toEqual({ [stickyAtWeightZero === 'keep-session' ? first.backend! : other]: 5 });
      expect(await spread(address, 5)).toEqual({ [other]: 5 });
      for (const undo of cleanUp.splice(0).reverse()) await undo();
    }
  });

  it('rewrites the backend’s own cookie where it is told to', async () => {
    const own: Serve = (_request, response) =>
      void response.setHeader('set-cookie', ['sid=abc; HttpOnly', 'other=1']).end();
    const { address } = await setUp({
      serve: { 'i-1': own, 'i-2': own },
      parameters: { StickySession: 'on', StickySessionType: 'server', Cookie: 'sid' },
    });
    const first = await ask(address);
    expect(first.cookies[0]).toMatch(/^sid=[0-9a-f]{32}; HttpOnly$/);
    expect(first.cookies[1]).toBe('other=1');
    expect(
      await spread(address, 6, { headers: { cookie: first.cookies[0]!.split(';')[0]! } }),
    ).toEqual({ [first.backend!]: 6 });
  });

  it('when all backends are abnormal answers 503, or spreads over all of them', async () => {
    for (const whenAllAbnormal of ['fail-closed', 'fail-open'] as const) {
      const { address, verdict } = await setUp({
        behaviour: { whenAllAbnormal },
        isCheckedFirst: false,
        parameters: { HealthCheckHttpCode: 'http_3xx' },
      });
      await eventually(
        () => [verdict('i-1'), verdict('i-2')],
        (all) => all.every((one) => one === 'abnormal'),
      );
      expect(await spread(address, 4)).toEqual(
        whenAllAbnormal === 'fail-open' ? { 'i-1': 2, 'i-2': 2 } : { 503: 4 },
      );
      for (const undo of cleanUp.splice(0).reverse()) await undo();
    }
  });

  it('lets a request under way to a removed backend end, or cuts it', async () => {
    for (const withoutDrain of ['keep-until-idle', 'cut'] as const) {
      const waiting: (() => void)[] = [];
      const slow: Serve = (_request, response) => void waiting.push(() => response.end('late'));
      const { address, remove } = await setUp({
        weights: { 'i-1': 1 },
        behaviour: { withoutDrain },
        serve: { 'i-1': slow },
      });
      const answer = ask(address);
      await eventually(
        () => waiting.length,
        (count) => count === 1,
      );
      await remove('i-1');
      waiting[0]!();
      expect((await answer).status).toBe(withoutDrain === 'cut' ? 502 : 200);
      for (const undo of cleanUp.splice(0).reverse()) await undo();
    }
  });

  it('counts what it did, and CloudMonitor’s metrics say the same', async () => {
    const failing: Serve = (_request, response) => void response.writeHead(500).end();
    const { address, counters, listener, model, health } = await setUp({
      serve: { 'i-1': failing },
    });
    await spread(address, 20);
    await eventually(
      () => counters.of(listener).activeConnections,
      (open) => open === 0,
    );
    expect(counters.of(listener)).toMatchObject({
      requests: 20,
      newConnections: 20,
      statuses: { '2xx': 10, '5xx': 10 },
      upstreamStatuses: { '5xx': 10 },
    });
    const samples = await new SlbMetricSource({ model, health, counters }).sample(10_000);
    const value = (name: string) => samples.get(name)?.[0]?.statistics.Average;
    expect([
      value('Qps'),
      value('StatusCode5xx'),
      value('UpstreamCode5xx'),
      value('NewConnection'),
      value('HeathyServerCount'),
    ]).toEqual([2, 1, 1, 2, 2]);
    expect(value('Rt')).toBeGreaterThan(0);
    expect(value('TrafficTXNew')).toBeGreaterThan(0);
  });
});

describe('a real TCP listener', () => {
  it('at weight 0 keeps open connections working', async () => {
    const { address, setWeights } = await setUp({
      protocol: 'tcp',
      weights: { 'i-1': 100, 'i-2': 1 },
    });
    const connection = openConnection(address);
    expect(await connection.ask()).toBe('i-1');
    await setWeights({ 'i-1': 0 });
    expect(await connection.ask()).toBe('i-1');
    expect(connection.state.isClosed).toBe(false);
    expect(await spread(address, 3)).toEqual({ 'i-2': 3 });
  });

  it('with persistence keeps a source address on its backend, until the time-out', async () => {
    const clock = new ManualClock();
    const { address } = await setUp({
      protocol: 'tcp',
      clock,
      parameters: { PersistenceTimeout: '60' },
    });
    const first = await spread(address, 6, { localAddress: '127.0.0.5' });
    expect(Object.values(first)).toEqual([6]);
    const second = await spread(address, 6, { localAddress: '127.0.0.6' });
    expect(Object.keys(second)).not.toEqual(Object.keys(first));
    await clock.advance(60_001);
    expect(await spread(address, 1, { localAddress: '127.0.0.6' })).toEqual({
      [Object.keys(first)[0]!]: 1,
    });
  });

  it('with connection drain cuts a removed backend’s connections when the time-out is over, not before', async () => {
    const clock = new ManualClock();
    const { address, remove, counters, listener } = await setUp({
      protocol: 'tcp',
      clock,
      weights: { 'i-1': 100, 'i-2': 1 },
      parameters: { ConnectionDrain: 'on', ConnectionDrainTimeout: '10' },
    });
    const connection = openConnection(address);
    await connection.ask();
    await remove('i-1');
    await clock.advance(9999);
    expect(await connection.ask()).toBe('i-1');
    await clock.advance(1);
    await eventually(() => connection.state.isClosed, Boolean);
    await eventually(
      () => counters.of(listener).activeConnections,
      (open) => open === 0,
    );
  });

  it('with connection drain cuts an abnormal backend’s connections too', async () => {
    const clock = new ManualClock();
    const { address, verdict, backends } = await setUp({
      protocol: 'tcp',
      clock,
      weights: { 'i-1': 100, 'i-2': 1 },
      parameters: { HealthCheckType: 'http', ConnectionDrain: 'on', ConnectionDrainTimeout: '10' },
      serve: {},
    });
    const connection = openConnection(address);
    expect(await connection.ask()).toBe('i-1');
    // The service stops listening but lets its open connections live.
    backends['i-1']!.stopListening();
    await eventually(
      () => verdict('i-1'),
      (one) => one === 'abnormal',
    );
    expect(await connection.ask()).toBe('i-1');
    await clock.advance(10_000);
    await eventually(() => connection.state.isClosed, Boolean);
  });

  it('without connection drain keeps a removed backend’s connections, or cuts them', async () => {
    for (const withoutDrain of ['keep-until-idle', 'cut'] as const) {
      const { address, remove } = await setUp({
        protocol: 'tcp',
        weights: { 'i-1': 100, 'i-2': 1 },
        behaviour: { withoutDrain },
      });
      const connection = openConnection(address);
      await connection.ask();
      await remove('i-1');
      if (withoutDrain === 'cut') await eventually(() => connection.state.isClosed, Boolean);
      else expect(await connection.ask()).toBe('i-1');
      for (const undo of cleanUp.splice(0).reverse()) await undo();
    }
  });

  it('resets clients when no backend may serve, and counts them as dropped', async () => {
    const { address, setWeights, counters, listener } = await setUp({ protocol: 'tcp' });
    await setWeights({ 'i-1': 0, 'i-2': 0 });
    await expect(ask(address)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(counters.of(listener)).toMatchObject({ droppedConnections: 1, newConnections: 1 });
  });

  it('shows clients that a backend refuses, and tries no other', async () => {
    const { address, backends } = await setUp({ protocol: 'tcp' });
    await backends['i-1']!.close();
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => ask(address)));
    expect(results.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });
});

describe('the data plane', () => {
  it('takes a free port when the wanted one is taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(1, '127.65.9.1', resolve));
    cleanUp.push(() => new Promise((resolve) => blocker.close(() => resolve())));
    const { address } = await setUp();
    expect(address.host).toBe('127.65.9.1');
    expect(address.port).not.toBe(1);
    expect((await ask(address)).status).toBe(200);
  });

  it('ends with every socket closed, idle keep-alive clients included', async () => {
    const { address, plane } = await setUp();
    const agent = new Agent({ keepAlive: true });
    cleanUp.push(() => agent.destroy());
    await new Promise<void>((resolve) =>
      get({ ...address, agent }, (response) => response.resume().once('end', resolve)),
    );
    await plane.stop();
    await expect(ask(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
