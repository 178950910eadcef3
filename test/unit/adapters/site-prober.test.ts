import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpSiteProber } from '../../../shared/adapters/http/site-prober';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { type SiteCheck } from '../../../shared/domain/failover/name-policy';
import { instant, millis } from '../../../shared/domain/units';
import { type SiteLook } from '../../../shared/ports/vantages';
import { CERTIFICATE } from '../../support/certificate';

const clock = new SystemClock();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function portOf(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void }) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
const web = (listener: RequestListener) => portOf(createHttp(listener));
const status =
  (code: number, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(code, headers).end('body');
const refused = async (): Promise<number> => {
  const port = await web(status(200));
  await Promise.all(closing.splice(-1).map((close) => close()));
  return port;
};

const site = (port: number, check: Partial<Record<keyof SiteCheck, unknown>> = {}): SiteLook =>
  ({
    name: 'hz',
    address: '127.0.0.1',
    host: 'www.example.com',
    check: {
      ...{ protocol: 'http', port, path: '/health', host: null, statusMin: 200, statusMax: 399 },
      ...{ timeoutMs: millis(300), attempts: 3 },
      ...check,
    },
  }) as SiteLook;

async function look(target: SiteLook, spanMs = 5_000, authorities?: string) {
  const prober = new HttpSiteProber({ clock, voter: 'cn-beijing', authorities });
  const [vote] = await prober.look([target], { deadline: instant(clock.now() + spanMs) });
  return vote!;
}

describe('a site over HTTP', () => {
  it('that answers is up, with the latency in the middle', async () => {
    const before = clock.now();
    const port = await web((_request, response) => setTimeout(() => response.end('ok'), 20));
    const vote = await look(site(port));
    expect(vote).toMatchObject({
      ...{ voter: 'cn-beijing', kind: 'vantage', siteName: 'hz', answer: 'up' },
      ...{ attempts: 3, failed: 0, detail: '3 of 3 http attempts answered' },
    });
    expect(vote.latencyMs).toBeGreaterThanOrEqual(15);
    expect(vote.latencyMs).toBeLessThan(250);
    expect(vote.at).toBeGreaterThanOrEqual(before);
  });

  it('is asked by its own name and path, each time over a new connection', async () => {
    const seen: string[] = [];
    let connections = 0;
    const server = createHttp((request, response) => {
      seen.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.end();
    });
    server.on('connection', () => (connections += 1));
    await look(site(await portOf(server)));
    expect(seen).toEqual(Array(3).fill('GET www.example.com /health'));
    expect(connections).toBe(3);
  });

  it.each([
    [200, 'up'],
    [204, 'up'],
    [399, 'up'],
    [400, 'down'],
    [404, 'down'],
    [500, 'down'],
    [503, 'down'],
  ])('that answers %d is %s', async (code, answer) => {
    const vote = await look(site(await web(status(code))));
    expect(vote.answer).toBe(answer);
    if (answer === 'down') expect(vote.detail).toContain(`status ${code}`);
  });

  it('that redirects is judged by the redirect, which is not followed', async () => {
    let followed = 0;
    const elsewhere = await web((_request, response) => {
      followed += 1;
      response.writeHead(500).end();
    });
    const port = await web(status(302, { location: `http://127.0.0.1:${elsewhere}/` }));
    expect((await look(site(port))).answer).toBe('up');
    expect((await look(site(port, { statusMax: 299 }))).detail).toContain('status 302');
    expect(followed).toBe(0);
  });

  it('that is refused is down, with no latency', async () => {
    const vote = await look(site(await refused()));
    expect(vote).toMatchObject({ answer: 'down', attempts: 3, failed: 3, latencyMs: null });
    expect(vote.detail).toContain('ECONNREFUSED');
  });

  it('that hangs is down after less than two time-outs', async () => {
    const port = await web(() => undefined);
    const startedAt = clock.now();
    const vote = await look(site(port));
    expect(vote).toMatchObject({ answer: 'down', failed: 3 });
    expect(vote.detail).toContain('no answer in 300 ms');
    expect(clock.now() - startedAt).toBeLessThan(750);
  });

  it('that dribbles its answer is down', async () => {
    const port = await web((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect((await look(site(port))).answer).toBe('down');
  });

  it('that breaks off, or does not speak HTTP, is down', async () => {
    const broken = await web((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    expect((await look(site(broken))).answer).toBe('down');
    const noise = await portOf(createTcp((socket) => void socket.end('hello?\r\n\r\n')));
    expect((await look(site(noise))).answer).toBe('down');
  });

  it('that sends without end is up after as much as is read', async () => {
    const port = await web((_request, response) => {
      const chunk = Buffer.alloc(16_384);
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    expect((await look(site(port))).answer).toBe('up');
  });

  it.each([
    [2, 4, 'unknown'],
    [2, 3, 'unknown'],
    [1, 3, 'up'],
    [3, 3, 'down'],
  ])('that fails %d of %d times is %s', async (failures, attempts, answer) => {
    let asked = 0;
    const port = await web((_request, response) => {
      asked += 1;
      response.writeHead(asked <= failures ? 500 : 200).end();
    });
    const vote = await look(site(port, { attempts }));
    expect(vote).toMatchObject({ answer, attempts, failed: failures });
  });
});

describe('what says nothing about a site', () => {
  it('is a look for which there is no time: nobody is asked', async () => {
    let asked = 0;
    const port = await web((_request, response) => {
      asked += 1;
      response.end();
    });
    const vote = await look(site(port), 250);
    expect(vote).toMatchObject({ answer: 'unknown', attempts: 0, failed: 0, latencyMs: null });
    expect(asked).toBe(0);
  });

  it('is too few failures before the deadline', async () => {
    const port = await web(() => undefined);
    const vote = await look(site(port), 450);
    expect(vote.attempts).toBeLessThan(3);
    expect(vote.answer).toBe('unknown');
  });

  it('is a check that cannot be made', async () => {
    const vote = await look(site(await web(status(200)), { path: '/\u{1F600} \n' }));
    expect(vote).toMatchObject({ answer: 'unknown', attempts: 0 });
  });

  it('does not hold up or spoil the votes on other sites, which come in order', async () => {
    const [hanging, good] = [await web(() => undefined), await web(status(200))];
    const prober = new HttpSiteProber({ clock, voter: 'cn-beijing' });
    const votes = await prober.look([site(hanging), { ...site(good), name: 'bj' }], {
      deadline: instant(clock.now() + 5_000),
    });
    expect(votes.map(({ siteName, answer }) => [siteName, answer])).toEqual([
      ['hz', 'down'],
      ['bj', 'up'],
    ]);
  });
});

describe('a site over TCP', () => {
  it('is up when it takes connections, also if it never says a word', async () => {
    const port = await portOf(createTcp(() => undefined));
    expect((await look(site(port, { protocol: 'tcp' }))).answer).toBe('up');
  });

  it('is down when it refuses them', async () => {
    expect((await look(site(await refused(), { protocol: 'tcp' }))).answer).toBe('down');
  });
});

describe('a site over TLS', () => {
  const https = () => portOf(createHttps(CERTIFICATE, status(200)));
  const tls = () => portOf(createTls(CERTIFICATE, (socket) => socket.on('error', () => undefined)));

  it('is down with a certificate that nobody vouches for, and says so', async () => {
    for (const [protocol, port] of [
      ['https', await https()],
      ['tls', await tls()],
    ] as const) {
      const vote = await look(site(port, { protocol }));
      expect(vote.answer).toBe('down');
      expect(vote.detail).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    }
  });

  it('is up with one that is vouched for, which is for its name and no other', async () => {
    for (const [protocol, port] of [
      ['https', await https()],
      ['tls', await tls()],
    ] as const) {
      const target = site(port, { protocol });
      expect((await look(target, 5_000, CERTIFICATE.cert)).answer).toBe('up');
      const other = await look({ ...target, host: 'www.example.net' }, 5_000, CERTIFICATE.cert);
      expect(other.answer).toBe('down');
      expect(other.detail).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    }
  });

  it('names the host to whoever serves many', async () => {
    const names: unknown[] = [];
    const server = createTls(
      {
        ...CERTIFICATE,
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
      (socket) => socket.on('error', () => undefined),
    );
    await look(site(await portOf(server), { protocol: 'tls', attempts: 1 }));
    expect(names).toEqual(['www.example.com']);
  });

  it('is down when it takes the connection and never shakes hands', async () => {
    const port = await portOf(createTcp(() => undefined));
    expect((await look(site(port, { protocol: 'tls' }))).answer).toBe('down');
  });

  it('is down when it is plain HTTP', async () => {
    expect((await look(site(await web(status(200)), { protocol: 'https' }))).answer).toBe('down');
  });
});
