/** The first dashboard: projects and features, in the browsers of two people. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { accessible, expect, test, type Organization } from '../support';

const real = join(import.meta.dirname, '../../server/factory/tests/data/feature_list_programmatic_ads.json');

/** A project made through the screens. */
async function project(acme: Organization, name = 'Web shop'): Promise<Page> {
  const page = await acme.page('owner', '/factory?new=1');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Description').fill('Carts and payments');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  return page;
}

/** The same with features, by pasting a list. */
async function withFeatures(acme: Organization, list: unknown): Promise<Page> {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/features?import=1'));
  await paste(page, JSON.stringify(list));
  return page;
}

async function paste(page: Page, text: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Import features' });
  await dialog.getByLabel('Or paste it').fill(text);
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByRole('button', { name: /^Import \d/ }).click();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

const three = [
  { id: 'A-1', name: 'Sign in', priority: 1, category: 'auth', criteria: ['Right password', 'Wrong password'], description: 'With a password' },
  { id: 'A-2', name: 'Sign out', priority: 2, category: 'auth', depends_on: ['A-1'] },
  { id: 'A-10', name: 'Checkout', category: 'shop', status: 'in progress' },
];

test('a project starts empty, imports a real list of 300 features and shows where it stands', async ({ acme }) => {
  const page = await project(acme);
  await expect(page.getByText('No features yet')).toBeVisible();
  await page.getByRole('link', { name: 'Import features' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import features' });
  await dialog.locator('input[type=file]').setInputFiles(real);
  await expect(dialog.getByRole('button', { name: 'Created 300' })).toBeVisible();
  await expect(dialog.getByText('Nothing has been changed yet')).toBeVisible();
  await expect(dialog.getByRole('row').filter({ hasText: 'PCT-001' })).toContainText('7');
  await dialog.getByRole('button', { name: 'Import 300 features' }).click();
  await expect(dialog.getByText('Every entry of the file was taken.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('50 of 300 features')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Passing 300' })).toBeVisible();

  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/after=/);
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(row(page, 'Brand profile management with name, description, voice, and values')).toBeVisible();

  await page.getByLabel('Search features').fill('voc gold');
  await expect(page).toHaveURL(/q=voc/);
  await expect(page.getByRole('row').filter({ hasText: 'PCT-003' })).toBeVisible();
  await expect(page.getByText(/^\d+ of 300$/)).toBeVisible();

  await page.getByRole('navigation', { name: 'Project' }).getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByRole('heading', { name: 'Features by status' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Burn-up' })).toBeVisible();
  await accessible(page);
});

test('what one person changes shows in the open page of the other within two seconds', async ({ acme }) => {
  await withFeatures(acme, three);
  const [ada, bea] = await acme.twoWindows('/factory/web-shop/features');
  await expect(row(bea, 'Sign in').getByRole('button', { name: /^Status/ })).toContainText('Pending');
  await row(ada, 'Sign in').getByRole('button', { name: /^Status/ }).click();
  await ada.getByRole('menuitemradio', { name: 'In progress' }).click();
  // At once for the one who did it, soon for the other.
  await expect(row(ada, 'Sign in').getByRole('button', { name: /^Status/ })).toContainText('In progress', { timeout: 2000 });
  await expect(row(bea, 'Sign in').getByRole('button', { name: /^Status/ })).toContainText('In progress', { timeout: 2000 });
  await expect(bea.getByRole('link', { name: 'In progress 2' })).toBeVisible({ timeout: 2000 });
});

test('an open menu stays, with what is typed in it, while rows are drawn anew', async ({ acme }) => {
  await withFeatures(acme, three);
  const [ada, bea] = await acme.twoWindows('/factory/web-shop/features');
  const status = (page: Page, name: string) => row(page, name).getByRole('button', { name: /^Status/ });
  const change = async (name: string, to: string) => {
    await status(bea, name).click();
    await bea.getByRole('menuitemradio', { name: to }).click();
    if (to === 'Passing') {
      await bea.getByLabel('Why it passes').fill('Seen by hand');
      await bea.getByRole('button', { name: 'Mark as passing' }).click();
    }
    await expect(status(ada, name)).toContainText(to);
  };

  // The menu of a row, and what is typed in it.
  await row(ada, 'Sign in').getByRole('button', { name: /^Rename/ }).click();
  const name = ada.getByRole('menu', { name: 'Change' }).getByLabel('Name');
  await name.fill('Log');
  await change('Sign out', 'In progress');
  await expect(name).toBeFocused();
  await ada.keyboard.type(' in');
  await expect(name).toHaveValue('Log in');
  await ada.keyboard.press('Escape');
  await expect(name).toBeHidden();
  await expect(row(ada, 'Sign in').getByRole('link')).toBeFocused();

  // The row itself, and the next by an arrow.
  await change('Checkout', 'Passing');
  await expect(row(ada, 'Sign in').getByRole('link')).toBeFocused();
  await ada.keyboard.press('ArrowDown');
  await expect(row(ada, 'Sign out').getByRole('link')).toBeFocused();

  // A menu that is drawn anew with the rows.
  const filter = ada.getByRole('button', { name: 'Priority', exact: true });
  const second = ada.getByRole('menuitem', { name: /^P1 High/ });
  await filter.click();
  await ada.keyboard.press('ArrowDown');
  await expect(second).toBeFocused();
  await change('Sign out', 'Passing');
  await expect(second).toBeFocused();
  await expect(filter).toHaveAttribute('aria-expanded', 'true');
  await ada.keyboard.press('Escape');
  await expect(second).toBeHidden();
  await expect(filter).toBeFocused();
  await change('Sign out', 'In progress');
  await expect(second, 'closed is closed').toBeHidden();
});

test('the menu of a project stays open, and its own, when another one comes', async ({ acme }) => {
  await project(acme);
  const [ada, bea] = await acme.twoWindows('/factory');
  await ada.getByRole('button', { name: 'Actions for Web shop' }).click();
  const menu = ada.getByRole('menu', { name: 'Actions for Web shop' });
  await expect(menu).toBeVisible();
  await bea.getByRole('button', { name: 'New project' }).click();
  const dialog = bea.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Another');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(ada.getByRole('heading', { name: 'Another' })).toBeVisible();
  await expect(menu.getByRole('menuitem').first()).toBeFocused();
  await menu.getByRole('menuitem', { name: 'Archive' }).click();
  await expect(ada.getByRole('heading', { name: 'Web shop' })).toBeHidden();
  await expect(ada.getByRole('heading', { name: 'Another' })).toBeVisible();
});

test('a feature opens beside the list at an address of its own, and keys move along', async ({ acme }) => {
  const page = await withFeatures(acme, three);
  await row(page, 'Sign in').getByRole('link').click();
  await expect(page).toHaveURL(/\/features\/A-1/);
  const drawer = page.getByRole('complementary', { name: 'A-1' });
  await expect(drawer.getByText('With a password')).toBeVisible();
  await expect(drawer.getByText('0 of 2')).toBeVisible();
  await drawer.getByLabel('Right password').check();
  await expect(drawer.getByText('1 of 2')).toBeVisible();
  await expect(drawer.getByRole('link', { name: /A-2/ })).toBeVisible();
  await drawer.getByRole('button', { name: 'Start' }).click();
  await expect(drawer.getByText('moved from pending to in progress')).toBeVisible();
  await accessible(page);

  await page.keyboard.press('j');
  await expect(page).toHaveURL(/\/features\/A-2/);
  await page.keyboard.press('k');
  await expect(page).toHaveURL(/\/features\/A-1/);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/\/features$/);

  await row(page, 'Sign in').getByRole('link').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/features\/A-2/);
  await page.reload();
  await expect(page.getByRole('complementary', { name: 'A-2' })).toBeVisible();
  const missing = await page.goto(acme.path('/factory/web-shop/features/NOPE'));
  expect(missing?.status()).toBe(404);
});

test('two people who change one field see both values and choose', async ({ acme }) => {
  await withFeatures(acme, three);
  const [ada, bea] = await acme.twoWindows('/factory/web-shop/features/A-1');
  await ada.getByRole('button', { name: 'Edit' }).click();
  await bea.getByRole('button', { name: 'Edit' }).click();
  await ada.getByRole('textbox', { name: 'Name' }).fill('Log in');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await bea.getByRole('textbox', { name: 'Name' }).fill('Enter');
  await bea.getByRole('button', { name: 'Save' }).click();
  const dialog = bea.getByRole('dialog', { name: 'Someone else changed this feature' });
  await expect(dialog.locator('.conflict > div').first()).toContainText('Log in');
  await expect(dialog.locator('.conflict > div').last()).toContainText('Enter');
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await expect(ada.getByRole('heading', { name: 'Enter' })).toBeVisible({ timeout: 2000 });
});

test('many features change at once, and a deletion is taken back', async ({ acme }) => {
  const page = await withFeatures(acme, three);
  await page.getByLabel('Select all rows').check();
  const bar = page.getByRole('region', { name: 'Selected rows' });
  await expect(bar.getByText('3 selected')).toBeVisible();
  await bar.getByRole('button', { name: 'Priority' }).click();
  await page.getByRole('menuitem', { name: 'P0 Critical' }).click();
  await expect(page.getByText('3 features changed')).toBeVisible();
  await page.getByLabel('Select all rows').check();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No features yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Checkout')).toBeVisible();
});

test('the bar of ticked rows is whole on a phone', async ({ acme }) => {
  const page = await withFeatures(acme, three);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByLabel('Select all rows').check();
  const bar = page.getByRole('region', { name: 'Selected rows' });
  for (const name of ['Status', 'Priority', 'Category', 'Delete', 'Clear selection']) {
    await expect(bar.getByRole('button', { name }), name).toBeInViewport({ ratio: 1 });
  }
  await accessible(page);
  await bar.getByRole('button', { name: 'Clear selection' }).click();
  await expect(bar).toBeHidden();
});

test('the tree opens its branches by keyboard', async ({ acme }) => {
  const page = await withFeatures(acme, [{ id: 'E', name: 'Epic', children: [{ id: 'E-1', name: 'Part' }] }, ...three]);
  await page.getByRole('link', { name: 'Tree' }).click();
  const epic = page.getByRole('treeitem', { name: /E Epic/ });
  await expect(epic).toBeVisible();
  await epic.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('treeitem', { name: /E-1 Part/ })).toBeVisible();
  await accessible(page);
});

test('a project of another organization is not found', async ({ acme, globex }) => {
  await project(acme);
  const page = await globex.page('owner', '/factory');
  for (const path of ['/factory/web-shop', '/factory/web-shop/features']) {
    const answer = await page.goto(globex.path(path));
    expect(answer?.status()).toBe(404);
    await expect(page.getByText('The project was not found.')).toBeVisible();
  }
});

test('a member starts a draft, an admin activates it, and an archived project is only read', async ({ acme }) => {
  const cleo = await acme.page('member', '/factory?new=1');
  const dialog = cleo.getByRole('dialog', { name: 'New project' });
  await expect(dialog.getByText('It starts as a draft')).toBeVisible();
  await dialog.getByLabel('Name').fill('Idea');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(cleo.getByText('Draft', { exact: true })).toBeVisible();
  const bea = await acme.page('admin', '/factory');
  await bea.getByRole('button', { name: 'Actions for Idea' }).click();
  await bea.getByRole('menuitem', { name: 'Activate' }).click();
  await expect(cleo.getByText('Draft', { exact: true })).toBeHidden({ timeout: 2000 });
  await bea.getByRole('button', { name: 'Actions for Idea' }).click();
  await bea.getByRole('menuitem', { name: 'Archive' }).click();
  await expect(bea.getByText('No projects yet')).toBeVisible();
  await expect(cleo.getByText('This project is kept as it was.')).toBeVisible({ timeout: 2000 });
});

test('a list is exported as it can be imported', async ({ acme }) => {
  const page = await withFeatures(acme, three);
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /^JSON/ }).click()]);
  expect(download.suggestedFilename()).toBe('web-shop-features.json');
  const file = JSON.parse(readFileSync((await download.path())!, 'utf8'));
  expect(file.features.map((f: { id: string }) => f.id)).toEqual(['A-1', 'A-2', 'A-10']);
});
