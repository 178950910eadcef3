import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startLoad, type Load } from '../../infra/local/traffic/load-generator';
import { loadSettings, type LoadOptions } from '../../infra/local/traffic/load-options';
import { type LoadReport } from '../../infra/local/traffic/load-report';
import { LoadRun } from '../../infra/local/traffic/load-run';
import { ensureBuilt } from '../support/build';
import { realBackend, type Serve } from '../support/real-backends';
import { FakeDirectory } from '../support/slb-world';
import { eventually } from '../support/eventually';

jest.setTimeout(30_000);

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const target = async (serve?: Serve) => {
  const backend = await realBackend(new FakeDirectory(), 'i-1', {
    address: '127.64.8.1',
    ...(serve && { serve }),
  });
  cleanUp.push(backend.close);
  return { backend, address: { host: '127.64.8.1', port: backend.port } };
};

const run = (options: LoadOptions): LoadRun => new LoadRun(loadSettings(options), () => undefined);
const requestsOf = (report: LoadReport) => report.requests;

describe('load', () => {
  it('keeps its rate whatever the answers, counted by backend', async () => {
    const { address, backend } = await target();
    const load = run({ kind: 'http', ...address, requestsPerSecond: 200 });
    await eventually(
      () => load.report(),
      (report) => report.endedAt - report.startedAt >= 1000,
    );
    const report = await load.stop();
    const expected = ((report.endedAt - report.startedAt) / 1000) * 200;
    expect(Math.abs(report.requests - expected)).toBeLessThanOrEqual(10);
    expect(report).toMatchObject({
      failed: 0,
      firstFailureAt: null,
      backends: { 'i-1': { requests: report.requests, failed: 0 } },
    });
    expect(backend.requests).toBe(report.requests);
    expect(report.latency.count).toBe(report.requests);
  });

  it('counts latency from when a request was due: a stall shows in all it delayed', async () => {
    let isStalled = true;
    const held: (() => void)[] = [];
    const stalling: Serve = (_request, response) =>
      isStalled ? void held.push(() => response.end()) : void response.end();
    const { address } = await target(stalling);
    const load = run({ kind: 'http', ...address, requestsPerSecond: 100, concurrency: 1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(held).toHaveLength(1);
    isStalled = false;
    held[0]!();
    await eventually(
      () => requestsOf(load.report()),
      (count) => count >= 60,
    );
    const report = await load.stop();
    // One request was stalled for half a second, yet the fifty behind it waited a quarter of a second on average.
    expect(report.failed).toBe(0);
    expect(report.latency.p50Ms).toBeGreaterThan(100);
    expect(report.latency.maxMs).toBeGreaterThan(450);
  });

  it('fails requests that could not even be sent in time', async () => {
    const { address } = await target(() => undefined);
    const load = run({
      kind: 'http',
      ...address,
      requestsPerSecond: 100,
      concurrency: 2,
      timeoutMs: 200,
    });
    await eventually(
      () => load.report().failures.timeout,
      (count) => count >= 40,
    );
    const report = await load.stop();
    expect(report.failed).toBe(report.requests);
    expect(report.failures.timeout).toBe(report.requests);
  });

  it('tells refused from broken off from a bad status', async () => {
    const { address, backend } = await target((request, response) =>
      request.url === '/reset'
        ? void request.socket.resetAndDestroy()
        : void response.writeHead(503).end(),
    );
    const some = async (options: Partial<LoadOptions>): Promise<LoadReport> => {
      const load = run({ kind: 'http', ...address, requestsPerSecond: 200, ...options });
      await eventually(
        () => requestsOf(load.report()),
        (count) => count >= 10,
      );
      return load.stop();
    };
    for (const kind of ['http', 'tcp'] as const) {
      const bad = await some({ kind });
      expect(bad).toMatchObject({
        failed: bad.requests,
        failures: { status: bad.requests },
        backends: { 'i-1': { failed: bad.requests } },
      });
      const reset = await some({ kind, path: '/reset' });
      expect(reset.failures.reset).toBe(reset.requests);
    }
    await backend.close();
    for (const kind of ['http', 'tcp'] as const) {
      const refused = await some({ kind });
      expect(refused.failures.refused).toBe(refused.requests);
      expect(refused.firstFailureAt).toBe(refused.startedAt);
    }
  });

  it('gives each sticky client its own cookies', async () => {
    const cookies: (string | undefined)[] = [];
    let given = 0;
    const counting: Serve = (request, response) => {
      const { cookie } = request.headers;
      cookies.push(cookie);
      if (cookie === undefined) response.setHeader('set-cookie', `SERVERID=${++given};Path=/`);
      response.end();
    };
    const { address } = await target(counting);
    const load = run({ kind: 'http', ...address, requestsPerSecond: 100, clients: 3 });
    // Requests of one client that overlap at first may each be given one; from then on it keeps the last.
    await eventually(
      () => cookies.slice(-12),
      (last) => last.length === 12 && !last.includes(undefined) && new Set(last).size === 3,
    );
    await load.stop();
  });

  it('uses connections again, or opens one per request, from the addresses it is given', async () => {
    const ports = new Set<string>();
    const noting: Serve = (request, response) => {
      ports.add(`${request.socket.remoteAddress}:${request.socket.remotePort}`);
      response.end();
    };
    const { address } = await target(noting);
    const some = async (options: Partial<LoadOptions>, perConnection = 1) => {
      ports.clear();
      const load = run({ kind: 'http', ...address, requestsPerSecond: 100, ...options });
      await eventually(
        () => requestsOf(load.report()),
        (count) => count >= 20 && count >= perConnection * ports.size,
      );
      return {
        report: await load.stop(),
        connections: ports.size,
        addresses: new Set([...ports].map((port) => port.split(':')[0])),
      };
    };
    const again = await some({}, 3);
    expect(again.connections).toBeLessThan(again.report.requests / 2);
    const fresh = await some({ keepAlive: false, sourceAddresses: ['127.0.0.21', '127.0.0.22'] });
    expect(fresh.connections).toBe(fresh.report.requests);
    expect([...fresh.addresses].sort()).toEqual(['127.0.0.21', '127.0.0.22']);
  });

  it('ends by itself after its duration', async () => {
    const { address } = await target();
    const load = run({ kind: 'http', ...address, requestsPerSecond: 100, durationMs: 300 });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await load.stop()).requests).toBe(31);
  });
});

describe('the load process', () => {
  beforeAll(ensureBuilt, 60_000);

  const start = async (
    options: LoadOptions,
    onInterval?: (report: LoadReport) => void,
  ): Promise<Load> => startLoad(options, onInterval);

  it('sends load from a process of its own, reports intervals and totals, and ends', async () => {
    const { address } = await target();
    const intervals: LoadReport[] = [];
    const load = await start(
      { kind: 'http', ...address, requestsPerSecond: 100, intervalMs: 200 },
      (report) => intervals.push(report),
    );
    await eventually(
      () => intervals.length,
      (count) => count >= 3,
    );
    expect((await load.report()).requests).toBeGreaterThan(40);
    const total = await load.stop();
    const inIntervals = intervals.reduce((sum, { requests }) => sum + requests, 0);
    expect(total.requests).toBeGreaterThanOrEqual(inIntervals);
    expect(total.requests - inIntervals).toBeLessThan(60);
    expect(total).toMatchObject({ failed: 0, backends: { 'i-1': { requests: total.requests } } });
    expect(await load.stop()).toEqual(total);
    await expect(load.report()).rejects.toThrow('had ended before it answered');
  });
});
