/** Making a plan: work orders drawn from blueprints, phases from a template, a drafted plan, what is said about it, the feed. */
import type { Page } from '@playwright/test';
import { accessible, expect, feature, hydrated, project, test, type Organization } from '../support';

const BLUEPRINT = '# Data model\n\nA table of orders\n\n# API\n\nAn endpoint lists orders\n\n# Screens\n\nA page shows orders\n\n# Tests\n\nEach endpoint is tested\n';

/** A foundation with a text, as a file brought it. */
async function blueprint(page: Page, acme: Organization, title: string, text = BLUEPRINT): Promise<void> {
  await page.goto(acme.path('/factory/web-shop/foundry'));
  await hydrated(page);
  await page.getByRole('button', { name: 'New document' }).click();
  const dialog = page.getByRole('dialog', { name: 'New document' });
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByRole('button', { name: 'Create document' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Import a file' }).click();
  const importing = page.getByRole('dialog', { name: 'Import a file' });
  await importing.locator('input[type=file]').setInputFiles({ name: 'blueprint.md', mimeType: 'text/markdown', buffer: Buffer.from(text) });
  await importing.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByText('An endpoint lists orders').first()).toBeVisible();
}

async function planner(page: Page, acme: Organization, rest = ''): Promise<void> {
  await page.goto(acme.path(`/factory/web-shop/planner${rest}`));
  await hydrated(page);
}

async function write(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New work order' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New work order' });
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Acceptance criteria').fill('- [ ] Orders are listed within a second');
  await dialog.getByRole('button', { name: 'Create work order' }).click();
  await expect(page.getByRole('heading', { level: 3, name: title })).toBeVisible();
}

test('a20_08 work orders are drawn from a blueprint: two are taken, the others wait and are taken later', async ({ acme }) => {
  const page = await project(acme, '/planner');
  await page.getByRole('button', { name: 'Extract work orders' }).click();
  const dialog = page.getByRole('dialog', { name: 'Extract work orders' });
  await expect(dialog.getByText('No blueprints yet')).toBeVisible();
  await accessible(page);
  await expect(dialog.getByRole('link', { name: 'Open the Foundry' })).toHaveAttribute('href', /\/foundry$/);

  await blueprint(page, acme, 'Services');
  await planner(page, acme, '?extract=1');
  await expect(dialog.getByRole('radio', { name: /Custom/ })).toBeDisabled();
  await expect(dialog.getByText('Custom needs a model')).toBeVisible();
  await dialog.getByLabel('Search blueprints').fill('nothing like it');
  await expect(dialog.getByText('No blueprint has these words.')).toBeVisible();
  await dialog.getByLabel('Search blueprints').fill('');
  await dialog.getByRole('button', { name: 'All', exact: true }).click();
  // Nobody approved what it says: that is told, not refused.
  await expect(dialog.getByText('The latest version is not approved')).toBeVisible();
  await dialog.getByRole('radio', { name: /Specialists/ }).check();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Propose from 1' }).click();

  await expect(dialog.getByRole('button', { name: 'Create 4' })).toBeVisible();
  await accessible(page);
  const boxes = dialog.getByRole('region', { name: 'Services' }).getByRole('checkbox');
  await expect(boxes).toHaveCount(4);
  await boxes.nth(2).uncheck();
  await boxes.nth(3).uncheck();
  await dialog.getByRole('button', { name: 'Create 2' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('2 work orders created; 2 wait')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'WO-' })).toHaveCount(2);

  // Continued later: what is left is there, and what became of the others.
  await page.getByRole('button', { name: 'Extract work orders' }).click();
  await expect(dialog.getByRole('link', { name: 'WO-1' })).toBeVisible();
  await expect(boxes).toHaveCount(2);
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await dialog.getByRole('button', { name: 'Create 2' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'WO-' })).toHaveCount(4);
  await page.getByRole('row').filter({ hasText: 'WO-3' }).getByRole('link').first().click();
  await expect(page.getByRole('button', { name: 'No longer wait for WO-2' })).toBeVisible();
  await page.keyboard.press('Escape');

  // Drawn again, the same titles are updates.
  await page.getByRole('button', { name: 'Extract work orders' }).click();
  await dialog.getByRole('button', { name: 'All', exact: true }).click();
  await dialog.getByRole('radio', { name: /Specialists/ }).check();
  await dialog.getByRole('button', { name: 'Propose from 1' }).click();
  await expect(dialog.getByText('updates WO-4')).toBeVisible();
  await dialog.getByRole('button', { name: 'Reject the proposals for Services' }).click();
  await expect(dialog.getByRole('button', { name: 'Propose work orders' })).toBeVisible();
});

test('phases are planned from the template, the work is spread over them, and taken back', async ({ acme }) => {
  const page = await project(acme, '/planner');
  for (const title of ['One', 'Two', 'Three']) {
    await write(page, title);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('heading', { level: 3, name: title })).toBeHidden();
  }
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Phases' }).click();
  await page.getByRole('dialog', { name: 'Phases' }).getByRole('button', { name: 'Plan phases' }).click();
  const dialog = page.getByRole('dialog', { name: 'Plan phases' });
  await expect(dialog.getByText('Foundation')).toBeVisible();
  await accessible(page);
  await dialog.getByRole('checkbox', { name: /Polish/ }).uncheck();
  await dialog.getByRole('button', { name: 'Add 2 phases' }).click();
  await expect(dialog.getByText('Nothing is moved yet.')).toBeVisible();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Move them' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('3 work orders moved')).toBeVisible();
  await page.getByRole('link', { name: 'Phases' }).click();
  await expect(page.getByRole('region', { name: /Core/ }).getByText('Three')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('region', { name: /No phase/ }).getByRole('listitem')).toHaveCount(3);
});

test('a plan is drafted from what is there, shown first and stored when it is accepted', async ({ acme }) => {
  const page = await project(acme, '/planner');
  await write(page, 'List the orders');
  await page.getByRole('button', { name: 'Draft plan' }).click();
  const draft = page.getByRole('region', { name: 'Drafted plan' });
  await expect(draft.getByText('Built-in', { exact: true })).toBeVisible();
  await expect(draft.getByText('Test: Orders are listed within a second')).toBeVisible();
  await accessible(page);
  await draft.getByRole('button', { name: 'Reject' }).click();
  await expect(draft).toBeHidden();
  await expect(page.getByRole('heading', { level: 3, name: 'Implementation plan' })).toBeHidden();
  await page.getByRole('button', { name: 'Draft plan' }).click();
  await draft.getByRole('button', { name: 'Accept' }).click();
  await expect(draft).toBeHidden();
  await expect(page.getByRole('heading', { level: 3, name: 'Implementation plan' })).toBeVisible();
  await expect(page.getByText('Test: Orders are listed within a second')).toBeVisible();
});

test('a work order is talked about: the other person sees it, answers and resolves, and a draft stays meanwhile', async ({ acme }) => {
  const ada = await project(acme, '/planner');
  await write(ada, 'List the orders');
  const bea = await acme.page('admin', '/factory/web-shop/planner/1');
  const [of, beas] = [ada, bea].map((page) => page.getByRole('region', { name: 'Threads' }));
  await of.getByLabel('Comment').fill('Which orders?');
  await beas.getByLabel('Comment').fill('I was going to ask');
  await of.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(beas.getByText('Which orders?')).toBeVisible();
  await expect(beas.getByLabel('Comment')).toHaveValue('I was going to ask');
  await beas.getByRole('button', { name: 'Reply' }).click();
  await beas.getByLabel('Reply').fill('Those of this year');
  await beas.locator('form').filter({ has: bea.getByLabel('Reply') }).getByRole('button', { name: 'Reply' }).click();
  await expect(of.getByText('Those of this year')).toBeVisible();
  await accessible(ada);
  await of.getByRole('button', { name: 'Resolve' }).click();
  await expect(beas.getByRole('button', { name: 'Show 1 resolved' })).toBeVisible();
});

test('the feed says who did what, by kind and person, and leads there; what comes shows by itself', async ({ acme }) => {
  const page = await project(acme);
  await feature(page, acme, 'Orders');
  await page.goto(acme.path('/factory/web-shop'));
  await page.getByRole('link', { name: 'All activity' }).click();
  await expect(page).toHaveURL(/web-shop\/activity$/);
  await expect(page.getByRole('link', { name: 'F-001 Orders' })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Work orders' }).click();
  await expect(page).toHaveURL(/kind=work_order/);
  await expect(page.getByText('Nothing of this kind')).toBeVisible();
  const bea = await acme.page('admin', '/factory/web-shop/planner');
  await write(bea, 'List the orders');
  await page.getByRole('link', { name: 'WO-1 List the orders' }).click();
  await expect(page).toHaveURL(/planner\/1$/);
});
