import { describe, expect, it } from '@jest/globals';
import { linkToken, sessionToken } from '../../../functions/console/sessions';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { CONSOLE_SECRET, createConsole, HOST } from '../../support/console';

const UNDRAIN = { verb: 'undrain', pool: 'web', instanceId: 'i-1' };
const keys = (secret = CONSOLE_SECRET) => ({ signatures: HMAC_SIGNATURES, secrets: [secret] });
const cookieOf = (token: string): string => `__Host-evenkeel-session=${token}`;

/** A console that writes down what reaches the operator. */
function watched(parts: Parameters<typeof createConsole>[0] = {}) {
  const asked: unknown[] = [];
  const operate = async (request: object) => {
    asked.push(request);
    return Promise.resolve({ kind: 'operated', replies: [{ kind: 'drain-lifted' }] });
  };
  return { ...createConsole({ operate, ...parts }), asked };
}

describe('an order through the console', () => {
  it('is given under the name of whoever signed in, and written down with what became of it', async () => {
    const { signedIn, asked } = watched();
    const ann = signedIn('Ann Lee');
    const reply = await ann.order(UNDRAIN);
    expect(reply).toMatchObject({ status: 200, json: { kind: 'done', result: 'drain-lifted' } });
    expect(asked).toEqual([{ ...UNDRAIN, by: 'Ann Lee' }]);
    const { json } = await ann.send('GET', '/api/orders');
    expect(json['orders']).toMatchObject([
      { by: 'Ann Lee', verb: 'undrain', subject: 'i-1 · web', result: 'done' },
    ]);
  });

  it('stands in the list as asked when nobody knows what became of it', async () => {
    const { signedIn, ask } = watched({
      operate: () => Promise.reject(new StoreUnavailable('gone')),
      access: { isReadingOpen: true, mayWrite: true, sessionMs: 60_000, writesPerMinute: 5 },
    });
    expect((await signedIn().order(UNDRAIN)).status).toBe(503);
    const { json } = await ask('GET', '/api/orders');
    expect(json['orders']).toMatchObject([{ verb: 'undrain', result: 'asked' }]);
  });

  it.each([
    ['without a session', { cookie: '' }, 401, 'sign-in'],
    ['without the page’s token', { 'x-evenkeel-request': '' }, 403, 'wrong-token'],
    ['from another origin', { origin: 'https://evil.example' }, 403, 'wrong-origin'],
    ['from no origin', { origin: '' }, 403, 'wrong-origin'],
    ['over plain HTTP', { origin: `http://${HOST}` }, 403, 'wrong-origin'],
    ['from a sibling site', { 'sec-fetch-site': 'same-site' }, 403, 'wrong-origin'],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'wrong-type'],
  ])('is refused %s', async (_, headers, status, code) => {
    const { signedIn, asked } = watched();
    const reply = await signedIn().send('POST', '/api/orders', { headers, body: UNDRAIN });
    expect(reply).toMatchObject({ status, json: { code } });
    expect(asked).toEqual([]);
  });

  it('is refused with the token of another session', async () => {
    const { signedIn, signIn, asked } = watched();
    const { session } = await signIn('bob');
    const headers = { 'x-evenkeel-request': session.requestToken ?? '' };
    const reply = await signedIn('ann').send('POST', '/api/orders', { headers, body: UNDRAIN });
    expect(reply.status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('cannot say who gives it', async () => {
    const { signedIn, asked } = watched();
    const reply = await signedIn().order({ ...UNDRAIN, by: 'root' });
    expect(reply).toMatchObject({ status: 400, json: { code: 'malformed' } });
    expect(asked).toEqual([]);
  });

  it('is refused where the policy has writes off, and where nobody can carry it out', async () => {
    const access = { isReadingOpen: true, mayWrite: false, sessionMs: 60_000, writesPerMinute: 5 };
    for (const parts of [{ access }, { operate: null }]) {
      const { signedIn, asked } = watched(parts);
      const ann = signedIn();
      expect((await ann.send('GET', '/api/session')).json).toMatchObject({ mayWrite: false });
      expect(await ann.order(UNDRAIN)).toMatchObject({ status: 403, json: { code: 'read-only' } });
      expect(asked).toEqual([]);
    }
  });

  it('is limited in number, for each person', async () => {
    const access = { isReadingOpen: false, mayWrite: true, sessionMs: 60_000, writesPerMinute: 2 };
    const { signedIn, asked, clock } = watched({ access });
    const ann = signedIn();
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await ann.order(UNDRAIN)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ann.order(UNDRAIN)).headers['Retry-After']).toBe('30');
    expect((await signedIn('bob').order(UNDRAIN)).status).toBe(200);
    clock.advance(30_000);
    expect((await ann.order(UNDRAIN)).status).toBe(200);
    expect(asked).toHaveLength(4);
  });

  it.each([
    ['too large', { raw: `{"verb":"${'x'.repeat(20_000)}"}` }, 413],
    ['not JSON', { raw: '{' }, 400],
    ['of an unknown verb', { body: { verb: 'reconcile', pool: 'web' } }, 400],
    ['of another pool', { body: { ...UNDRAIN, pool: 'other' } }, 404],
    ['of an instance that is none', { body: { ...UNDRAIN, instanceId: '../x' } }, 400],
  ])('is refused when it is %s', async (_, asked, status) => {
    const it = watched();
    expect((await it.signedIn().send('POST', '/api/orders', asked)).status).toBe(status);
    expect(it.asked).toEqual([]);
  });
});

describe('a session', () => {
  const session = (now: number) => ({
    ...{ id: 'session-1', by: 'ann' },
    ...{ at: now as never, until: (now + 60_000) as never },
  });

  it('has a cookie that scripts cannot read and that no other site sends', async () => {
    const { reply } = await createConsole().signIn();
    expect(reply.headers['Set-Cookie']).toMatch(
      /^__Host-evenkeel-session=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure$/,
    );
  });

  it('is kept over plain HTTP on this machine alone', async () => {
    const { ask } = createConsole();
    const local = { host: '127.0.0.1:8080', 'content-type': 'application/json' };
    const body = { by: 'ann', secret: CONSOLE_SECRET };
    const headers = { ...local, origin: 'http://127.0.0.1:8080' };
    const reply = await ask('POST', '/api/session', { headers, body });
    expect(reply.headers['Set-Cookie']).toMatch(/^evenkeel-session=.*SameSite=Strict$/);
    const pretended = { ...headers, host: '127.0.0.1.evil.example' };
    expect((await ask('POST', '/api/session', { headers: pretended, body })).status).toBe(403);
  });

  it('is needed for reading unless reading is open', async () => {
    const { ask, signedIn } = createConsole();
    for (const path of ['/api/overview', '/api/orders', '/api/pools/web', '/metrics'])
      expect((await ask('GET', path)).status).toBe(path === '/metrics' ? 404 : 401);
    expect((await signedIn().send('GET', '/api/overview')).status).toBe(200);
    const access = { isReadingOpen: true, mayWrite: false, sessionMs: 1, writesPerMinute: 1 };
    expect((await createConsole({ access }).ask('GET', '/api/overview')).status).toBe(200);
  });

  it.each([
    ['forged', (now: number) => sessionToken(session(now), keys('another-secret-of-somebody'))],
    ['expired', (now: number) => sessionToken(session(now - 60_000), keys())],
    ['from the future', (now: number) => sessionToken(session(now + 3_600_000), keys())],
    ['a link’s token', (now: number) => linkToken(session(now), keys())],
    ['changed', (now: number) => sessionToken(session(now), keys()).replace(/^./, 'x')],
    ['cut off', (now: number) => sessionToken(session(now), keys()).slice(0, -2)],
    ['no token', () => 'x'],
  ])('that is %s counts as none', async (_, tokenAt) => {
    const { ask, clock } = createConsole();
    const headers = { cookie: cookieOf(tokenAt(clock.now())) };
    const reply = await ask('GET', '/api/session', { headers });
    expect(reply.json).toMatchObject({ by: null, mayRead: false, mayWrite: false });
  });

  it('goes on while the secret is rotated, and ends with the old one', async () => {
    const { ask, clock } = createConsole({ secrets: ['the-next-secret-of-all', CONSOLE_SECRET] });
    const headers = { cookie: cookieOf(sessionToken(session(clock.now()), keys())) };
    expect((await ask('GET', '/api/session', { headers })).json).toMatchObject({ by: 'ann' });
    const later = createConsole({ secrets: ['the-next-secret-of-all'], clock });
    expect((await later.ask('GET', '/api/session', { headers })).json).toMatchObject({ by: null });
  });

  it('is over once somebody signed out, for whoever copied its cookie too', async () => {
    const { signIn, ask, OWN } = createConsole();
    const { cookie } = await signIn();
    const headers = { ...OWN, cookie };
    expect((await ask('GET', '/api/overview', { headers })).status).toBe(200);
    const cross = { ...headers, origin: 'https://evil.example' };
    expect((await ask('DELETE', '/api/session', { headers: cross })).status).toBe(403);
    const out = await ask('DELETE', '/api/session', { headers });
    expect(out.headers['Set-Cookie']).toMatch(/^__Host-evenkeel-session=; .*Max-Age=0/);
    expect((await ask('GET', '/api/overview', { headers })).status).toBe(401);
  });

  it('ends by itself', async () => {
    const { signIn, ask, clock } = createConsole();
    const { cookie } = await signIn();
    clock.advance(3_600_000);
    expect((await ask('GET', '/api/overview', { headers: { cookie } })).status).toBe(401);
  });
});

describe('signing in', () => {
  it('asks for the secret and a name, a few times a minute', async () => {
    const { signIn, clock } = createConsole();
    expect((await signIn('ann', 'a-wrong-secret-of-some-length')).reply.status).toBe(401);
    expect((await signIn('two\nlines')).reply.status).toBe(400);
    const statuses = [];
    for (let count = 0; count < 5; count += 1)
      statuses.push((await signIn('ann', 'wrong')).reply.status);
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    expect((await signIn()).reply.status).toBe(429);
    clock.advance(60_000);
    expect((await signIn()).reply.status).toBe(200);
  });

  it('is impossible without a secret', async () => {
    const { signIn } = createConsole({ secrets: [] });
    expect((await signIn('ann', '')).reply.status).toBe(403);
  });

  it('works once with a link, for five minutes', async () => {
    const { ask, clock, OWN } = createConsole();
    const link = linkToken({ id: 'link-0001', by: 'ann', at: clock.now() }, keys());
    const other = linkToken({ id: 'link-0002', by: 'ann', at: clock.now() }, keys());
    const use = async (token: string) =>
      ask('POST', '/api/session', { headers: OWN, body: { link: token } });
    expect(await use(link)).toMatchObject({ status: 200, json: { by: 'ann' } });
    expect(await use(link)).toMatchObject({ status: 401, json: { code: 'wrong-link' } });
    const forged = linkToken(
      { id: 'link-0003', by: 'ann', at: clock.now() },
      keys('another-secret-of-somebody'),
    );
    expect((await use(forged)).status).toBe(401);
    clock.advance(5 * 60_000);
    expect((await use(other)).status).toBe(401);
  });

  it('does not take a session for a link', async () => {
    const { ask, clock, OWN } = createConsole();
    const until = (clock.now() + 60_000) as never;
    const token = sessionToken({ id: 'session-1', by: 'ann', at: clock.now(), until }, keys());
    const reply = await ask('POST', '/api/session', { headers: OWN, body: { link: token } });
    expect(reply.status).toBe(401);
  });
});

describe('every reply', () => {
  it('forbids scripts, styles, frames and addresses of others', async () => {
    const pageFile = (path: string) =>
      path === '/' ? { contentType: 'text/html', body: Buffer.from('<p>') } : null;
    const { ask } = createConsole({ pageFile });
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/api/session'],
      ['GET', '/nothing'],
      ['POST', '/'],
      ['GET', '/%zz'],
    ] as const) {
      const { headers } = await ask(method, path);
      expect(headers['Content-Security-Policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      );
      expect(headers).toMatchObject({
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cross-Origin-Opener-Policy': 'same-origin',
      });
    }
  });

  it('tells which methods a path has', async () => {
    const { ask } = createConsole();
    const wrong = [
      ['POST', '/api/overview', 'GET'],
      ['PUT', '/api/session', 'GET, POST, DELETE'],
      ['DELETE', '/api/orders', 'GET, POST'],
      ['POST', '/metrics', 'GET, HEAD'],
    ] as const;
    for (const [method, path, allow] of wrong)
      expect(await ask(method, path)).toMatchObject({ status: 405, headers: { Allow: allow } });
  });

  it('says only that the store is away when it is', async () => {
    const store = {
      read: () => Promise.reject(new StoreUnavailable('redis://:hunter2@10.0.0.1')),
    } as unknown as StateStore;
    const access = { isReadingOpen: true, mayWrite: false, sessionMs: 1, writesPerMinute: 1 };
    for (const path of ['/api/overview', '/healthz']) {
      const reply = await createConsole({ store, access }).ask('GET', path);
      expect(reply.status).toBe(503);
      expect(reply.text).not.toContain('hunter2');
    }
  });
});

describe('/metrics', () => {
  const metrics = async () => Promise.resolve('evenkeel_up 1\n');

  it('asks for the bearer token where the policy names one', async () => {
    const secret = 'a-token-for-prometheus-only';
    const { ask, signIn } = createConsole({ metrics, metricsSecrets: [secret] });
    const get = async (authorization: string, cookie = '') =>
      ask('GET', '/metrics', { headers: { authorization, cookie } });
    expect((await get(`Bearer ${secret}`)).text).toBe('evenkeel_up 1\n');
    expect((await get('Bearer wrong')).headers['WWW-Authenticate']).toBe('Bearer');
    expect((await get('', (await signIn()).cookie)).status).toBe(401);
  });

  it('asks for a session otherwise', async () => {
    const { ask, signIn } = createConsole({ metrics });
    expect((await ask('GET', '/metrics')).status).toBe(401);
    const { cookie } = await signIn();
    expect((await ask('GET', '/metrics', { headers: { cookie } })).status).toBe(200);
  });
});
