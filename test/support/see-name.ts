import { Exhibition } from '../../infra/console/exhibition';
import { type RehearsedRegion } from '../../infra/rehearsal/rehearsed-region';
import { startChromium } from './chromium';
import { openConsolePage, picture } from './console-page';

/** What stands on the page of a name, once it shows a site that is paused. */
export interface SeenName {
  /** Each site’s name, state, verdict and share, as they are written. */
  readonly sites: readonly string[];
  /** Each record’s state, address and weight. */
  readonly records: readonly string[];
  /** Turns of the timeline that paused something. */
  readonly pausings: number;
}

/** Opens the console of the tour on a home region in a real browser, and reads the page of its name. */
export async function seeName(home: RehearsedRegion, label: string): Promise<SeenName> {
  const [browser, exhibition] = await Promise.all([startChromium(), Exhibition.open()]);
  try {
    const { policyFile, stateFolder, archiveFolder } = home;
    exhibition.add({ label, policyFile, stateFolder, archiveFolder });
    const { page } = await openConsolePage(browser);
    await page.goto(exhibition.url);
    await page.locator('.side .name', { hasText: label }).last().click();
    await page.locator('.site.paused').waitFor();
    const pausing = page.locator('.timeline .entry', { hasText: 'pause record' });
    await pausing.first().waitFor();
    await page.locator('.records tr', { hasText: 'paused' }).waitFor();
    await picture(page, 'tour-name', 520);
    return {
      sites: await page.evaluate(SITE_TEXTS),
      records: await page.evaluate(RECORD_TEXTS),
      pausings: await pausing.count(),
    };
  } finally {
    await Promise.all([browser.close(), exhibition.stop()]);
  }
}

/** Run in the page. */
const SITE_TEXTS = `[...document.querySelectorAll('.site')].map((site) =>
  [...site.querySelectorAll('h3, .mark, .share')].map((each) => each.textContent.trim()).join(', '))`;
const RECORD_TEXTS = `[...document.querySelectorAll('.records tbody tr')].map((row) =>
  [0, 2, 3].map((index) => row.cells[index].textContent.trim()).join(', '))`;
