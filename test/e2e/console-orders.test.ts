import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import { type PoolView } from '../../functions/console/api';
import { LOCAL_CONSOLE, type Side, startSide } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { startChromium } from '../support/chromium';
import { CONSOLE_SECRET } from '../support/console';
import { loginLink } from '../support/console-caller';
import { confirm, openConsolePage, picture, signIn } from '../support/console-page';
import { type Seeded, seedConsole } from '../support/console-seed';
import { startPrometheus } from '../support/prometheus';
import { until } from '../support/until';

const METRICS_TOKEN = 'metrics-token-0123456789';

let browser: Browser;
beforeAll(async () => {
  ensureBuilt();
  browser = await startChromium();
});
afterAll(async () => browser.close());

const button = (page: Page, place: string, name: string) =>
  page.locator(place).getByRole('button', { name, exact: true });

describe('orders from the page', () => {
  let seeded: Seeded;
  beforeAll(async () => {
    seeded = await seedConsole({ large: false });
  });
  afterAll(async () => seeded.server.stop());

  it('are given by whoever has signed in: drains, freezes of a pool, a name and everything, words on moves, plans', async () => {
    const { page, problems } = await openConsolePage(browser);
    const { server, orders, moveId } = seeded;
    await page.goto(`${server.url}/?pool=web`);
    await signIn(page, 'ann', CONSOLE_SECRET);
    await page.locator('.row', { hasText: 'i-bp1web17k2' }).click();
    await button(page, 'dialog', 'Drain').click();
    await confirm(page, 'kernel update');
    await button(page, '.place-head', 'Freeze').click();
    await confirm(page, 'audit');
    const frozen = page.locator('.banner.frozen');
    await frozen.filter({ hasText: 'pool web Frozen by ann' }).waitFor();
    await button(page, '.place-head', 'Unfreeze').click();
    await confirm(page);
    await frozen.waitFor({ state: 'detached' });
    await button(page, '.top', 'Freeze everything').click();
    await confirm(page, 'incident');
    await frozen.filter({ hasText: 'Everything is frozen by ann' }).waitFor();
    await page.getByRole('button', { name: /^web .*Frozen/ }).waitFor();
    await picture(page, 'frozen-dark');
    await button(page, '.banner.frozen', 'Unfreeze').click();
    await confirm(page);
    await frozen.waitFor({ state: 'detached' });
    await page.goto(`${server.url}/?name=shop`);
    await button(page, '.place-head', 'Freeze').click();
    await confirm(page, 'new certificate');
    await frozen.filter({ hasText: 'name shop Frozen by ann' }).waitFor();
    await button(page, '.banner.waiting', 'Approve').click();
    await confirm(page);
    await page.locator('.list', { hasText: 'approved' }).waitFor();
    await page.goto(`${server.url}/?name=shop&move=${moveId}&answer=reject`);
    await page.locator('dialog', { hasText: 'must not go on' }).waitFor();
    await picture(page, 'reject-dark');
    await confirm(page);
    await page.keyboard.press('p');
    await page.locator('dialog .bad-note', { hasText: 'Nothing is planned here.' }).waitFor();
    await page.keyboard.press('Escape');
    const by = 'ann';
    expect(orders).toMatchObject([
      { verb: 'drain', pool: 'web', instanceId: 'i-bp1web17k2', by, reason: 'kernel update' },
      { verb: 'freeze', pool: 'web', by, reason: 'audit' },
      { verb: 'unfreeze', pool: 'web', by },
      { verb: 'freeze', by, reason: 'incident' },
      { verb: 'unfreeze', by },
      { verb: 'freeze', name: 'shop', by, reason: 'new certificate' },
      { verb: 'approve', word: { moveId, by, isGranted: true } },
      { verb: 'approve', word: { moveId, by, isGranted: false } },
      { verb: 'plan-name', name: 'shop' },
    ]);
    expect(Object.keys(orders[3] ?? {})).not.toContain('pool');
    await page.locator('.list', { hasText: 'by ann' }).first().waitFor();
    await page.getByText('Sign out').click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.locator('.banner button').count()).toBe(0);
    expect(problems).toEqual([]);
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
        ...{ mode: 'enforce', watch: 'always' },
        heal: { probe: { path: '/' }, slowStart: { steps: 1, over: '1s' } },
        guards: { ejectedShareMax: '50%', budget: { share: '100%' } },
      },
      sections: {
        console: { ...LOCAL_CONSOLE, metricsSecret: { current: 'env:METRICS_TOKEN' } },
      },
      environment: { METRICS_TOKEN },
    });
  });
  afterAll(async () => side.stop());

  it('shows live what the functions do, and what is ordered there is done by them, and taken back', async () => {
    const { page, problems } = await openConsolePage(browser);
    const link = await loginLink(side, 'ann');
    await page.goto(link);
    await page.getByText('Sign out').waitFor({ timeout: 20_000 });
    expect(await page.locator('.who b').textContent()).toBe('ann');
    expect(page.url()).not.toContain('sign-in');
    await page.locator('.row[data-row="2"]').waitFor({ timeout: 20_000 });
    await page.keyboard.press('p');
    await page.locator('dialog .explanation', { hasText: '3 of 3 backends healthy' }).waitFor();
    await page.keyboard.press('Escape');
    const [victim = ''] = side.pool.instanceIds;
    const row = page.locator(`.row[data-instance="${victim}"]`);
    await row.click();
    await button(page, 'dialog', 'Drain').click();
    await confirm(page, 'kernel update');
    await row.locator('.number', { hasText: /^0\// }).waitFor({ timeout: 20_000 });
    await row.locator('.why', { hasText: 'drained by ann' }).waitFor();
    const reply = await fetch(`${side.consoleUrl}/api/pools/web`);
    const pool = (await reply.json()) as PoolView;
    expect(pool.backends[0]).toMatchObject({ instanceId: victim, drainedBy: 'ann' });
    await row.click();
    await button(page, 'dialog', 'Undrain').click();
    await confirm(page);
    await row.locator('.number', { hasText: '100/100' }).waitFor({ timeout: 20_000 });
    expect(await row.locator('.why').textContent()).not.toContain('drained by');
    await button(page, '.top', 'Freeze everything').click();
    await confirm(page, 'incident');
    await page.locator('.banner.frozen', { hasText: 'Everything is frozen by ann' }).waitFor();
    await button(page, '.banner.frozen', 'Unfreeze').click();
    await confirm(page);
    await page.locator('.banner.frozen').waitFor({ state: 'detached' });
    const told = JSON.stringify(side.invocations);
    expect(told).not.toContain(side.consoleSecret);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('lets nobody in by a link that was used before', async () => {
    const link = await loginLink(side, 'bob');
    const { page: first } = await openConsolePage(browser);
    await first.goto(link);
    await first.getByText('Sign out').waitFor();
    const { page: second } = await openConsolePage(browser);
    await second.goto(link);
    await second.locator('.messages', { hasText: 'used before' }).waitFor();
    expect(await second.getByText('Sign out').count()).toBe(0);
    await Promise.all([first.context().close(), second.context().close()]);
  });

  it('is scraped by a real Prometheus that has the token, and by nobody else', async () => {
    expect((await fetch(`${side.consoleUrl}/metrics`)).status).toBe(401);
    const { host } = new URL(side.consoleUrl ?? '');
    const scrape = (job_name: string, credentials: string) => ({
      ...{ job_name, authorization: { credentials } },
      static_configs: [{ targets: [host] }],
    });
    const prometheus = await startPrometheus([
      scrape('evenkeel', METRICS_TOKEN),
      scrape('another', `${METRICS_TOKEN}x`),
    ]);
    try {
      const valueOf = async (expression: string) => (await prometheus.query(expression))[0]?.value;
      const isRead = async () => (await valueOf('evenkeel_pool_members{pool="web"}')) === 3;
      await until(isRead, 30_000, 'Prometheus has the members of the pool');
      expect(await valueOf('evenkeel_pool_healthy{pool="web"}')).toBe(3);
      expect(await valueOf('sum(evenkeel_ticks_total{pool="web"})')).toBeGreaterThan(0);
      expect(await valueOf('up{job="evenkeel"}')).toBe(1);
      const isRefused = async () => (await valueOf('up{job="another"}')) === 0;
      await until(isRefused, 10_000, 'Prometheus is refused with another token');
    } finally {
      await prometheus.stop();
    }
  });
});
