/** Refinery and foundry, in the browsers of two people. */
import type { Locator, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { accessible, expect, project, test, type Organization } from '../support';

const area = (acme: Organization, which: 'refinery' | 'foundry'): Promise<Page> => project(acme, `/${which}`);

async function create(page: Page, title: string, template?: string): Promise<void> {
  await page.getByRole('button', { name: 'New document' }).click();
  const dialog = page.getByRole('dialog', { name: 'New document' });
  await dialog.getByLabel('Title').fill(title);
  if (template) await dialog.getByLabel('Template').selectOption({ label: template });
  await dialog.getByRole('button', { name: 'Create document' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

test('a document is created from its template, renamed, deleted and brought back', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await expect(page.getByText('Requirements say what is to be built and why')).toBeVisible();
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

/** The live text of the open document, once it may be written. */
async function text(page: Page, title: string): Promise<Locator> {
  const editor = page.getByRole('textbox', { name: title, exact: true });
  await expect(editor).toBeVisible();
  await expect(editor).toHaveAttribute('contenteditable', 'true');
  return editor;
}

/** What a text says, without the carets of the others. */
async function said(editor: Locator): Promise<string> {
  const words = await editor.evaluate((element) => {
    const copy = element.cloneNode(true) as HTMLElement;
    copy.querySelectorAll('.ed-caret').forEach((caret) => caret.remove());
    return copy.textContent ?? '';
  });
  return words.replace(/\u2060/g, '').trim();
}

/** Goes to the end of a text and types. */
async function write(page: Page, editor: Locator, words: string): Promise<void> {
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(words);
}

test('a20_01 two people type in one document, see each other, and what is typed offline arrives', async ({ acme, wrong }) => {
  const ada = await area(acme, 'refinery');
  await create(ada, 'Vision', 'Blank');
  const bea = await acme.page('admin', '/factory/web-shop/refinery/vision');
  const [one, two] = [await text(ada, 'Vision'), await text(bea, 'Vision')];
  await write(ada, one, 'Orders are lost. ');
  await expect(two).toContainText('Orders are lost.');
  await expect(bea.locator('.ed-caret')).toHaveAttribute('data-name', acme.person('owner').name);
  await write(bea, two, 'Nobody knows why. ');
  await expect(one).toContainText('Nobody knows why.');
  await expect(ada.locator('.ed-caret')).toHaveAttribute('data-name', acme.person('admin').name);
  await expect(ada.locator('.doc-acts').getByRole('img', { name: /Ada|Bea/ }).first()).toBeVisible();
  // At one place, at once: both see the same afterwards.
  await ada.keyboard.press('Control+End');
  await bea.keyboard.press('Control+End');
  await Promise.all([ada.keyboard.type('one one one '), bea.keyboard.type('two two two ')]);
  const length = 'Orders are lost. Nobody knows why. one one one two two two'.length;
  await expect.poll(async () => (await said(one)).length === length && (await said(one)) === (await said(two))).toBe(true);

  await bea.context().setOffline(true);
  await expect(bea.getByText('Reconnecting: changes are kept here')).toBeVisible();
  await write(bea, two, 'Written on the train.');
  await write(ada, one, 'Written meanwhile. ');
  await bea.context().setOffline(false);
  await expect(one).toContainText('Written on the train.');
  await expect(two).toContainText('Written meanwhile.');
  await expect(bea.getByText('Saved', { exact: true })).toBeVisible();
  // Who comes later, and who has no script, reads the same.
  // The browser logs each connection that cannot be made without a network.
  wrong.splice(0, wrong.length, ...wrong.filter((words) => !/WebSocket|ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(words)));
  const all = await said(two);
  await ada.reload();
  const again = await text(ada, 'Vision');
  await expect.poll(() => said(again)).toBe(all);
});

test('a20_02 versions are saved, compared, and one is restored for everybody who has it open', async ({ acme }) => {
  const ada = await area(acme, 'refinery');
  await create(ada, 'Vision', 'Blank');
  const one = await text(ada, 'Vision');
  await write(ada, one, 'v1 text');
  await ada.keyboard.press('Control+s');
  const dialog = ada.getByRole('dialog', { name: 'Save a version' });
  await dialog.getByLabel('What changed').fill('The beginning');
  await dialog.getByRole('button', { name: 'Save version' }).click();
  await expect(ada.getByText('Version 1 saved.')).toBeVisible();
  await write(ada, one, ' and more of it');
  await ada.getByRole('button', { name: 'Save version' }).click();
  await dialog.getByRole('button', { name: 'Save version' }).click();
  await expect(ada.getByText('Version 2 saved.')).toBeVisible();
  const bea = await acme.page('admin', '/factory/web-shop/refinery/vision');
  const two = await text(bea, 'Vision');
  await expect(two).toHaveText('v1 text and more of it');
  await ada.getByRole('button', { name: 'History' }).click();
  await expect(ada.getByText('The beginning')).toBeVisible();
  await ada.getByRole('button', { name: 'What changed' }).click();
  const compared = ada.getByRole('dialog', { name: 'Compare versions' });
  await expect(compared.getByText('1 changed, 0 added, 0 removed')).toBeVisible();
  await compared.getByLabel('To').selectOption('');
  await compared.getByLabel('From').selectOption('2');
  await expect(compared.getByText('No difference')).toBeVisible();
  await ada.keyboard.press('Escape');
  await ada.locator('.doc-versions li', { hasText: 'Version 1' }).getByRole('button', { name: 'Restore' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
  await expect(ada.getByText('Version 1 is back, as version 3.')).toBeVisible();
  await expect(two).toHaveText('v1 text');
  await expect(ada.getByText('3 versions')).toBeVisible();
});

test('a place in the text is commented, answered by a second person and resolved', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Vision', 'Blank');
  const editor = await text(page, 'Vision');
  await write(page, editor, 'Pages are fast');
  await page.keyboard.press('Control+Shift+ArrowLeft');
  await page.keyboard.press('Control+Alt+m');
  const side = page.getByRole('complementary', { name: 'Comments' });
  await expect(side.getByText('fast', { exact: true })).toBeVisible();
  await side.getByRole('textbox', { name: 'Comment' }).fill(`How fast? @${acme.person('member').name.split(' ')[0]}`);
  await side.getByRole('group', { name: 'Mention' }).getByRole('button', { name: /Person/ }).click();
  await side.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(side.getByText('How fast?')).toBeVisible();
  const other = await acme.page('member', '/factory/web-shop/refinery/vision');
  await other.getByRole('button', { name: /^Comments/ }).click();
  await other.getByRole('button', { name: 'Reply' }).click();
  await other.getByRole('textbox', { name: 'Reply' }).fill('Within 2 s');
  await other.locator('.doc-composer').last().getByRole('button', { name: 'Reply' }).click();
  await expect(side.getByText('Within 2 s')).toBeVisible();
  await side.getByRole('button', { name: 'Resolve' }).click();
  await expect(side.getByRole('button', { name: 'Show 1 resolved' })).toBeVisible();
  // The mark in the text went with it.
  await expect(editor.locator('[data-comment]')).toHaveCount(0);
});

test('a file becomes the text, and the text a file', async ({ acme }) => {
  const page = await area(acme, 'refinery');
  await create(page, 'Видение', 'Blank');
  const editor = await text(page, 'Видение');
  await write(page, editor, 'Gone soon');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Import a file' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import a file' });
  const markdown = '# Цель\n\n- first\n- second\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n';
  await dialog.locator('input[type=file]').setInputFiles({ name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from(markdown) });
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByText('notes.md is the text now, as version 2.')).toBeVisible();
  await expect(editor.getByRole('heading', { name: 'Цель' })).toBeVisible();
  await expect(editor.getByRole('cell', { name: '2' })).toBeVisible();
  for (const [choice, name] of [['Markdown (.md)', 'Видение.md'], ['Word (.docx)', 'Видение.docx']]) {
    await page.getByRole('button', { name: 'Export', exact: true }).last().click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: choice }).click()]);
    expect(download.suggestedFilename()).toBe(name);
    const bytes = readFileSync(await download.path());
    if (name.endsWith('.md')) expect(bytes.toString()).toContain('# Цель\n\n- first\n- second');
    else expect(bytes.subarray(0, 2).toString()).toBe('PK');
  }
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

test('b20_09 a version is approved by the member who was named, and the next one is not', async ({ acme }) => {
  const ada = await area(acme, 'foundry');
  await create(ada, 'Services');
  const save = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Save version' }).first().click();
    await page.getByRole('dialog', { name: 'Save a version' }).getByRole('button', { name: 'Save version' }).click();
    await expect(page.getByRole('dialog', { name: 'Save a version' })).toBeHidden();
  };
  await write(ada, await text(ada, 'Services'), 'Orders are kept for ten years.');
  await save(ada);
  await ada.getByRole('button', { name: 'History' }).click();
  await ada.getByRole('button', { name: 'Ask for approval' }).click();
  const asking = ada.getByRole('dialog', { name: 'Ask for approval of version 1' });
  await asking.getByRole('combobox').fill('Bea');
  await asking.getByRole('option', { name: /Bea/ }).click();
  await accessible(ada);
  await asking.getByRole('button', { name: 'Ask for approval' }).click();
  await expect(ada.getByText('Version 1: waits for approval')).toBeVisible();

  const bea = await acme.page('admin', '/factory/web-shop/foundry/services');
  await expect(bea.getByText('asks you to approve version 1.')).toBeVisible();
  await bea.getByRole('button', { name: 'Decline' }).click();
  const answer = bea.getByRole('dialog', { name: 'Decline version 1' });
  await answer.getByRole('button', { name: 'Decline' }).click();
  await expect(answer.getByText('it is required to decline')).toBeVisible();
  await answer.getByRole('button', { name: 'Cancel' }).click();
  await bea.getByRole('button', { name: 'Approve' }).click();
  await bea.getByRole('dialog', { name: 'Approve version 1' }).getByLabel('A word to it').fill('Good');
  await bea.getByRole('dialog', { name: 'Approve version 1' }).getByRole('button', { name: 'Approve' }).click();
  await expect(ada.getByText('Version 1: approved')).toBeVisible();
  await expect(ada.getByText(/Bea.* · approved: Good/)).toBeVisible();
  await accessible(ada);
  // What is saved next nobody has approved.
  await write(ada, await text(ada, 'Services'), ' Longer where the law says so.');
  await save(ada);
  await expect(ada.getByText('Version 2 is not approved')).toBeVisible();
});

test('b20_10 a decision is noted in the foundations and linked onward', async ({ acme }) => {
  const page = await area(acme, 'foundry');
  await create(page, 'Services');
  await page.getByRole('link', { name: 'Decisions', exact: true }).last().click();
  await expect(page).toHaveURL(/web-shop\/decisions$/);
  await expect(page.getByText('No decisions yet')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'New decision' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New decision' });
  await dialog.getByLabel('What was decided').fill('Where orders live');
  await dialog.getByLabel('Context').fill('Orders have to be found in ten years.');
  await dialog.getByLabel('Options').fill('Postgres\nA file');
  await dialog.getByLabel('Choice, and why').fill('Postgres: everybody knows it');
  await dialog.getByRole('combobox').fill('Serv');
  await dialog.getByRole('option', { name: /Services/ }).click();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Save decision' }).click();
  await expect(dialog).toBeHidden();
  const one = page.getByRole('article', { name: 'D-1 Where orders live' });
  await expect(one.getByText('Postgres: everybody knows it')).toBeVisible();
  await expect(one.getByRole('link', { name: 'Services' })).toHaveAttribute('href', /\/foundry\/services$/);
  await accessible(page);
  await one.getByRole('button', { name: 'Change D-1' }).click();
  const change = page.getByRole('dialog', { name: 'Change D-1' });
  await change.getByLabel('What was decided').fill('Where orders are kept');
  await change.getByRole('button', { name: 'Save decision' }).click();
  await expect(page.getByRole('article', { name: 'D-1 Where orders are kept' })).toBeVisible();
  await page.getByRole('button', { name: 'Delete D-1' }).click();
  await expect(page.getByText('No decisions yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('article', { name: 'D-1 Where orders are kept' })).toBeVisible();
});
