import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { repositoryRoot } from '../../infra/local/repository';

/** Not under version control. */
const PICTURES = join(repositoryRoot(__dirname), 'reports', 'console');
const WIDTH = 1440;
const HEIGHT = 900;

/** A page as somebody new opens it, and what it broke: scripts that threw, and what the content security policy forbade. */
export interface ConsolePage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens an empty page with nothing kept from before. */
export async function openConsolePage(
  browser: Browser,
  theme: 'dark' | 'light' = 'dark',
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width: WIDTH, height: HEIGHT },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security|violates/i.test(message.text()))
      problems.push(message.text());
  });
  return { page, problems };
}

/** Everything axe calls a violation, in one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  );
}

/** Takes a picture for people to look at, of so much of the page. */
export async function picture(page: Page, name: string, height = HEIGHT): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  const clip = { ...{ x: 0, y: 0, width: WIDTH }, height };
  await page.screenshot({ path: join(PICTURES, `${name}.png`), clip });
}

/** Signs in by the form. */
export async function signIn(page: Page, by: string, secret: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Your name').fill(by);
  await page.getByLabel('Console secret').fill(secret);
  await page.locator('dialog button.main').click();
  await page.getByText('Sign out').waitFor();
}

/** Confirms the order whose form is open; it closes when the order was taken. */
export async function confirm(page: Page, reason?: string): Promise<void> {
  if (reason !== undefined) await page.locator('#order-reason').fill(reason);
  await page.locator('dialog button.main').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}
