/** Everything works on one machine: no page asks another host for anything, and the built-in parts do the work. */
import { expect, hydrated, project, test } from '../support';

test('a20_22 the whole factory works without another host', async ({ acme, baseURL }) => {
  const page = await project(acme);
  const strangers = new Set<string>();
  page.context().on('request', (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.host !== new URL(baseURL!).host) strangers.add(request.url());
  });
  const pages = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  const hrefs = await pages.evaluateAll((links) => links.map((link) => link.getAttribute('href')!).filter((href) => href.includes('/factory/web-shop')));
  expect(hrefs.length).toBeGreaterThan(12);
  for (const href of hrefs) {
    await page.goto(href);
    await hydrated(page);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }

  // What is reported is triaged and becomes an issue of the built-in tracker.
  await page.goto(acme.path('/factory/web-shop/validator?new=1'));
  const dialog = page.getByRole('dialog', { name: 'Add feedback' });
  await dialog.getByLabel('What was said').fill('The checkout crashes with an error when I pay by card.');
  await dialog.getByRole('button', { name: 'Add feedback' }).click();
  const drawer = page.getByRole('complementary', { name: 'Feedback' });
  await expect(drawer.getByText('What triage found')).toBeVisible();
  await drawer.getByRole('button', { name: 'Create issue' }).click();
  await expect(drawer.getByRole('link', { name: /Built-in tracker/ })).toBeVisible();
  expect([...strangers]).toEqual([]);
});
