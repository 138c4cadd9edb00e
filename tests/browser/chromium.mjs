// Chromium as the page's reader has it: headless, with a fresh profile.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find(place => place && existsSync(place));

/** Why there is no browser to test with; `false` if there is one, and where there has to be one. */
export const missing = executablePath || process.env.CI ? false : 'Chromium is not installed';

export const launch = () => chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
