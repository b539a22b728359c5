import { expect, hydrated, test } from '../support';

// A page rests until somebody touches it: nothing of its code is fetched before, and nothing that was asked for is lost.

test('the code of a page comes with the first touch', async ({ acme }) => {
  const page = await (await acme.context('owner')).newPage();
  const fetched: string[] = [];
  page.on('request', (request) => /\.(js|wasm)$/.test(request.url()) && fetched.push(request.url()));
  await page.goto(acme.path('/factory'), { waitUntil: 'networkidle' }).catch(() => {});
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(fetched).toEqual([]);
  expect(await page.locator('html[data-hydrated]').count()).toBe(0);

  await page.mouse.move(40, 40);
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
  expect(fetched.some((url) => url.endsWith('.wasm'))).toBe(true);
  await expect(page.locator('html[data-waking]')).toHaveCount(0);
});

test('what is pressed, typed and posted while a page rests is done', async ({ acme, browser }) => {
  const context = await acme.context('owner');
  const page = await context.newPage();
  await page.goto(acme.path('/factory'));
  // Dispatched, not clicked: the pointer of a person would have come by and touched the page before.
  await page.getByRole('button', { name: /new project/i }).first().dispatchEvent('click');
  await expect(page.getByRole('dialog')).toBeVisible();

  await page.goto(acme.path());
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: /go to|search|command/i })).toBeVisible();

  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto('/login');
  await visitor.getByLabel('Email').fill(acme.person('owner').email);
  await visitor.getByLabel('Password', { exact: true }).fill('not the right one');
  await visitor.keyboard.press('Enter');
  await expect(visitor.getByRole('alert')).toBeVisible();
  await expect(visitor.getByLabel('Email')).toHaveValue(acme.person('owner').email);
  await visitor.context().close();
});

test('a resting page wakes when its data changes', async ({ acme }) => {
  const resting = await (await acme.context('admin')).newPage();
  const listening = resting.waitForRequest((request) => request.url().includes('/api/live'));
  await resting.goto(acme.path('/factory'));
  await listening;
  const page = await acme.page('owner', '/factory');
  await page.getByRole('button', { name: /new project/i }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Harbour lights');
  await dialog.getByRole('button', { name: /create/i }).click();
  await expect(resting.getByRole('link', { name: 'Harbour lights' }).first()).toBeVisible();
  await hydrated(resting);
});
