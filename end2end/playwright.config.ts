import { defineConfig, devices } from '@playwright/test';
import { baseURL } from './support/server';

// `./test e2e` starts the server and says where it is; see support/server.ts.

// The last list counts: what Playwright turns off, and the parts of the browser's own window that are pages themselves. Nobody
// sees that window, and it took a third of the time of all tests.
const off = [
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch',
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup',
];

export default defineConfig({
  testDir: '.',
  outputDir: 'test-results',
  // Two cores carry the browsers, the server and its database.
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  // A loaded machine may miss a deadline once; what fails twice is broken, and a retry is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  // Limits for what hangs, not measures: a shared machine can be several times slower than usual.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['./support/count.ts']],
  use: {
    baseURL,
    actionTimeout: 30_000,
    // A trace costs as much as the test itself; by hand one asks for it with --trace.
    trace: process.env.CI ? 'on-first-retry' : 'off',
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    // Frames of motion cost as much as the tests; what moves is looked at by hand.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium',
      // The sandbox needs rights that root in a container lacks; the rest keeps the browser from calling out.
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
        // A page of a test does not live long enough to be worth compiling well.
        '--js-flags=--liftoff-only',
        `--disable-features=${off.join(',')}`,
      ],
    },
  },
  projects: [
    // The installation has nobody yet: the set-up comes before everything else, and is a test itself.
    { name: 'first-run', testMatch: /first-run\.setup\.ts$/ },
    { name: 'chromium', testMatch: /\.spec\.ts$/, use: { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } }, dependencies: ['first-run'] },
  ],
});
