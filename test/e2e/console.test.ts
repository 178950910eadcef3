import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { type PoolView } from '../../functions/console/api';
import { pageFiles } from '../../functions/console/page-files';
import { type ConsoleServer, serveConsole } from '../../infra/console/console-server';
import { repositoryRoot } from '../../infra/local/repository';
import { type Side, startSide } from '../../infra/rehearsal/start-side';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { EMPTY_NAME_MEMORY, freshSite } from '../../shared/domain/failover/name-memory';
import { nameMemoryKey } from '../../shared/domain/store-keys';
import { ensureBuilt } from '../support/build';
import { NOW } from '../support/builders';
import { startChromium } from '../support/chromium';
import { CONSOLE_SECRET, createConsole } from '../support/console';
import { playScene } from '../support/console-scene';
import { eventually } from '../support/eventually';
import { aNamePolicy, aSite } from '../support/name-builders';
import { TestClock } from '../support/test-clock';

const ROOT = repositoryRoot(__dirname);
/** Not under version control. */
const PICTURES = join(ROOT, 'reports', 'console');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** An instance’s name as somebody would choose it who wants a script to run in the console. */
const EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>';
const APPROVAL_SECRET = 'an-approval-secret-of-the-tests';

let browser: Browser;
let problems: string[] = [];

beforeAll(async () => {
  ensureBuilt();
  mkdirSync(PICTURES, { recursive: true });
  browser = await startChromium();
});
afterAll(async () => browser.close());

async function openPage(theme: 'dark' | 'light' = 'dark'): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  problems = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security|violates/i.test(message.text()))
      problems.push(message.text());
  });
  return page;
}

/** Everything axe calls a violation, in one line each. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  );
}

const picture = (page: Page, name: string) =>
  page.screenshot({ path: join(PICTURES, `${name}.png`) });

interface Seeded {
  readonly server: ConsoleServer;
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly clock: TestClock;
}

/** A pool of twelve with a history, one of 2,000, and a name with a move that waits for a person. */
async function seed(): Promise<Seeded> {
  const clock = new TestClock(NOW);
  const store = new MemoryStateStore(clock);
  const archive = new MemoryTickArchive();
  const gray = { window: { failures: 8, latencyMedianUs: 90_000 } };
  const dead = { verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } } as const;
  const common = { store, archive, clock };
  const web = await playScene({
    ...{ ...common, name: 'web', count: 12, looks: 60 },
    idOf: (index) => `i-bp1web${index}7k2`,
    special: (index, ago) => {
      if (index === 2 && ago > 12 && ago < 40) return gray;
      return (index === 4 || index === 7) && ago < 20 ? dead : {};
    },
  });
  const odd = await playScene({
    ...{ ...common, name: 'odd', count: 6, looks: 8 },
    idOf: (index) => (index === 1 ? EVIL : `i-${index}`),
    special: (index) => (index === 1 ? dead : {}),
  });
  const large = await playScene({
    ...{ ...common, name: 'large', count: 2000, looks: 4 },
    special: (index) => (index % 100 === 4 ? dead : {}),
  });
  const shop = aNamePolicy({ name: 'shop', sites: [aSite('a'), aSite('b')] });
  const move = { moveId: 'move-1', siteName: 'a', reason: 'waiting-for-approval' as const };
  await store.compareAndSet(
    nameMemoryKey('shop'),
    {
      ...{ ...EMPTY_NAME_MEMORY, updatedAt: NOW },
      sites: { a: { ...freshSite(NOW), state: 'waiting' }, b: freshSite(NOW) },
      pending: [{ ...move, askedAt: NOW, until: NOW + 600_000 }],
    },
    null,
  );
  const orders: Record<string, unknown>[] = [];
  const replies: Readonly<Record<string, string>> = {
    ...{ drain: 'drain-ordered', undrain: 'drain-lifted', approve: 'approval-stored' },
    ...{ freeze: 'freeze-changed', unfreeze: 'freeze-changed' },
  };
  const { context } = createConsole({
    ...{ ...common, pools: [web, large, odd], names: [shop] },
    pageFile: pageFiles(join(ROOT, 'dist', 'functions', 'console', 'page')),
    access: { isReadingOpen: true, mayWrite: true, sessionMs: 3_600_000, writesPerMinute: 50 },
    approvalSecrets: () => [APPROVAL_SECRET],
    operate: async (request) => {
      const order = request as Record<string, unknown>;
      orders.push(order);
      const kind = replies[String(order['verb'])];
      const refusal = { kind: 'refused', code: 'busy', message: 'Nothing is planned here.' };
      return Promise.resolve({
        kind: 'operated',
        replies: [kind === undefined ? refusal : { kind }],
      });
    },
  });
  return { server: await serveConsole(() => context), orders, clock };
}

describe('the console in Chromium', () => {
  let it_: Seeded;
  beforeAll(async () => {
    it_ = await seed();
  });
  afterAll(async () => it_.server.stop());

  it('shows a pool: state, weights, reasons, charts and timeline; names that are scripts stay text', async () => {
    const page = await openPage();
    await page.goto(`${it_.server.url}/?pool=odd`);
    const evil = page.locator('.row', { hasText: '<img src=x' });
    await evil.waitFor();
    expect(await evil.locator('.mark').first().textContent()).toBe('ejected');
    expect(await page.evaluate('window.evil')).toBeUndefined();
    await evil.click();
    await page.locator('.explanation').waitFor();
    expect(await page.locator('dialog h2').textContent()).toBe(EVIL);
    await page.keyboard.press('Escape');
    await page.goto(`${it_.server.url}/?pool=web`);
    await page.locator('.plot canvas').nth(3).waitFor();
    await picture(page, 'pool-dark');
    await page.locator('.timeline .entry', { hasText: 'weight 100 → 0' }).first().click();
    await page.locator('.explanation .line.done', { hasText: 'set weight' }).first().waitFor();
    await picture(page, 'tick-dark');
    expect(await page.evaluate('window.evil')).toBeUndefined();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('gives every order for whoever has signed in', async () => {
    const page = await openPage();
    await page.goto(`${it_.server.url}/?pool=web`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Your name').fill('ann');
    await page.getByLabel('Console secret').fill(CONSOLE_SECRET);
    await page.locator('dialog button.main').click();
    await page.getByText('Sign out').waitFor();
    const confirm = async (reason?: string): Promise<void> => {
      if (reason !== undefined) await page.locator('#order-reason').fill(reason);
      await page.locator('dialog button.main').click();
      await page.locator('dialog').waitFor({ state: 'detached' });
    };
    await page.locator('.row', { hasText: 'i-bp1web17k2' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
    await confirm('kernel update');
    await page.locator('.place-head').getByRole('button', { name: 'Freeze' }).click();
    await confirm('audit');
    await page.locator('.banner.waiting').getByRole('button', { name: 'Approve' }).click();
    await confirm();
    await page.goto(`${it_.server.url}/?name=shop&move=move-1&answer=reject`);
    await page.locator('dialog', { hasText: 'must not go on' }).waitFor();
    await picture(page, 'reject-dark');
    await confirm();
    await page.keyboard.press('p');
    await page.locator('dialog .bad-note').waitFor();
    await page.keyboard.press('Escape');
    expect(it_.orders).toMatchObject([
      {
        verb: 'drain',
        pool: 'web',
        instanceId: 'i-bp1web17k2',
        by: 'ann',
        reason: 'kernel update',
      },
      { verb: 'freeze', pool: 'web', by: 'ann', reason: 'audit' },
      { verb: 'approve', word: { moveId: 'move-1', by: 'ann', isGranted: true } },
      { verb: 'approve', word: { moveId: 'move-1', by: 'ann', isGranted: false } },
      { verb: 'plan-name', name: 'shop' },
    ]);
    await page.locator('.list', { hasText: 'by ann' }).waitFor();
    await page.getByText('Sign out').click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.locator('.banner button').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('shows 2,000 backends and scrolls through them by wheel and by keys', async () => {
    const page = await openPage('light');
    await page.goto(`${it_.server.url}/?pool=large`);
    await page.locator('.row[data-row="0"]').waitFor();
    expect(await page.locator('.row[data-row]').count()).toBeLessThan(80);
    await page.locator('.row[data-row="0"]').focus();
    await page.keyboard.press('End');
    await page.locator('.row[data-row="1999"]:focus').waitFor();
    await page.evaluate(`document.querySelector('.rows').scrollTop = 1000 * 34`);
    await page.locator('.row[data-row="1005"]').waitFor();
    await page.keyboard.press('/');
    await page.locator('#backend-filter').fill('i-1999');
    await page.locator('.rows[aria-rowcount="2"]').waitFor();
    await page.locator('#backend-filter').fill('');
    await page.getByRole('button', { name: 'ejected 20' }).click();
    await page.locator('.rows[aria-rowcount="21"]').waitFor();
    await picture(page, 'large-light');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('says since when it is not connected, keeps what was known and goes on by itself', async () => {
    const page = await openPage();
    await page.goto(`${it_.server.url}/?pool=web`);
    await page.locator('.row[data-row="0"]').waitFor();
    await page.context().setOffline(true);
    await page.locator('.banner.bad', { hasText: 'Not connected since' }).waitFor();
    expect(await page.locator('.row[data-row]').count()).toBeGreaterThan(5);
    await picture(page, 'not-connected');
    await page.context().setOffline(false);
    await page.locator('.banner.bad').waitFor({ state: 'detached' });
    await page.locator('.live', { hasText: 'Live' }).waitFor();
    await page.context().close();
  });

  it.each([
    ['dark', 'en'],
    ['light', 'zh'],
    ['dark', 'zh'],
    ['light', 'en'],
  ] as const)('has nothing that axe objects to, in %s and %s', async (theme, language) => {
    const page = await openPage(theme);
    await page.addInitScript(`localStorage.setItem('evenkeel-language', '${language}')`);
    await page.goto(`${it_.server.url}/?pool=web`);
    await page.locator('.plot canvas').nth(3).waitFor();
    await page.locator('.entry').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `pool-${theme}-${language}`);
    await page.locator('.entry').first().click();
    await page.locator('.explanation').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${it_.server.url}/?name=shop`);
    await page.locator('.site').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `name-${theme}-${language}`);
    await page.context().close();
  });
});

describe('the console of the local region', () => {
  let side: Side;
  beforeAll(async () => {
    side = await startSide({
      ...{ name: 'console', network: 96 },
      pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large', 'ecs.c7.large'] },
      policy: {
        ...{ mode: 'enforce', watch: 'always', heal: { probe: { path: '/' } } },
        guards: { ejectedShareMax: '50%', budget: { share: '100%' } },
      },
    });
  });
  afterAll(async () => side.stop());

  it('shows live what the functions do, and a drain that is ordered there is done by them', async () => {
    const page = await openPage();
    await page.goto(`${side.consoleUrl}/?pool=web`);
    await page.locator('.row[data-row="2"]').waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Your name').fill('ann');
    await page.getByLabel('Console secret').fill(side.consoleSecret ?? '');
    await page.locator('dialog button.main').click();
    await page.getByText('Sign out').waitFor();
    await page.keyboard.press('p');
    await page.locator('dialog .explanation', { hasText: '3 of 3 backends healthy' }).waitFor();
    await page.keyboard.press('Escape');
    const [victim = ''] = side.pool.instanceIds;
    await page.locator(`.row[data-instance="${victim}"]`).click();
    await page.locator('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
    await page.locator('#order-reason').fill('kernel update');
    await page.locator('dialog button.main').click();
    const row = page.locator(`.row[data-instance="${victim}"]`);
    await row.locator('.number', { hasText: /^0\// }).waitFor({ timeout: 20_000 });
    await row.locator('.why', { hasText: 'drained by ann' }).waitFor();
    const reply = await fetch(`${side.consoleUrl}/api/pools/web`);
    const pool = (await reply.json()) as PoolView;
    expect(pool.backends[0]).toMatchObject({ instanceId: victim, drainedBy: 'ann' });
    const metrics = await fetch(`${side.consoleUrl}/metrics`);
    expect(await metrics.text()).toContain('evenkeel_');
    const told = JSON.stringify(side.invocations);
    expect(told).not.toContain(side.consoleSecret);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('npm start', () => {
  it('prints the console’s address, where the act that plays is to be seen', async () => {
    const tour = spawn(process.execPath, [join(ROOT, 'dist/tour/tour.js'), '--act', 'gray'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      let text = '';
      tour.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const url = await eventually(
        () => /Console: (http:\S+) /.exec(text)?.[1] ?? '',
        (found) => found !== '',
      );
      const page = await openPage();
      await page.goto(url);
      await page
        .locator('.side .name', { hasText: 'web · gray, enforce' })
        .click({ timeout: 40_000 });
      await page.locator('.row[data-row="5"]').waitFor({ timeout: 30_000 });
      await page.context().close();
    } finally {
      const ended = new Promise((resolve) => tour.once('exit', resolve));
      tour.kill('SIGINT');
      await ended;
    }
  });
});
