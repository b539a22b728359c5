import { expect, hydrated, test } from '../support';

// The code of a page comes in pieces; the network may fail at any of them.

test('a page whose code could not be fetched comes alive when it can', async ({ page, wrong }) => {
  let refused = 0;
  let away = true;
  await page.route(/\/pkg\/split_/, async (route) => {
    if (!away) return route.continue();
    refused += 1;
    return route.abort();
  });
  await page.goto('/login');
  await page.mouse.move(9, 9);
  await expect.poll(() => refused, { message: 'it is tried again by itself' }).toBeGreaterThan(1);
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in to Millrace' })).toBeVisible();
  expect(await page.locator('html[data-hydrated]').count(), 'nobody takes it over meanwhile').toBe(0);

  away = false;
  await hydrated(page);
  await page.getByLabel('Email').fill('nobody@a.test');
  await page.getByLabel('Password', { exact: true }).fill('not the right one');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toBeVisible();

  // What failed was logged, and nothing else went wrong.
  const others = wrong.filter((line) => !line.includes('Failed to fetch'));
  wrong.length = 0;
  expect(others).toEqual([]);
});

test('a page of another area is fetched when somebody goes there', async ({ acme }) => {
  const page = await acme.page('owner', '/factory');
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await page.goto(acme.path('/factory'));
  await hydrated(page);
  expect(fetched.some((url) => url.includes('split_settings')), 'not before').toBe(false);
  await page.getByRole('link', { name: 'Settings' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/settings\/general$/);
  expect(fetched.filter((url) => /\/pkg\/split_settings/.test(url)).length).toBeGreaterThan(0);
  expect(fetched.filter((url) => url.includes('/pkg/millrace') && url.endsWith('.wasm')).length, 'no full load').toBe(1);
});
