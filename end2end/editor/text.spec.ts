/** Writing: the schema, the ways to make blocks, what is pasted. */
import { accessible, expect, shots, test } from '../support';
import { doc, json, last, open, p, paste, text } from './kit';
import { everything } from './everything';

test('every node and mark of the schema comes back as it went in, and sections keep their ids', async ({ page }) => {
  await open(page, { content: everything });
  await expect(text(page).getByRole('heading', { name: 'Sign-in' })).toBeVisible();
  expect(await json(page)).toEqual(everything);
});

test('a heading without an id, or with one that is taken, gets its own', async ({ page }) => {
  const heading = (words: string, sectionId?: string) => ({ type: 'heading', attrs: { level: 2, ...(sectionId ? { sectionId } : {}) }, content: [{ type: 'text', text: words }] });
  await open(page, { content: doc(heading('One', 'aaa'), heading('Two', 'aaa'), heading('Three')) });
  const ids = async () => (await json(page)).content!.filter(({ type }) => type === 'heading').map(({ attrs }) => attrs!.sectionId as string);
  await expect.poll(async () => new Set(await ids()).size).toBe(3);
  expect((await ids())[0]).toBe('aaa');
  // Enter in the middle of a heading makes a second one.
  await text(page).getByText('Three').click();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  expect(new Set(await ids()).size).toBe((await ids()).length);
});

test('Markdown signs become what they mean while they are typed', async ({ page }) => {
  await open(page);
  await text(page).click();
  for (const line of ['# Title', 'A **bold** and `code` word', '- one', 'two']) {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Enter');
  await page.keyboard.type('[x] done');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.keyboard.type('see https://example.com/a now');
  const types = (await json(page)).content!.map(({ type }) => type);
  expect(types.slice(0, 5)).toEqual(['heading', 'paragraph', 'bulletList', 'taskList', 'paragraph']);
  await expect(text(page).getByRole('checkbox', { name: 'Done: done' })).toBeChecked();
  await expect(text(page).getByRole('link', { name: 'https://example.com/a' })).toHaveAttribute('href', 'https://example.com/a');
});

test('the slash menu inserts by keyboard alone and says what is chosen', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.keyboard.type('/');
  const list = page.getByRole('listbox', { name: 'Insert' });
  await expect(list.getByRole('option')).toHaveCount(15);
  await page.keyboard.type('tab');
  await expect(list.getByRole('option')).toHaveText([/Table/]);
  const active = await text(page).getAttribute('aria-activedescendant');
  await expect(page.locator(`#${active}`)).toHaveText(/Table/);
  await page.keyboard.press('Enter');
  await expect(list).toBeHidden();
  await expect(text(page).getByRole('row')).toHaveCount(3);
  expect(JSON.stringify(await json(page))).not.toContain('/tab');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.type('and/or');
  await expect(list, 'a slash within a word is a slash').toBeHidden();
  await page.keyboard.type(' /');
  await expect(list).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  await page.keyboard.type('quo');
  await expect(list, 'dismissed is dismissed').toBeHidden();
});

test('rows and columns of a table are added, merged and removed', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.getByRole('button', { name: 'Table' }).click();
  const bar = page.getByRole('toolbar', { name: 'Table' });
  const cells = text(page).locator('td, th');
  await expect(cells).toHaveCount(9);
  await bar.getByRole('button', { name: 'Row below' }).click();
  await bar.getByRole('button', { name: 'Column after' }).click();
  await expect(cells).toHaveCount(16);
  await page.keyboard.type('Name');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Value');
  await expect(text(page).getByRole('columnheader').nth(1)).toHaveText('Value');
  await bar.getByRole('button', { name: 'Delete column' }).click();
  await bar.getByRole('button', { name: 'Delete row' }).click();
  await expect(cells).toHaveCount(9);
  const from = (await cells.nth(3).boundingBox())!;
  const to = (await cells.nth(4).boundingBox())!;
  await page.mouse.move(from.x + 20, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + 10, { steps: 5 });
  await page.mouse.up();
  await bar.getByRole('button', { name: 'Merge cells' }).click();
  await expect(cells).toHaveCount(8);
  await bar.getByRole('button', { name: 'Split cell' }).click();
  await expect(cells).toHaveCount(9);
  await bar.getByRole('button', { name: 'Delete table' }).click();
  await expect(cells).toHaveCount(0);
});

test('a task is ticked, and tasks nest', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.getByRole('button', { name: 'Task list' }).click();
  await page.keyboard.type('Reset by link');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('The mail arrives');
  await text(page).getByRole('checkbox').first().check();
  const list = (await json(page)).content![0];
  expect(list.type).toBe('taskList');
  expect(list.content![0].attrs).toEqual({ checked: true });
  expect(list.content![0].content![1].content![0].attrs).toEqual({ checked: false });
});

test('Markdown is pasted as what it says', async ({ page }) => {
  await open(page);
  await text(page).click();
  await paste(page, { 'text/plain': '## Goals\n\n1. **fast**\n2. [safe](https://example.com)\n\n- [x] ticked\n- [ ] open\n\n| A | B |\n|---|---|\n| 1 | `2` |\n\n```rust\nfn main() {}\n```\n\n```mermaid\nflowchart LR\n  A --> B\n```\n\n<script>alert(1)</script>\n' });
  await expect.poll(async () => (await json(page)).content!.map(({ type }) => type)).toEqual(
    ['heading', 'orderedList', 'taskList', 'table', 'codeBlock', 'mermaidBlock', 'paragraph']);
  const { content } = await json(page);
  expect(content![2].content!.map(({ attrs }) => attrs)).toEqual([{ checked: true }, { checked: false }]);
  expect(content![4]).toMatchObject({ attrs: { language: 'rust' }, content: [{ text: 'fn main() {}' }] });
  expect(content![5].attrs).toEqual({ code: 'flowchart LR\n  A --> B' });
  await expect(text(page)).toContainText('<script>alert(1)</script>');
});

test('Word and Google Docs are cleaned to the schema', async ({ page }) => {
  await open(page);
  await text(page).click();
  const item = (level: number, sign: string, words: string) =>
    `<p class=MsoListParagraph style='margin-left:36pt;mso-list:l0 level${level} lfo1'><![if !supportLists]><span style='mso-list:Ignore'>${sign}<span>&nbsp;&nbsp; </span></span><![endif]>${words}<o:p></o:p></p>`;
  await paste(page, { 'text/html': `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{color:red}</style></head><body><h2 style="color:#123">Scope</h2>${item(1, '1.', 'First')}${item(2, '·', 'Inner')}${item(1, '2.', 'Second')}<p class=MsoNormal><b>Bold</b> <span style="color:red">red</span></p><a href="javascript:alert(1)">bad</a></body></html>`, 'text/plain': 'x' });
  expect((await json(page)).content).toMatchObject([
    { type: 'heading', attrs: { level: 2 }, content: [{ text: 'Scope' }] },
    { type: 'orderedList', content: [{ content: [p('First'), { type: 'bulletList', content: [{ content: [p('Inner')] }] }] }, { content: [p('Second')] }] },
    { content: [{ text: 'Bold', marks: [{ type: 'bold' }] }, { text: ' red' }] },
    p('bad'),
  ]);
  await page.evaluate(() => window.editor.setContent(null));
  await text(page).click();
  await paste(page, { 'text/html': '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:700">Strong</span><span style="font-style:italic"> slanted</span> <a href="https://www.google.com/url?q=https://example.com/x&amp;sa=D">way</a></p><ul><li role="checkbox" aria-checked="true"><p>tick</p></li></ul><img src="https://evil.example/p.png" alt="Spy"></b>', 'text/plain': 'x' });
  expect((await json(page)).content).toMatchObject([
    { content: [{ text: 'Strong', marks: [{ type: 'bold' }] }, { text: ' slanted', marks: [{ type: 'italic' }] }, { text: ' ' }, { text: 'way', marks: [{ type: 'link', attrs: { href: 'https://example.com/x' } }] }] },
    { type: 'taskList', content: [{ attrs: { checked: true }, content: [p('tick')] }] },
    { content: [{ text: 'Spy', marks: [{ type: 'link', attrs: { href: 'https://evil.example/p.png' } }] }] },
  ]);
});

test('links lead to http, https, mailto or here, and nowhere else', async ({ page }) => {
  await open(page, { content: doc(p('Read the manual')) });
  await text(page).getByText('Read the manual').dblclick();
  await page.keyboard.press('Control+k');
  const address = page.getByRole('textbox', { name: 'Address of the link' });
  await address.fill('javascript:alert(1)');
  await address.press('Enter');
  await expect(page.getByRole('alert')).toContainText('http, https, mailto');
  await address.fill('example.com/manual');
  await address.press('Enter');
  await expect(text(page).getByRole('link')).toHaveAttribute('href', 'https://example.com/manual');
  await text(page).getByRole('link').click();
  await page.getByRole('button', { name: 'Remove link' }).click();
  await expect(text(page).getByRole('link')).toHaveCount(0);
});

test('a mention is found by its letters and says what it names', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.keyboard.type('Ask @cle');
  const list = page.getByRole('listbox', { name: 'Mention' });
  await expect(list.getByRole('option')).toHaveText([/Cleo Prim/, /Clear sign-in errors/]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect((await json(page)).content![0].content).toEqual([
    { type: 'text', text: 'Ask ' },
    { type: 'mention', attrs: { id: 'd2', label: 'Clear sign-in errors', type: 'document' } },
    { type: 'text', text: ' ' },
  ]);
});

test('pictures are stored by the page, described and sized; what is refused says why', async ({ page }) => {
  await open(page);
  await text(page).click();
  const drop = (name: string, type: string) => text(page).evaluate((element, { name, type }) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['x'], name, { type }));
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, { name, type });
  await drop('flow.png', 'image/png');
  await expect(text(page).getByRole('img', { name: 'flow' })).toBeVisible();
  await text(page).getByRole('img', { name: 'flow' }).click();
  const bar = page.getByRole('toolbar', { name: 'Picture' });
  await bar.getByRole('button', { name: 'Small' }).click();
  await bar.getByRole('textbox').fill('The way of a reset');
  await bar.getByRole('textbox').press('Enter');
  await expect(text(page).getByRole('img', { name: 'The way of a reset' })).toBeVisible();
  expect((await json(page)).content![0]).toEqual({ type: 'image', attrs: { src: 'artifact:5b0e3f1a-6f6e-4d8b-9a8e-0000000000bb', alt: 'The way of a reset', width: 240 } });
  await drop('bad.png', 'image/png');
  await expect(page.getByRole('status')).toHaveText('bad.png was not stored: it is too large.');
  await drop('notes.txt', 'text/plain');
  await expect(page.getByRole('status')).toContainText('Only pictures');
});

test('code has its language and its colours', async ({ page }) => {
  await open(page, { content: doc({ type: 'codeBlock', content: [{ type: 'text', text: 'fn main() { let x = "a"; }' }] }) });
  await page.getByRole('combobox', { name: 'Language of this code' }).selectOption('Rust');
  await expect(text(page).locator('.hljs-keyword').first()).toHaveText('fn');
  expect((await json(page)).content![0].attrs).toEqual({ language: 'rust' });
});

test('a diagram that stops making sense names its line and keeps its picture', async ({ page }) => {
  await open(page, { content: doc({ type: 'mermaidBlock', attrs: { code: 'flowchart LR\n  A[Ask] --> B[Answer]' } }, p()) });
  const block = text(page).locator('.ed-diagram');
  await expect(block.getByRole('img').getByText('Answer')).toBeVisible();
  await block.hover();
  await block.getByRole('button', { name: 'Edit the source' }).click();
  const source = block.getByRole('textbox');
  await source.fill('%% a remark\nflowchart LR\n  A[Ask] --> B[Answer]\n  B --> [[[');
  await expect(block.getByRole('status')).toContainText('Line 4');
  await expect(block.getByRole('img').getByText('Answer')).toBeVisible();
  await source.fill('flowchart LR\n  A[Ask] --> C[Reply]');
  await expect(block.getByRole('img').getByText('Reply')).toBeVisible();
  await expect(block.getByRole('status')).toBeHidden();
  await source.press('Escape');
  await expect(source).toBeHidden();
  expect((await json(page)).content![0].attrs).toEqual({ code: 'flowchart LR\n  A[Ask] --> C[Reply]' });
});

test('find counts, walks and replaces', async ({ page }) => {
  await open(page, { content: doc(p('one two one'), p('One more one')) });
  await text(page).click();
  await page.keyboard.press('Control+f');
  const bar = page.getByRole('search');
  await bar.getByRole('searchbox').fill('one');
  await expect(bar.locator('output')).toHaveText(/4/);
  await page.keyboard.press('Enter');
  await expect(bar.locator('output')).toHaveText(/of 4/);
  await bar.getByRole('textbox', { name: 'Replace by' }).fill('three');
  await bar.getByRole('button', { name: 'All' }).click();
  await expect(text(page)).toContainText('three two three');
  await page.keyboard.press('Escape');
  await expect(bar).toBeHidden();
});

test('the page hears of words, headings and Ctrl+S', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.keyboard.type('# Zwei Wörter');
  await page.keyboard.press('Enter');
  await page.keyboard.type('日本語 and more');
  await expect.poll(async () => (await last<{ words: number }>(page, 'onStats'))?.words).toBeGreaterThanOrEqual(5);
  expect(await last(page, 'onOutline')).toMatchObject([{ level: 1, text: 'Zwei Wörter' }]);
  await page.keyboard.press('Control+s');
  expect(await page.evaluate(() => window.told.onSave.length)).toBe(1);
});

test('below a last block that is no paragraph a press begins one', async ({ page }) => {
  await open(page, { content: doc({ type: 'codeBlock', content: [{ type: 'text', text: 'end' }] }) });
  const box = (await text(page).boundingBox())!;
  await page.mouse.click(box.x + 40, box.y + box.height - 20);
  await page.keyboard.type('after');
  expect((await json(page)).content!.at(-1)).toEqual(p('after'));
  await page.mouse.click(box.x + 40, box.y + box.height - 20);
  expect((await json(page)).content!.length, 'and only one').toBe(2);
});

test('read-only is read-only', async ({ page }) => {
  await open(page, { content: everything, readOnly: true });
  await expect(page.getByRole('toolbar')).toHaveCount(0);
  await text(page).getByText('Reset by mail').first().click();
  await page.keyboard.type('xyz');
  await expect(text(page)).not.toContainText('xyz');
  await expect(text(page)).toHaveAttribute('contenteditable', 'false');
});

test('the toolbar is one tab stop with arrows, and Alt+F10 leads to it', async ({ page }) => {
  await open(page);
  await text(page).click();
  await page.keyboard.press('Alt+F10');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('button', { name: 'Find' })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: 'Redo' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(text(page)).toBeFocused();
});

test('a comment is a few lines, sent by Ctrl+Enter', async ({ page }) => {
  await open(page, { kind: 'comment' });
  await text(page).click();
  await page.keyboard.type('Looks **good** to me');
  await page.keyboard.press('Control+Enter');
  expect(await page.evaluate(() => window.told.onSubmit.length)).toBe(1);
  expect((await json(page)).content![0].content![1]).toEqual({ type: 'text', text: 'good', marks: [{ type: 'bold' }] });
  await page.keyboard.type(' /head');
  await expect(page.getByRole('listbox')).toHaveText('Nothing like that');
});

test('the whole text meets WCAG 2.2 AA, and looks like the application', async ({ page }) => {
  test.setTimeout(420_000);
  await open(page, { content: everything });
  await expect(text(page).locator('.ed-diagram').getByRole('img').getByText('Token')).toBeVisible();
  await expect(text(page).locator('.hljs-keyword').first()).toBeVisible();
  if (process.env.SHOTS) await shots(page, 'editor');
  await accessible(page);
});

test('what opens over the text meets WCAG 2.2 AA', async ({ page }) => {
  test.setTimeout(420_000);
  await open(page, { content: everything });
  await text(page).locator('ins').click();
  await expect(page.getByRole('group', { name: 'Suggestion' })).toBeVisible();
  await accessible(page);
  await text(page).getByText('Afterwards').click();
  await page.keyboard.type(' /');
  await expect(page.getByRole('listbox')).toBeVisible();
  await accessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+f');
  await page.keyboard.type('mail');
  await expect(page.getByRole('searchbox')).toBeVisible();
  await accessible(page);
});
