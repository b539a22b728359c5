/** Refinery and foundry, in the browsers of two people. */
import type { Page } from '@playwright/test';
import { accessible, expect, test, type Organization } from '../support';

/** A project made through the screens, opened at one of its areas. */
async function area(acme: Organization, which: 'refinery' | 'foundry'): Promise<Page> {
  const page = await acme.page('owner', '/factory?new=1');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Web shop');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
  await page.goto(acme.path(`/factory/web-shop/${which}`));
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return page;
}

async function create(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New document' }).click();
  const dialog = page.getByRole('dialog', { name: 'New document' });
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByRole('button', { name: 'Create document' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

test('a document is created from its template, renamed, deleted and brought back', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Vision');
  await expect(page.getByText('Target users').first()).toBeVisible();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Title').fill('Our vision');
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Our vision' })).toBeVisible();
  await expect(page.getByRole('treeitem', { name: /Our vision/ })).toBeVisible();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete document' }).click();
  await expect(page.getByText('“Our vision” deleted.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('treeitem', { name: /Our vision/ })).toBeVisible();
});

test('the foundry is initialised from a template, once', async ({ acme }) => {
  const page = await area(acme, 'foundry');
  for (const said of ['7 documents created.', 'Everything of this template is there already.']) {
    await page.getByRole('button', { name: 'Initialise from template' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create documents' }).click();
    await expect(page.getByText(said)).toBeVisible();
  }
  await page.getByRole('treeitem', { name: /Architecture/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Architecture' })).toBeVisible();
});

test('versions are saved, compared in red and green and restored', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Vision');
  await page.getByRole('button', { name: 'Save version' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save a version' });
  await dialog.getByLabel('What changed').fill('The beginning');
  await dialog.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText('Version 1 saved.')).toBeVisible();
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByText('The beginning')).toBeVisible();
  await page.getByRole('button', { name: 'Compare with now' }).click();
  await expect(page.getByRole('dialog').getByText('No difference')).toBeVisible();
});

test('a comment is written, answered by a second person and resolved', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Vision');
  await page.getByRole('button', { name: 'Comments' }).click();
  await page.getByRole('textbox', { name: 'Comment' }).fill('How fast?');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(page.getByText('How fast?')).toBeVisible();
  const other = await acme.page('member', '/factory/web-shop/refinery/vision');
  await other.getByRole('button', { name: /^Comments/ }).click();
  await other.getByRole('button', { name: 'Reply' }).click();
  await other.getByRole('textbox', { name: 'Reply' }).fill('Within 2 s');
  await other.locator('.doc-composer').last().getByRole('button', { name: 'Reply' }).click();
  await expect(page.getByText('Within 2 s')).toBeVisible();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await expect(page.getByRole('button', { name: 'Show 1 resolved' })).toBeVisible();
});

test('answers become a draft and features, taken one by one', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await page.getByRole('button', { name: 'Start with questions' }).click();
  const dialog = page.getByRole('dialog', { name: 'Start with questions' });
  await dialog.getByLabel('Which problem is to be solved?').fill('Orders get lost.');
  await dialog.getByLabel('What do people do instead today?').fill('A spreadsheet.');
  await dialog.getByLabel('What is different once it exists?').fill('Orders are in one list\nCustomers see where theirs is');
  await dialog.getByLabel('Who is it for?').fill('Shop assistants');
  await dialog.getByRole('button', { name: 'Write the draft' }).click();
  const side = page.getByRole('complementary', { name: 'Suggestions' });
  await expect(side.getByText('Orders are in one list').first()).toBeVisible();
  await side.getByRole('button', { name: 'Accept', exact: true }).first().click();
  await expect(page.getByText('1 accepted.')).toBeVisible();
  await side.getByRole('button', { name: 'Accept all' }).click();
  await expect(page.getByRole('treeitem', { name: /Orders are in one list/ })).toBeVisible();
});

test('the pages are accessible, light and dark, wide and narrow', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Vision');
  await page.getByRole('button', { name: 'History' }).click();
  await accessible(page);
  await page.goto(acme.path('/factory/web-shop/settings/templates'));
  await expect(page.getByRole('heading', { level: 1, name: 'Templates' })).toBeVisible();
  await accessible(page);
});
