import type { Page } from '@playwright/test';
import { accessible, expect, hydrated, test, type Organization } from '../support';

/** Opens the palette by its keys. */
async function palette(page: Page) {
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Command palette' });
  await expect(dialog.getByRole('combobox')).toBeFocused();
  return dialog;
}

/** A project with one feature, so that there is something to see and to find. */
async function someWork(acme: Organization): Promise<void> {
  const page = await acme.page('owner', '/factory?new=1');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Web shop');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/features?import=1'));
  const list = page.getByRole('dialog', { name: 'Import features' });
  await list.getByLabel('Or paste it').fill(JSON.stringify([{ id: 'A-1', name: 'Checkout with vouchers', status: 'passing' }]));
  await list.getByRole('button', { name: 'Preview' }).click();
  await list.getByRole('button', { name: /^Import \d/ }).click();
  await list.getByRole('button', { name: 'Done' }).click();
  await page.close();
}

test('home offers the first step, and then shows where everything stands', async ({ acme }) => {
  test.setTimeout(180_000);
  const page = await acme.page('owner');
  await expect(page.getByRole('heading', { name: 'Start with a project' })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Invite a colleague' }).click();
  await expect(page.getByRole('dialog', { name: 'Invite a colleague' }).getByLabel('Email')).toBeFocused();
  await page.keyboard.press('Escape');

  await someWork(acme);
  await page.goto(acme.path());
  await hydrated(page);
  await expect(page.getByRole('link', { name: /Projects/ }).filter({ hasText: '1' }).first()).toBeVisible();
  await expect(page.getByText('1 of 1 passing')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Recent activity' })).toBeVisible();
  await accessible(page);

  await page.getByRole('main').getByRole('link', { name: 'Web shop' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
});

test('the palette goes to pages, creates, searches, and gives the focus back', async ({ acme }) => {
  test.setTimeout(120_000);
  await someWork(acme);
  const page = await acme.page('owner');
  const button = page.getByRole('button', { name: 'Search' });

  // Escape leaves everything as it was.
  await button.focus();
  let dialog = await palette(page);
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();

  // Go to.
  dialog = await palette(page);
  await page.keyboard.type('audit');
  await expect(dialog.getByRole('option').first()).toHaveText(/Audit log/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`${acme.path('/settings/audit')}$`));
  await expect(dialog).toBeHidden();

  // Search.
  dialog = await palette(page);
  await page.keyboard.type('vouchers');
  await dialog.getByRole('option', { name: /Checkout with vouchers/ }).click();
  await expect(page).toHaveURL(/\/factory\/web-shop\/features\/A-1/);

  // Nothing fits.
  dialog = await palette(page);
  await page.keyboard.type('xqzzy');
  await expect(dialog.getByText('Nothing fits.')).toBeVisible();
  await page.keyboard.press('Escape');

  // Create, with the arrows; on the very page of the dialog too.
  for (const before of ['', '/settings/members']) {
    await page.goto(acme.path(before));
    await hydrated(page);
    dialog = await palette(page);
    await page.keyboard.type('invite');
    await expect(dialog.getByRole('option', { name: 'Invite a colleague' })).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const invite = page.getByRole('dialog', { name: 'Invite a colleague' });
    await expect(invite.getByLabel('Email')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(invite).toBeHidden();
  }
});

test('the keys of the page stand behind a question mark, and work', async ({ acme }) => {
  const page = await acme.page('member');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('Search or run a command');
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await expect(page).toHaveURL(new RegExp(`${acme.path('/settings/members')}$`));
  // In a field the keys are letters.
  await page.goto(acme.path('/settings/jobs'));
  await hydrated(page);
  const dialog = await palette(page);
  await page.keyboard.type('?');
  await expect(help).toBeHidden();
  await expect(dialog.getByRole('combobox')).toHaveValue('?');
});

test('an address that leads nowhere says so, with 404', async ({ page, acme, wrong }) => {
  const answer = await page.goto('/no/such/page');
  expect(answer!.status()).toBe(404);
  await hydrated(page);
  await expect(page.getByRole('heading', { name: 'This page does not exist' })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Go to the start' }).click();
  await expect(page).toHaveURL(/\/login/);

  // Inside an organization, and another organization altogether.
  const member = await acme.page('member');
  for (const path of [acme.path('/nowhere'), '/o/nobody-here/settings/members']) {
    const there = await member.goto(path);
    expect(there!.status(), path).toBe(404);
    await hydrated(member);
    await expect(member.getByRole('heading', { name: /does not exist|not found/i })).toBeVisible();
  }
  expect(wrong).toEqual([]);
});
