import { accessible, expect, hydrated, shots, test } from '../support';

/** Pictures are taken when somebody asks for them: SHOTS=1. */
async function look(page: Parameters<typeof accessible>[0], name: string): Promise<void> {
  if (process.env.SHOTS) await shots(page, name);
  await accessible(page);
}

test.describe.configure({ timeout: 240_000 });

test('the ways in meet WCAG 2.2 AA in light and dark, wide and narrow', async ({ page }) => {
  for (const [path, heading] of [
    ['/login', 'Sign in to Millrace'],
    ['/signup', 'Create your account'],
    ['/forgot', /password/i],
    ['/signup?sent=ada@a.test', 'Check your mail'],
    ['/verify/0000000000', /./],
    ['/nowhere', 'This page does not exist'],
  ] as const) {
    await page.goto(path);
    await hydrated(page);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await look(page, `core-in-${path.replace(/\W+/g, '-')}`);
  }
});

test('the account meets WCAG 2.2 AA in light and dark, wide and narrow', async ({ acme }) => {
  const page = await acme.page('owner');
  for (const path of ['/account', '/account/security', '/account/tokens', '/account/notifications', '/account/privacy', '/orgs']) {
    await page.goto(path);
    await hydrated(page);
    await look(page, `core${path.replaceAll('/', '-')}`);
  }
});

test('the settings meet WCAG 2.2 AA in light and dark, wide and narrow', async ({ acme }) => {
  const page = await acme.page('owner');
  for (const name of ['general', 'members', 'security', 'identity', 'keys', 'secrets', 'audit', 'jobs']) {
    await page.goto(acme.path(`/settings/${name}`));
    await hydrated(page);
    await look(page, `core-settings-${name}`);
  }
});

test('the pages of the installation meet WCAG 2.2 AA in light and dark, wide and narrow', async ({ adminPage: page, acme }) => {
  expect(acme.slug).toBeTruthy();
  for (const name of ['users', 'orgs', 'identity', 'audit', 'jobs', 'cron', 'mailbox', 'health']) {
    await page.goto(`/admin/${name}`);
    await hydrated(page);
    if (name === 'health') await expect(page.getByText('Works').first()).toBeVisible();
    await look(page, `core-admin-${name}`);
  }
});

test('members see what they may, and who can grant the rest', async ({ acme }) => {
  const page = await acme.page('member', '/settings/keys');
  await expect(page.getByRole('heading', { name: 'You cannot see this' })).toBeVisible();
  await page.goto('/admin/users');
  await expect(page.getByRole('heading', { name: 'You cannot see this' })).toBeVisible();
  await page.goto(acme.path('/settings/security'));
  await expect(page.getByText('An owner can change this.')).toBeVisible();
});
