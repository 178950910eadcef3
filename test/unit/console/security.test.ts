import { describe, expect, it, jest } from '@jest/globals';
import { handler } from '../../../functions/console/handler';
import { linkToken, sessionToken } from '../../../functions/console/sessions';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { CONSOLE_SECRET, createConsole, HOST } from '../../support/console';

const UNDRAIN = { verb: 'undrain', pool: 'web', instanceId: 'i-1' };
const keys = (secret = CONSOLE_SECRET, audience: { regionId?: string; host?: string } = {}) => ({
  ...{ signatures: HMAC_SIGNATURES, secrets: [secret] },
  ...{ regionId: 'cn-hangzhou', host: HOST, ...audience },
});
/** The same payload but for its fields, with the signature that it had. */
function changed(token: string, fields: object): string {
  const [payload = '', signature = ''] = token.split('.');
  const session = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const text = JSON.stringify({ ...session, ...fields });
  return `${Buffer.from(text).toString('base64url')}.${signature}`;
}
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

  it('is limited in number, for all people together', async () => {
    const access = { isReadingOpen: false, mayWrite: true, sessionMs: 60_000, writesPerMinute: 2 };
    const { signedIn, asked } = watched({ access });
    const statuses: number[] = [];
    for (let person = 0; person < 6; person += 1)
      for (let count = 0; count < 2; count += 1)
        statuses.push(
          (await signedIn(`person ${person}`, `203.0.113.${person}`).order(UNDRAIN)).status,
        );
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
    expect(asked).toHaveLength(10);
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
    [
      'of another name',
      (now: number) => changed(sessionToken(session(now), keys()), { by: 'root' }),
    ],
    ['prolonged', (now: number) => changed(sessionToken(session(now), keys()), { until: now * 2 })],
    [
      'another’s',
      (now: number) => changed(sessionToken(session(now), keys()), { id: 'session-2' }),
    ],
    [
      'of another region',
      (now: number) => sessionToken(session(now), keys(CONSOLE_SECRET, { regionId: 'cn-beijing' })),
    ],
    [
      'of another address',
      (now: number) =>
        sessionToken(session(now), keys(CONSOLE_SECRET, { host: 'other.example.com' })),
    ],
    ['nobody’s', () => `.${keys().signatures.sign('session', {}, CONSOLE_SECRET)}`],
    ['cut off', (now: number) => sessionToken(session(now), keys()).slice(0, -2)],
    ['no token', () => 'x'],
  ])('that is %s counts as none', async (_, tokenAt) => {
    const { ask, clock } = createConsole();
    const headers = { cookie: cookieOf(tokenAt(clock.now())) };
    const reply = await ask('GET', '/api/session', { headers });
    expect(reply.json).toMatchObject({ by: null, mayRead: false, mayWrite: false });
  });

  it('counts as it was signed', async () => {
    const { ask, clock } = createConsole();
    const cookie = cookieOf(changed(sessionToken(session(clock.now()), keys()), {}));
    for (const host of [HOST, HOST.toUpperCase()])
      expect((await ask('GET', '/api/session', { headers: { host, cookie } })).json).toMatchObject({
        by: 'ann',
      });
  });

  it('does not come out of the value of another cookie', async () => {
    const { ask, signIn } = createConsole();
    const { cookie } = await signIn();
    const by = async (header: string): Promise<unknown> =>
      (await ask('GET', '/api/session', { headers: { cookie: header } })).json['by'];
    expect(await by(`a=1; ${cookie}; b=2`)).toBe('ann');
    expect(await by(`a=1,${cookie}`)).toBeNull();
    expect(await by(`a=1, ${cookie}`)).toBeNull();
    expect(await by(`a${cookie}`)).toBeNull();
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

  it.each([['gibberish'], [['session-1']], [{ 'session-1': 'soon' }], [7]])(
    'is over when nobody can tell who signed out, until somebody signs in anew: %j',
    async (value) => {
      const { signIn, ask, store, clock } = createConsole();
      const { cookie } = await signIn();
      const read = async (of: string) => ask('GET', '/api/overview', { headers: { cookie: of } });
      const found = await store.read('console/ended-sessions');
      await store.compareAndSet('console/ended-sessions', value, found?.version ?? null);
      expect((await read(cookie)).status).toBe(401);
      clock.advance(1000);
      const anew = await signIn();
      expect((await read(anew.cookie)).status).toBe(200);
      expect((await read(cookie)).status).toBe(401);
    },
  );

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
    for (let count = 0; count < 6; count += 1)
      statuses.push((await signIn('ann', 'wrong')).reply.status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await signIn()).reply.status).toBe(429);
    clock.advance(60_000);
    expect((await signIn()).reply.status).toBe(200);
  });

  it('is limited for each address', async () => {
    const { ask, OWN } = createConsole();
    const from = async (address: string, secret: string) =>
      ask('POST', '/api/session', { headers: OWN, address, body: { by: 'ann', secret } });
    for (let count = 0; count < 7; count += 1) await from('203.0.113.7', 'wrong');
    expect((await from('203.0.113.7', CONSOLE_SECRET)).status).toBe(429);
    expect((await from('203.0.113.8', CONSOLE_SECRET)).status).toBe(200);
  });

  it('costs the store nothing where it can be refused without', async () => {
    const { ask, clock, OWN, store } = createConsole();
    const take = jest.spyOn(store, 'takeTokens');
    const forged = linkToken(
      { id: 'link-0003', by: 'ann', at: clock.now() },
      keys('another-secret-of-somebody'),
    );
    const post = async (asked: object) => ask('POST', '/api/session', { headers: OWN, ...asked });
    for (let count = 0; count < 10; count += 1) {
      expect((await post({ raw: '{' })).status).toBe(400);
      expect((await post({ body: { link: forged } })).status).toBe(401);
      expect((await post({ body: { by: ' ', secret: CONSOLE_SECRET } })).status).toBe(400);
    }
    expect(take).not.toHaveBeenCalled();
    for (let count = 0; count < 20; count += 1) await post({ body: { by: 'a', secret: 'wrong' } });
    expect(take).toHaveBeenCalledTimes(7);
    clock.advance(10_000);
    expect((await post({ body: { by: 'a', secret: CONSOLE_SECRET } })).status).toBe(200);
  });

  it('is limited with links as well', async () => {
    const { ask, clock, OWN } = createConsole();
    const use = async (id: string) => {
      const link = linkToken({ id, by: 'ann', at: clock.now() }, keys());
      return (await ask('POST', '/api/session', { headers: OWN, body: { link } })).status;
    };
    const statuses = [];
    for (let count = 0; count < 7; count += 1) statuses.push(await use(`link-000${count}`));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    clock.advance(10_000);
    expect(await use('link-0006')).toBe(200);
  });

  it.each([
    ['of another region', { regionId: 'cn-beijing' }],
    ['of another address', { host: 'other.example.com' }],
  ])('does not take a link %s', async (_, audience) => {
    const { ask, clock, OWN } = createConsole();
    const link = linkToken(
      { id: 'link-0001', by: 'ann', at: clock.now() },
      keys(CONSOLE_SECRET, audience),
    );
    const reply = await ask('POST', '/api/session', { headers: OWN, body: { link } });
    expect(reply).toMatchObject({ status: 401, json: { code: 'wrong-link' } });
  });

  it('takes no link from before, when nobody can tell which were used', async () => {
    const { ask, clock, OWN, store } = createConsole();
    await store.compareAndSet('console/used-links', 'gibberish', null);
    const use = async (id: string) => {
      const link = linkToken({ id, by: 'ann', at: clock.now() }, keys());
      return (await ask('POST', '/api/session', { headers: OWN, body: { link } })).status;
    };
    expect(await use('link-0001')).toBe(401);
    expect(await use('link-0001')).toBe(401);
    clock.advance(1);
    expect([await use('link-0002'), await use('link-0002')]).toEqual([200, 401]);
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
        'Strict-Transport-Security': 'max-age=31536000',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cross-Origin-Opener-Policy': 'same-origin',
      });
    }
  });

  it('has the same headers when it is refused before it is read', async () => {
    const quiet = () => undefined;
    const context = {
      ...{ requestId: 'r-1', function: { name: 'console', timeout: 20, memory: 512 } },
      ...{ region: 'cn-hangzhou', accountId: '1' },
      logger: { info: quiet, warn: quiet, error: quiet },
    };
    expect(await handler(Buffer.from('{}'), context)).toMatchObject({
      statusCode: 400,
      headers: {
        'Content-Security-Policy': expect.stringContaining("default-src 'none'"),
        'X-Content-Type-Options': 'nosniff',
        'X-Frame-Options': 'DENY',
      },
    });
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
    const away = () => Promise.reject(new StoreUnavailable('redis://:hunter2@10.0.0.1'));
    const store = { read: away, list: away } as unknown as StateStore;
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
