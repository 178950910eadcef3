import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { type FiguresView } from '../../functions/console/api';
import { ensureBuilt } from '../support/build';
import { startChromium } from '../support/chromium';
import { openConsolePage, picture, violations } from '../support/console-page';
import { EVIL, type Seeded, seedConsole } from '../support/console-seed';

let browser: Browser;
let seeded: Seeded;
beforeAll(async () => {
  ensureBuilt();
  [browser, seeded] = await Promise.all([startChromium(), seedConsole({ large: true })]);
});
afterAll(async () => Promise.all([browser.close(), seeded.server.stop()]));

const open = async (address: string, theme: 'dark' | 'light' = 'dark') => {
  const opened = await openConsolePage(browser, theme);
  await opened.page.goto(`${seeded.server.url}${address}`);
  return opened;
};

describe('the console in Chromium', () => {
  it('shows a pool: state, weights, reasons, charts and timeline; names that are scripts stay text', async () => {
    const { page, problems } = await open('/?pool=odd');
    const evil = page.locator('.row', { hasText: '<img src=x' });
    await evil.waitFor();
    expect(await evil.locator('.mark').first().textContent()).toBe('ejected');
    expect(await page.evaluate('window.evil')).toBeUndefined();
    await evil.click();
    await page.locator('.explanation').waitFor();
    expect(await page.locator('dialog h2').textContent()).toBe(EVIL);
    await page.keyboard.press('Escape');
    await page.goto(`${seeded.server.url}/?pool=web`);
    await page.locator('.plot canvas').nth(3).waitFor();
    await picture(page, 'pool-dark');
    await page.locator('.timeline .entry', { hasText: 'weight 100 → 0' }).first().click();
    await page.locator('.explanation .line.done', { hasText: 'set weight' }).first().waitFor();
    await picture(page, 'tick-dark');
    expect(await page.evaluate('window.evil')).toBeUndefined();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('shows a name: what is thought of each site and why, its share, and the DNS records', async () => {
    const { page, problems } = await open('/?name=shop');
    const site = page.locator('.site', { has: page.getByRole('heading', { name: 'a' }) });
    await site.locator('.mark', { hasText: 'waiting' }).waitFor();
    await site.locator('.mark', { hasText: 'Verdict: down' }).waitFor();
    await site.locator('.share', { hasText: 'Share 50 %' }).waitFor();
    await site.getByText('3 of 3 voters outside its region cannot reach it').waitFor();
    await site.getByText('Votes and evidence').click();
    await site.getByText('cn-beijing: down, 3 of 3 attempts failed').waitFor();
    const records = await page.locator('.records tbody tr').allTextContents();
    expect(records.map((text) => text.replace(/\d{18}$/, ''))).toEqual([
      'enableddefaultA 10.0.0.2100' + '60 s',
      'enableddefaultA 10.0.0.1100' + '60 s',
    ]);
    await page.locator('.timeline .entry', { hasText: 'guard-approval' }).first().click();
    await page.locator('.explanation .line.withheld', { hasText: 'pause record' }).waitFor();
    await picture(page, 'name-tick-dark');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('shows 2,000 backends and scrolls through them by wheel and by keys', async () => {
    const { page, problems } = await open('/?pool=large', 'light');
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

  it('says since when it is not connected, keeps what was known, and then shows what came meanwhile', async () => {
    const { page } = await open('/?pool=late');
    const row = page.locator('.row[data-instance="i-3"]');
    await row.locator('.mark', { hasText: 'healthy' }).first().waitFor();
    await page.context().setOffline(true);
    await page.locator('.banner.bad', { hasText: 'Not connected since' }).waitFor();
    for (const looksAgo of [-1, -2, -3]) await seeded.late.look(looksAgo);
    expect(await row.locator('.mark').first().textContent()).toBe('healthy');
    expect(await page.locator('.row[data-row]').count()).toBe(6);
    await picture(page, 'not-connected');
    await page.context().setOffline(false);
    await page.locator('.banner.bad').waitFor({ state: 'detached' });
    await page.locator('.live', { hasText: 'Live' }).waitFor();
    await row.locator('.mark', { hasText: 'ejected' }).first().waitFor();
    await page.locator('.timeline .entry', { hasText: 'i-3: weight 100 → 0' }).waitFor();
    await page.getByRole('button', { name: 'late 5 of 6 healthy' }).waitFor();
    await page.context().close();
  });

  it('goes back in time: older ticks, the tick before, and the span of the charts', async () => {
    const { page, problems } = await open('/?pool=web');
    const oldest = page.locator('.timeline .entry').last();
    await oldest.getByText('61 looks, nothing to do').waitFor();
    await page.locator('.timeline').getByRole('button', { name: 'Older' }).click();
    await oldest.getByText('71 looks, nothing to do').waitFor();
    expect(await page.locator('.timeline').getByRole('button', { name: 'Older' }).count()).toBe(0);
    const asked = page.waitForResponse((response) => response.url().includes('span=900000'));
    await page.getByRole('button', { name: '15 min', exact: true }).click();
    const { at } = (await (await asked).json()) as FiguresView;
    expect(at.length).toBeGreaterThan(25);
    expect(at.length).toBeLessThan(40);
    await page.reload();
    await page.locator('.choice button[aria-pressed="true"]', { hasText: '15 min' }).waitFor();
    await page.locator('.timeline .entry', { hasText: 'weight 100 → 0' }).first().click();
    const shown = page.locator('dialog .steps .code');
    await shown.filter({ hasText: 'tick-web-' }).waitFor();
    const first = Number((await shown.textContent())?.replace('tick-web-', ''));
    await page.keyboard.press('ArrowLeft');
    await shown.filter({ hasText: `tick-web-${first + 1}` }).waitFor();
    await page.keyboard.press('ArrowRight');
    await shown.filter({ hasText: `tick-web-${first}` }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('does by single keys, and by buttons, what the list of keys says', async () => {
    const { page, problems } = await open('/?pool=web');
    const html = page.locator('html');
    const is = async (name: string, value: string) =>
      page.locator(`html[${name}="${value}"]`).waitFor({ state: 'attached' });
    await page.locator('.row[data-row="0"]').waitFor();
    expect(await html.getAttribute('data-theme')).toBe('dark');
    await page.keyboard.press('t');
    await is('data-theme', 'light');
    await page.keyboard.press('l');
    await is('lang', 'zh-CN');
    await page.getByRole('heading', { name: '后端池' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '后端池' }).waitFor();
    await is('data-theme', 'light');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Pools' }).waitFor();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await is('data-theme', 'dark');
    await page.keyboard.press(']');
    await page.locator('h1', { hasText: 'large' }).waitFor();
    expect(page.url()).toContain('pool=large');
    await page.keyboard.press('[');
    await page.keyboard.press('[');
    await page.locator('h1', { hasText: 'shop' }).waitFor();
    await page.keyboard.press('?');
    const keys = page.locator('dialog .keys');
    await keys.waitFor();
    await page.keyboard.press('t');
    expect(await html.getAttribute('data-theme')).toBe('dark');
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['dark', 'en'],
    ['light', 'zh'],
  ] as const)('has nothing that axe objects to, in %s and %s', async (theme, language) => {
    const { page } = await openConsolePage(browser, theme);
    await page.addInitScript(`localStorage.setItem('evenkeel-language', '${language}')`);
    await page.goto(`${seeded.server.url}/?pool=web`);
    await page.locator('.plot canvas').nth(3).waitFor();
    await page.locator('.entry').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `pool-${theme}-${language}`);
    await page.locator('.entry').first().click();
    await page.locator('.explanation').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${seeded.server.url}/?name=shop`);
    await page.locator('.site').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `name-${theme}-${language}`);
    await page.context().close();
  });
});
