/** Writing together: presence, lost connections, a server that forgets, suggestions and comments. */
import type { Browser, Page } from '@playwright/test';
import * as Y from 'yjs';
import { expect, test } from '../support';
import { CollabDouble } from '../support/collab';
import { ada, bea, doc, json, last, open, p, text } from './kit';
import type { SessionState } from '../../app/editor/src/host';

/** Two browsers, each of somebody else. */
async function windows(browser: Browser): Promise<[Page, Page]> {
  const [one, two] = await Promise.all([browser.newContext(), browser.newContext()]);
  return [await one.newPage(), await two.newPage()];
}

/** How many changes are kept on this computer. */
const keptHere = (page: Page) => page.evaluate(() => new Promise<number>((done) => {
  const request = indexedDB.open('millrace-edits');
  request.onsuccess = () => {
    const count = request.result.transaction('updates').objectStore('updates').count();
    count.onsuccess = () => done(count.result);
  };
}));

const state = (page: Page) => page.evaluate(() => window.session.state) as Promise<SessionState>;

test('two people type at one place and read the same, with their carets', async ({ browser }) => {
  const server = new CollabDouble();
  const [one, two] = await windows(browser);
  await open(one, { user: ada }, server);
  await open(two, { user: bea }, server);
  await text(one).click();
  await one.keyboard.type('Hello ');
  await expect(text(two)).toHaveText('Hello');
  await text(two).click();
  await two.keyboard.press('Control+End');
  await Promise.all([one.keyboard.type('from Ada', { delay: 15 }), two.keyboard.type('from Bea', { delay: 15 })]);
  await expect.poll(async () => JSON.stringify(await json(one)) === JSON.stringify(await json(two))).toBe(true);
  await expect(text(one).locator('.ed-caret')).toHaveAttribute('data-name', 'Bea Kahlo');
  expect((await state(one)).people.map(({ name, self }) => [name, self])).toEqual([['Ada Byron', true], ['Bea Kahlo', false]]);
  // Undo takes back one's own words only.
  await one.keyboard.press('Control+z');
  await expect(text(two)).not.toContainText('Ada');
  for (const letter of 'Bea') await expect(text(two)).toContainText(letter);
  await two.close();
  await expect.poll(async () => (await state(one)).people.length, { timeout: 40_000 }).toBe(1);
  await one.context().close();
});

test('b20_08 what is written without a connection is kept, and merged on return', async ({ browser }) => {
  const server = new CollabDouble();
  const [one, two] = await windows(browser);
  await open(one, { user: ada }, server);
  await open(two, { user: bea }, server);
  await text(one).click();
  await one.keyboard.type('Before. ');
  await expect(text(two)).toContainText('Before.');
  await expect.poll(() => state(one)).toMatchObject({ status: 'live', saved: true });
  server.lose();
  await expect.poll(async () => (await state(one)).status).toBe('offline');
  await one.keyboard.type('Ada alone. ');
  await text(two).click();
  await two.keyboard.press('Control+End');
  await two.keyboard.type('Bea alone. ');
  expect(await state(one)).toMatchObject({ saved: false, kept: true });
  expect(server.text).toBe('Before. ');

  // The window closes before the connection is back: another one brings it.
  await one.evaluate(() => window.dispatchEvent(new Event('pagehide')));
  await expect.poll(() => keptHere(one)).toBeGreaterThan(0);
  server.back();
  await open(one, { user: ada });
  const again = await one.context().newPage();
  await open(again, { user: ada }, server);
  for (const page of [again, two]) {
    await expect(text(page)).toContainText('Ada alone.');
    await expect(text(page)).toContainText('Bea alone.');
    await expect.poll(() => state(page)).toMatchObject({ status: 'live', saved: true });
  }
  expect(await json(again)).toEqual(await json(two));
  await expect.poll(() => keptHere(again), { message: 'nothing stays on this computer' }).toBe(0);
  await Promise.all([one.context().close(), two.context().close()]);
});

test('a server that takes long to store says so, and one that was killed is told again', async ({ page }) => {
  const server = new CollabDouble();
  await open(page, {}, server);
  await text(page).click();
  await page.keyboard.type('Stored. ');
  await expect.poll(() => state(page)).toMatchObject({ status: 'live', saved: true });
  const stored = Y.encodeStateAsUpdate(server.doc);
  server.storing = false;
  await page.keyboard.type('Not yet.');
  await page.evaluate(() => void window.session.stored().then(() => ((window.told.stored ??= []).push(true))));
  await expect.poll(async () => (await state(page)).status).toBe('unsaved');
  expect(await last(page, 'stored')).toBeUndefined();
  server.lose();
  server.forgetSince(stored);
  expect(server.text).toBe('Stored. ');
  server.storing = true;
  server.back();
  await expect.poll(() => server.text, { timeout: 20_000 }).toBe('Stored. Not yet.');
  await expect.poll(() => state(page)).toMatchObject({ status: 'live', saved: true });
  expect(await last(page, 'stored')).toBe(true);
});

test('a right that ends and a document that goes make the text read-only, until they are back', async ({ page }) => {
  const server = new CollabDouble();
  await open(page, {}, server);
  await text(page).click();
  await page.keyboard.type('Text');
  server.close(4403, 'no_access');
  await expect.poll(() => state(page)).toMatchObject({ status: 'denied', reason: 'no_access' });
  await expect(text(page)).toHaveAttribute('contenteditable', 'false');
  await page.evaluate(() => window.session.retry());
  await expect(text(page)).toHaveAttribute('contenteditable', 'true');
  server.readOnly = true;
  server.close(4000, 'restart');
  await expect.poll(() => state(page)).toMatchObject({ status: 'live', readOnly: true });
  await expect(text(page)).toHaveAttribute('contenteditable', 'false');
  server.readOnly = false;
  server.close(4410, 'deleted');
  await expect.poll(async () => (await state(page)).status).toBe('deleted');
  await expect(text(page)).toHaveAttribute('contenteditable', 'false');
});

test('b20_07 while suggesting, typing adds and deleting strikes, and others decide', async ({ browser }) => {
  const server = new CollabDouble();
  const [one, two] = await windows(browser);
  await open(one, { user: ada }, server);
  await open(two, { user: bea }, server);
  await text(two).click();
  await two.keyboard.type('The link works twice today.');
  await expect(text(one)).toContainText('twice today.');
  await one.getByRole('button', { name: 'Suggest' }).click();
  await expect(one.getByRole('button', { name: 'Suggest' })).toHaveAttribute('aria-pressed', 'true');
  await text(one).getByText('The link').click();
  await one.keyboard.press('End');
  for (let times = 0; times < ' today.'.length; times++) await one.keyboard.press('ArrowLeft');
  for (let times = 0; times < 'twice'.length; times++) await one.keyboard.press('Backspace');
  await one.keyboard.type('onc');
  await one.keyboard.press('Backspace');
  await one.keyboard.type('ce');
  await expect(text(two).locator('del')).toHaveText('twice');
  await expect(text(two).locator('ins')).toHaveText('once');
  await expect.poll(() => last<unknown[]>(two, 'onSuggestions')).toMatchObject([{ kind: 'replace', added: 'once', deleted: 'twice', authorId: ada.id, author: 'Ada Byron' }]);

  await text(two).locator('ins').click();
  const card = two.getByRole('group', { name: 'Suggestion' });
  await expect(card).toContainText('Ada Byron replaced twice by once');
  await card.getByRole('button', { name: 'Accept' }).click();
  await expect(text(one)).toHaveText('The link works once today.');
  await expect(text(one).locator('ins, del')).toHaveCount(0);

  // Over paragraphs, and back.
  await one.keyboard.press('Control+End');
  await one.keyboard.press('Enter');
  await one.keyboard.type('A new paragraph');
  await one.keyboard.press('Control+a');
  await one.keyboard.press('Delete');
  await expect(text(two).locator('del').first(), 'a caret may stand in it').toHaveText(/The link works once/);
  await expect(text(two), 'what was only suggested goes').not.toContainText('new paragraph');
  await two.evaluate(() => window.editor.rejectSuggestion());
  await expect(text(one).locator('del')).toHaveCount(0);
  await expect(text(one)).toContainText('The link works once today.');
  await Promise.all([one.context().close(), two.context().close()]);
});

test('a suggested paragraph that is rejected leaves nothing behind', async ({ page }) => {
  await open(page, { content: doc(p('First'), p('Last')), suggesting: true });
  await text(page).getByText('First').click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Between');
  await expect(text(page).locator('ins')).toHaveText('Between');
  await page.evaluate(() => window.editor.rejectSuggestion());
  expect((await json(page)).content!.slice(0, 2)).toEqual([p('First'), p('Last')]);
});

test('selecting text and typing over it suggests a replacement', async ({ page }) => {
  await open(page, { content: doc(p('Sessions end after thirty days')), suggesting: true });
  await text(page).getByText('Sessions').dblclick({ position: { x: 150, y: 10 } });
  const chosen = await page.evaluate(() => getSelection()!.toString().trim());
  await page.keyboard.type('x');
  await expect(text(page).locator('del')).toHaveText(new RegExp(chosen));
  await expect(text(page).locator('ins')).toHaveText('x');
  await page.evaluate(() => window.editor.acceptSuggestion());
  await expect(text(page).locator('ins, del')).toHaveCount(0);
  await expect(text(page)).not.toContainText(chosen);
  await expect(text(page)).toContainText('x');
});

test('comments overlap, are told apart and are found again', async ({ browser }) => {
  const server = new CollabDouble();
  const [one, two] = await windows(browser);
  await open(one, { user: ada }, server);
  await open(two, { user: bea }, server);
  await text(one).click();
  await one.keyboard.type('The mail arrives within a minute');
  await one.keyboard.press('Control+a');
  await one.keyboard.press('Control+Alt+m');
  await expect.poll(() => last(one, 'onComment')).toMatchObject({ anchor: { quote: 'The mail arrives within a minute', before: '', after: '', sectionId: null } });
  const outer = (await last<{ commentId: string }>(one, 'onComment')).commentId;
  await text(two).getByText('arrives').dblclick({ position: { x: 90, y: 10 } });
  await two.getByRole('toolbar', { name: 'Selected text' }).getByRole('button', { name: 'Comment' }).click();
  const inner = await last<{ commentId: string; anchor: { quote: string } }>(two, 'onComment');
  expect(inner.anchor.quote.length).toBeLessThan(12);
  await expect(text(one).locator(`[data-comment="${inner.commentId}"]`)).toHaveText(inner.anchor.quote);
  await text(one).locator(`[data-comment="${inner.commentId}"]`).first().click();
  await expect.poll(() => last(one, 'onCommentsAt')).toEqual([inner.commentId, outer]);
  expect((await one.evaluate(() => window.editor.comments())).map(({ commentId }) => commentId)).toEqual([outer, inner.commentId]);
  await one.evaluate((id) => window.editor.showComment(id), outer);
  await expect(text(one).locator('.ed-comment-on').first()).toBeVisible();
  await one.evaluate((id) => window.editor.removeComment(id), outer);
  await expect(text(two).locator(`[data-comment="${outer}"]`)).toHaveCount(0);
  await expect(text(two).locator(`[data-comment="${inner.commentId}"]`)).toHaveCount(1);
  await Promise.all([one.context().close(), two.context().close()]);
});
