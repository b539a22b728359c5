import type { Page } from '@playwright/test';
import { expect, hydrated, job, mailTo, test } from '../support';

async function admin(page: Page, name: string): Promise<void> {
  await page.goto(`/admin/${name}`);
  await hydrated(page);
}

test('a schedule is run at once, switched off and on again', async ({ adminPage: page }) => {
  await admin(page, 'cron');
  const line = page.locator('[data-cron="invitations-expire"]');
  await line.getByRole('button', { name: 'Run now: invitations-expire' }).click();
  await expect(page.locator('.toast')).toContainText('It runs now');
  await expect(line).toContainText('Succeeded');

  const other = page.locator('[data-cron="keys-hygiene"]');
  const on = other.getByRole('switch', { name: 'On' });
  await expect(other).toContainText('Next');
  await on.click();
  await expect(other).toContainText('Off');
  await page.reload();
  await hydrated(page);
  await expect(on).not.toBeChecked();
  await on.click();
  await expect(other).toContainText('Next');
  await expect(on).toBeChecked();
});

test('two administrators switch the same schedule, and the last one has it', async ({ adminPage: page }) => {
  const second = await page.context().newPage();
  await admin(page, 'cron');
  await admin(second, 'cron');
  const on = (at: Page) => at.locator('[data-cron="notify-digest"]').getByRole('switch', { name: 'On' });
  await on(page).click();
  await expect(on(second)).not.toBeChecked();
  await on(second).click();
  await expect(on(page)).toBeChecked();
  await page.reload();
  await hydrated(page);
  await expect(on(page)).toBeChecked();
});

test('jobs of every organization are listed, retried and cancelled', async ({ adminPage: page, acme, globex }) => {
  const [dead, waiting] = [await job(acme.id, 'invitations.expire', 'dead'), await job(globex.id, 'keys.hygiene', 'queued')];
  await admin(page, 'jobs?kind=invitations.expire&status=dead');
  const jobs = page.getByRole('table', { name: 'Jobs' });
  await jobs.getByRole('row').filter({ hasText: acme.name }).getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(dead));
  const drawer = page.getByRole('complementary', { name: 'invitations.expire' });
  await drawer.getByRole('button', { name: 'Retry' }).click();
  await expect(page.locator('.toast')).toContainText('The job is queued again');
  // It is dead no more: the list of dead ones lets it go.
  await expect(drawer).toBeHidden();

  await admin(page, `jobs?row=${waiting}`);
  const other = page.getByRole('complementary', { name: 'keys.hygiene' });
  await expect(other).toContainText(globex.name);
  await other.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByRole('dialog', { name: 'Cancel keys.hygiene?' }).getByRole('button', { name: 'Cancel job' }).click();
  await expect(other.getByText('Cancelled')).toBeVisible();
});

test('an organization is suspended with a reason and opened again', async ({ adminPage: page, acme }) => {
  const member = await acme.page('member', '/settings/general');
  await admin(page, `orgs?q=${acme.slug}`);
  const orgs = page.getByRole('table', { name: 'Organizations' });
  await orgs.getByRole('link', { name: acme.name }).click();
  const drawer = page.getByRole('complementary', { name: acme.name });
  await drawer.getByRole('button', { name: 'Suspend' }).click();
  const dialog = page.getByRole('dialog', { name: `Suspend ${acme.name}?` });
  await dialog.getByLabel('Reason').fill('The bill was not paid.');
  await dialog.getByRole('button', { name: 'Suspend organization' }).click();
  await expect(page.locator('.toast')).toContainText('The organization is suspended');
  await expect(orgs.getByRole('row').filter({ hasText: acme.name })).toContainText('Suspended');
  expect((await mailTo(acme.person('owner').email)).text).toContain('The bill was not paid.');

  await member.reload();
  await hydrated(member);
  await expect(member.getByText('This organization is suspended.')).toBeVisible();

  await drawer.getByRole('button', { name: 'Open again' }).click();
  await expect(page.locator('.toast').last()).toContainText('The organization is open again');
  await member.reload();
  await hydrated(member);
  await expect(member.getByRole('heading', { name: 'Profile' })).toBeVisible();
});

test('users are searched, opened along the list, and signed out everywhere', async ({ adminPage: page, acme }) => {
  const cleo = acme.person('member');
  const hers = await acme.page('member', '/settings/general');
  await admin(page, 'users');
  await page.getByRole('searchbox', { name: 'Name or mail address' }).fill(acme.slug);
  const users = page.getByRole('table', { name: 'Users' });
  await expect(users.getByRole('row')).toHaveCount(4);
  await users.getByRole('row').filter({ hasText: cleo.email }).getByRole('link').click();
  const drawer = page.getByRole('complementary', { name: cleo.name });
  await expect(drawer).toContainText(cleo.email);
  await drawer.getByRole('button', { name: 'End sessions' }).click();
  await page.getByRole('dialog', { name: `Sign ${cleo.name} out everywhere?` }).getByRole('button', { name: 'End sessions' }).click();
  await expect(page.locator('.toast')).toContainText('1 session ended');
  await hers.getByRole('link', { name: 'Members' }).first().click();
  await expect(hers).toHaveURL(/\/login/);

  await drawer.getByRole('button', { name: 'Make administrator' }).click();
  await page.getByRole('dialog', { name: /Make administrator/ }).getByRole('button', { name: 'Make administrator' }).click();
  await expect(drawer.getByRole('button', { name: 'Take administration' })).toBeVisible();
  await drawer.getByRole('button', { name: 'Take administration' }).click();
  await page.getByRole('dialog', { name: /Take administration/ }).getByRole('button', { name: 'Take administration' }).click();
  await expect(drawer.getByRole('button', { name: 'Make administrator' })).toBeVisible();

  // Esc goes back to the list; J and K walk along it.
  await page.keyboard.press('k');
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/row=/);

  await page.getByRole('searchbox', { name: 'Name or mail address' }).fill('nobody-at-all');
  await expect(page.getByText('Nothing found')).toBeVisible();
});

test('the mailbox shows what was written, and health asks every part', async ({ adminPage: page, acme }) => {
  const owner = await acme.page('owner', '/settings/members');
  const email = `dee-${Date.now().toString(36)}@x.test`;
  await admin(page, `mailbox?q=${email}`);
  await expect(page.getByText('Nothing found')).toBeVisible();
  await owner.getByRole('button', { name: 'Invite' }).click();
  await owner.getByLabel('Email').fill(email);
  await owner.getByRole('button', { name: 'Send invitation' }).click();
  // It shows by itself.
  const mails = page.getByRole('table', { name: 'Mailbox' });
  await mails.getByRole('row').filter({ hasText: email }).getByRole('link').click();
  const drawer = page.getByRole('complementary');
  await expect(drawer.getByText('Not sent outside this machine.')).toBeVisible();
  await expect(drawer.getByRole('link', { name: /\/invite\// })).toBeVisible();

  await admin(page, 'health');
  await expect(page.locator('[data-part]').first()).toContainText('Works');
  const parts = await page.locator('[data-part]').count();
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.locator('[data-part]')).toHaveCount(parts);
  await expect(page.getByText('Does not work')).toHaveCount(0);
});
