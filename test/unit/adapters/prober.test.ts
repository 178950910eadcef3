import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpProber, medianOf } from '../../../shared/adapters/http/prober';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { instant, millis } from '../../../shared/domain/units';
import { type ProbeSettings, type ProbeTarget } from '../../../shared/ports/prober';

const clock = new SystemClock();
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(resolve);
        }),
    ),
  );
});

async function backend(
  instanceId: string,
  listener: RequestListener,
): Promise<ProbeTarget & { server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { instanceId, address: '127.0.0.1', port: (server.address() as AddressInfo).port, server };
}

const status =
  (code: number): RequestListener =>
  (_request, response) => {
    response.writeHead(code).end('body');
  };
const settings = (more: Partial<Record<keyof ProbeSettings, number>> = {}): ProbeSettings =>
  ({
    path: '/health',
    timeoutMs: millis(200),
    windowMs: millis(100),
    perWindow: 5,
    concurrency: 20,
    ...more,
  }) as ProbeSettings;
const inMs = (spanMs: number) => ({ deadline: instant(clock.now() + spanMs) });
const probe = (targets: readonly ProbeTarget[], more = {}, spanMs = 5000) =>
  new HttpProber(clock).probe(targets, settings(more), inMs(spanMs));

describe('probing a backend', () => {
  it('counts good answers and takes their median latency in microseconds', async () => {
    const target = await backend('i-1', (_request, response) =>
      setTimeout(() => response.end('ok'), 20),
    );
    const window = (await probe([target])).get('i-1');
    expect(window).toMatchObject({ probes: 5, failures: 0 });
    expect(window?.latencyMedianUs).toBeGreaterThanOrEqual(18_000);
    expect(window?.latencyMedianUs).toBeLessThan(150_000);
    expect(Number.isInteger(window?.latencyMedianUs)).toBe(true);
  });

  it.each([
    [200, 0],
    [204, 0],
    [302, 0],
    [401, 0],
    [404, 0],
    [429, 0],
    [500, 5],
    [502, 5],
    [503, 5],
  ])('answering %d fails %d of 5 times', async (code, failures) => {
    const target = await backend('i-1', status(code));
    expect((await probe([target])).get('i-1')).toMatchObject({ probes: 5, failures });
  });

  it('that is refused fails, with no latency', async () => {
    const target = await backend('i-1', status(200));
    await new Promise((resolve) => target.server.close(resolve));
    expect((await probe([target])).get('i-1')).toMatchObject({
      probes: 5,
      failures: 5,
      latencyMedianUs: null,
    });
  });

  it.each<[string, RequestListener]>([
    ['resets', (request) => request.socket.resetAndDestroy()],
    ['never answers', () => undefined],
    ['answers after the time-out', (_request, response) => setTimeout(() => response.end(), 400)],
    [
      'stops half-way through its answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half');
      },
    ],
    [
      'breaks off its answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half', () => request.socket.destroy());
      },
    ],
    ['does not speak HTTP', (request) => request.socket.end('nonsense\r\n\r\n')],
  ])('that %s fails', async (_what, listener) => {
    const target = await backend('i-1', listener);
    expect((await probe([target])).get('i-1')).toMatchObject({ probes: 5, failures: 5 });
  });

  it('is not kept by an endless answer', async () => {
    const target = await backend('i-1', (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(32_768))) void 0;
      };
      response.on('drain', more);
      more();
    });
    expect((await probe([target])).get('i-1')).toMatchObject({ probes: 5, failures: 0 });
  });

  it('uses the path given and a connection of its own each time', async () => {
    const paths: (string | undefined)[] = [];
    const sockets = new Set<Socket>();
    const target = await backend('i-1', (request, response) => {
      paths.push(request.url);
      sockets.add(request.socket);
      response.end();
    });
    await probe([target]);
    expect(new Set(paths)).toEqual(new Set(['/health']));
    expect(sockets.size).toBe(5);
  });
});

describe('a window of probes', () => {
  it('spreads the probes over its length and staggers the backends', async () => {
    const startedAt = performance.now();
    const times: Record<string, number[]> = { 'i-1': [], 'i-2': [] };
    const targets = await Promise.all(
      Object.entries(times).map(([id, list]) =>
        backend(id, (_request, response) => {
          list.push(performance.now() - startedAt);
          response.end();
        }),
      ),
    );
    await probe(targets, { windowMs: 300, perWindow: 3 });
    const [one, two] = [times['i-1']!, times['i-2']!];
    expect(one).toHaveLength(3);
    expect(one[2]! - one[0]!).toBeGreaterThan(150);
    expect(two[0]! - one[0]!).toBeGreaterThan(25);
  });

  it('has no more probes in flight than allowed', async () => {
    let inFlight = 0;
    let most = 0;
    const listener: RequestListener = (_request, response) => {
      most = Math.max(most, (inFlight += 1));
      setTimeout(() => {
        inFlight -= 1;
        response.end();
      }, 10);
    };
    const targets = await Promise.all(
      Array.from({ length: 6 }, (_, index) => backend(`i-${index}`, listener)),
    );
    const windows = await probe(targets, { concurrency: 3, windowMs: 400 });
    expect(most).toBeLessThanOrEqual(3);
    expect([...windows.values()].map(({ probes }) => probes)).toEqual(Array(6).fill(5));
  });

  it('ends within its length and one time-out even when everything hangs', async () => {
    const targets = await Promise.all(
      Array.from({ length: 4 }, (_, index) => backend(`i-${index}`, () => undefined)),
    );
    const startedAt = performance.now();
    await probe(targets, { concurrency: 2, windowMs: 100, timeoutMs: 150 });
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('begins no probe that could not run its whole time-out: haste is not failure', async () => {
    const target = await backend('i-1', status(200));
    const window = (
      await probe([target], { windowMs: 400, perWindow: 4, timeoutMs: 200 }, 420)
    ).get('i-1');
    expect(window).toMatchObject({ failures: 0 });
    expect(window!.probes).toBeLessThan(4);
    expect(await probe([target], { timeoutMs: 200 }, 100)).toEqual(new Map());
  });

  it('over several backends tells them apart', async () => {
    const targets = [await backend('i-good', status(200)), await backend('i-bad', status(500))];
    const windows = await probe(targets);
    expect(windows.get('i-good')?.failures).toBe(0);
    expect(windows.get('i-bad')?.failures).toBe(5);
  });

  it('of nobody is empty', async () => {
    expect(await probe([])).toEqual(new Map());
  });
});

describe('the median', () => {
  it.each([
    [[], null],
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 3],
    [[10, 1, 2, 3], 3],
  ])('of %j is %s', (values, median) => {
    expect(medianOf(values)).toBe(median);
  });
});
