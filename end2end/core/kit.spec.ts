/** The components, on the page that shows all of them. */
import type { Page } from '@playwright/test';
import { accessible, expect, hydrated, shots, test } from '../support';

async function kit(page: Page): Promise<void> {
  await page.goto('/kit');
  await hydrated(page);
}

test('every component meets WCAG 2.2 AA in light and dark, wide and narrow', async ({ page }) => {
  // A long page: axe takes half a minute for each look where the machine is slow.
  test.setTimeout(420_000);
  await kit(page);
  if (process.env.SHOTS) await shots(page, 'kit');
  await accessible(page);
});

test('a button drawn over another does what it says', async ({ page }) => {
  await kit(page);
  const row = page.locator('#turned');
  for (const words of [['First', 'Second', 'Third'], ['Second', 'Third', 'First'], ['Third', 'First', 'Second']]) {
    await expect(row.getByRole('button').first()).toHaveText(words[0]);
    await row.getByRole('button').first().click();
    await expect(page.locator('.toast').last()).toContainText(`${words[0]} pressed`);
    await page.locator('.toast').last().getByRole('button', { name: 'Dismiss' }).click();
    await expect(page.locator('.toast')).toHaveCount(0);
    await row.getByRole('button', { name: 'Turn around' }).click();
  }
});

test('a toast can be pressed while a dialog is open, and stays when it closes', async ({ page }) => {
  await kit(page);
  await page.getByRole('button', { name: 'Toast with undo' }).click();
  await page.getByRole('button', { name: 'Dialog', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByText('Back again')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await page.locator('.toast', { hasText: 'Back again' }).getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.locator('.toast')).toHaveCount(0);
});

test('a card of a board is carried by mouse and by keyboard', async ({ page }) => {
  await kit(page);
  const board = page.getByRole('group', { name: 'Work orders' });
  const lane = (name: string) => board.getByRole('region', { name });
  const card = board.getByRole('listitem').filter({ hasText: 'WO-12' });
  await board.scrollIntoViewIfNeeded();
  await card.dragTo(lane('In review'));
  await expect(lane('In review')).toContainText('WO-12');

  await card.focus();
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowLeft');
  await expect(lane('In progress')).toContainText('WO-12');
  await expect(card).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(lane('In review')).toContainText('WO-12');
});

test('a card of a board is carried by a finger at its grip, to a lane out of sight', async ({ browser, wrong }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(error.message));
  await kit(page);
  const board = page.getByRole('group', { name: 'Work orders' });
  const card = board.getByRole('listitem').filter({ hasText: 'WO-12' });
  await board.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const touch = await context.newCDPSession(page);
  const finger = (type: 'touchStart' | 'touchMove' | 'touchEnd', x = 0, y = 0) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
  const middle = async (selector: string) => {
    const box = (await card.locator(selector).boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };

  // Elsewhere on the card a finger scrolls.
  const title = await middle('.bmeta');
  await finger('touchStart', title.x, title.y);
  for (let step = 1; step <= 10; step++) await finger('touchMove', title.x - step * 12, title.y);
  await finger('touchEnd');
  await expect(board.getByRole('region', { name: 'Ready' })).toContainText('WO-12');
  // A finger that was lifted while it moved leaves the board gliding: it stands at its beginning once it stays there.
  await board.evaluate(async (element) => {
    for (let still = 0; still < 10; still = element.scrollLeft === 0 ? still + 1 : 0) {
      element.scrollTo({ left: 0, behavior: 'instant' });
      await new Promise(requestAnimationFrame);
    }
  });

  const grip = await middle('[data-grip]');
  await finger('touchStart', grip.x, grip.y);
  for (let step = 1; step <= 8; step++) await finger('touchMove', grip.x + ((384 - grip.x) * step) / 8, grip.y + step * 2);
  // Held at the edge, the board moves on until its last lane is there.
  await expect.poll(() => board.evaluate((element) => element.scrollWidth - element.clientWidth - element.scrollLeft)).toBeLessThanOrEqual(1);
  await finger('touchMove', 388, grip.y);
  await expect(board.getByRole('region', { name: 'Done' })).toHaveClass(/over/);
  await finger('touchEnd');
  await expect(board.getByRole('region', { name: 'Done' })).toContainText('WO-12');
  await context.close();
});

test('on a phone the present tab is in sight', async ({ acme }) => {
  const page = await acme.page('owner');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, name] of [[acme.path('/settings/jobs'), 'Jobs'], ['/account/privacy', 'Privacy']] as const) {
    await page.goto(path);
    await hydrated(page);
    await expect(page.getByRole('main').getByRole('link', { name, exact: true })).toBeInViewport({ ratio: 0.95 });
  }
});
