import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where systems put it. */
const PLACES = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  ...['/snap/bin/chromium', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A real browser without a window. Rejects with what to install where there is none. */
export async function startChromium(): Promise<Browser> {
  const executablePath = PLACES.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error(`No Chromium in ${PLACES.join(', ')}: install Debian’s package chromium.`);
  const args = ['--no-sandbox', '--disable-dev-shm-usage']; // root, and a small /dev/shm in containers
  return chromium.launch({ executablePath, args });
}
