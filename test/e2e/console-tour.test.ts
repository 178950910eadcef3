import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { repositoryRoot } from '../../infra/local/repository';
import { ensureBuilt } from '../support/build';
import { startChromium } from '../support/chromium';
import { openConsolePage, picture } from '../support/console-page';
import { eventually } from '../support/eventually';

const ROOT = repositoryRoot(__dirname);
/** The regions start, the fault begins after some seconds of calm, and takes a few looks to be seen. */
const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let tour: ChildProcess;
beforeAll(async () => {
  ensureBuilt();
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  const ended = once(tour, 'exit');
  tour.kill('SIGINT');
  await ended;
}, 60_000);

// What `npm start` runs once everything is installed and built.
it('the tour prints the address of a console, where the act that plays is seen: who is ejected, why, and by which turn', async () => {
  tour = spawn(process.execPath, [join(ROOT, 'dist/tour/tour.js'), '--act', 'gray'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  tour.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const url = await eventually(
    () => /Console: (http:\S+) /.exec(text)?.[1] ?? '',
    (found) => found !== '',
  );
  const { page, problems } = await openConsolePage(browser);
  await page.goto(url);
  await page.locator('.side .name', { hasText: 'web · gray, enforce' }).click(PATIENCE);
  const ejected = page.locator('.row.ejected');
  await ejected.waitFor(PATIENCE);
  await ejected.locator('.mark', { hasText: 'ejected' }).waitFor();
  await ejected.locator('.why', { hasText: /slower than its peers|fails more/ }).waitFor();
  await ejected.locator('.mark', { hasText: 'normal' }).waitFor();
  await page.getByRole('button', { name: 'web · gray, enforce 5 of 6 healthy' }).waitFor();
  const entry = page.locator('.timeline .entry', { hasText: 'weight 100 → 10 done' });
  await entry.waitFor();
  // Some turns later there is more to see on the picture of the README.
  const out = page.locator('.timeline .entry', { hasText: 'weight 10 → 0 done' });
  await out.waitFor(PATIENCE);
  await ejected.locator('.number', { hasText: /^0\/100$/ }).waitFor();
  await page.locator('.plot canvas').nth(3).waitFor();
  await picture(page, 'tour', 740);
  await entry.click();
  await page.locator('.explanation .line.done', { hasText: 'set weight 100 → 10' }).waitFor();
  expect(problems).toEqual([]);
  await page.context().close();
}, 180_000);
