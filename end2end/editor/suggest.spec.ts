/** Suggesting never loses a word: whatever is done meanwhile, rejecting all of it brings the text back. */
import type { Page } from '@playwright/test';
import type { Json } from '../../app/editor/src/host';
import { expect, test } from '../support';
import { doc, json, open, p, paste, text } from './kit';

const words = (node: Json): string => (node.text ?? '') + (node.content ?? []).map(words).join(node.type === 'doc' ? '\n' : '');
/** The words without what divides paragraphs, which changes at once. */
const letters = async (page: Page) => words(await json(page)).replace(/\n/g, '');

/** Numbers that look like chance and are the same each time. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x7fffffff) * below) % below;
  };
}

const start = [
  p('The link in the mail works once.'),
  { type: 'bulletList', content: [{ type: 'listItem', content: [p('Five wrong tries lock the door')] }, { type: 'listItem', content: [p('Sessions end')] }] },
  { type: 'heading', attrs: { level: 2, sectionId: 'abc' }, content: [{ type: 'text', text: 'Passkeys' }] },
  p('Nobody types anything.'),
];

for (const seed of [1, 3, 7, 42]) {
  test(`rejecting everything brings the words back (${seed})`, async ({ page }) => {
    await open(page, { content: doc(...start), suggesting: true });
    const before = await letters(page);
    const roll = chance(seed);
    await text(page).click();
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Control+ArrowLeft', 'Control+ArrowRight', 'Control+Home'];
    for (let step = 0; step < 80; step++) {
      switch (roll(9)) {
        case 0: case 1: await page.keyboard.press(keys[roll(keys.length)]); break;
        case 2: await page.keyboard.type(['new ', 'x', 'zwei Wörter'][roll(3)]); break;
        case 3: await page.keyboard.press('Backspace'); break;
        case 4: await page.keyboard.press('Delete'); break;
        case 5: await page.keyboard.press(roll(2) ? 'Control+Backspace' : 'Control+Delete'); break;
        case 6: for (let times = roll(12); times > 0; times--) await page.keyboard.press(['Shift+ArrowRight', 'Shift+ArrowLeft', 'Shift+ArrowDown'][roll(3)]); break;
        case 7: await page.keyboard.press('Enter'); break;
        case 8: await paste(page, { 'text/plain': 'pasted one\npasted two' }); break;
      }
    }
    await page.evaluate(() => window.editor.rejectSuggestion());
    await expect(text(page).locator('ins, del')).toHaveCount(0);
    expect(await letters(page)).toBe(before);
  });
}

test('Backspace and Delete walk over what is struck; taking back takes back', async ({ page }) => {
  await open(page, { content: doc(p('one two three')), suggesting: true });
  await text(page).getByText('one two').click();
  await page.keyboard.press('Home');
  for (let times = 0; times < 4; times++) await page.keyboard.press('Delete');
  await expect(text(page).locator('del')).toHaveText('one ');
  await page.keyboard.type('1 ');
  await expect(text(page)).toHaveText('one 1 two three');
  await page.keyboard.press('End');
  for (let times = 0; times < 5; times++) await page.keyboard.press('Backspace');
  await page.keyboard.type('3');
  await expect.poll(() => page.evaluate(() => window.editor.suggestions().map(({ kind, added, deleted }) => [kind, deleted, added]))).toEqual([
    ['replace', 'one ', '1 '], ['replace', 'three', '3'],
  ]);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await page.evaluate(() => window.editor.acceptSuggestion());
  await expect(text(page)).toContainText('two');
});

test('letters that are composed are a suggestion too', async ({ page }) => {
  await open(page, { content: doc(p('Say: ')), suggesting: true });
  await text(page).getByText('Say:').click();
  await page.keyboard.press('End');
  const keyboard = await page.context().newCDPSession(page);
  await keyboard.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
  await keyboard.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await keyboard.send('Input.insertText', { text: '日本' });
  await expect(text(page).locator('ins')).toHaveText('日本');
  await expect(text(page)).toHaveText(/^Say: ?日本$/);
  await page.evaluate(() => window.editor.rejectSuggestion());
  await expect(text(page)).toHaveText(/^Say: ?$/);
});
