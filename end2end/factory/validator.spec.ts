/** The Validator: the inbox, what becomes of an item, where it goes on, votes; in the browsers of several people. */
import type { Page } from '@playwright/test';
import { accessible, expect, feature, hydrated, project, sql, test, type Organization } from '../support';

test('a20_11 an item an app reports is in the open inbox within two seconds, categorised and scored', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/validator'));
  await expect(page.getByText('No feedback yet')).toBeVisible();
  const sample = await page.locator('pre', { hasText: 'curl' }).textContent();
  const endpoint = sample?.match(/https?:\S+\/validator\/feedback/)?.[0] ?? '';
  expect(endpoint).toContain('/api/projects/');
  const origin = new URL(page.url()).origin;
  const made = await page.request.post(`${origin}/api/organizations/${acme.id}/api-keys`, {
    headers: { Origin: origin },
    data: { name: 'App', scopes: ['validator:write'] },
  });
  const { secret } = await made.json();
  const other = await acme.page('member', '/factory/web-shop/validator');
  await expect(other.getByText('No feedback yet')).toBeVisible();
  const answer = await page.request.post(new URL(endpoint).pathname, {
    headers: { Authorization: `Bearer ${secret}` },
    data: { title: 'Export crashes', description: 'The export crashes with an error.', externalUserId: 'u-1', tags: ['export'] },
  });
  expect(answer.status()).toBe(201);
  await expect(other.getByRole('link', { name: 'Export crashes' })).toBeVisible({ timeout: 2000 });
  const row = other.getByRole('row').filter({ hasText: 'Export crashes' });
  await expect(row).toContainText('Bug');
  await expect(row).toContainText('0.47');
});

test('an item is triaged, linked and handed on; the issue of the built-in tracker is a work item', async ({ acme }) => {
  const page = await project(acme);
  await feature(page, acme, 'Invoices');
  await page.goto(acme.path('/factory/web-shop/validator?new=1'));
  const dialog = page.getByRole('dialog', { name: 'Add feedback' });
  await dialog.getByLabel('What was said').fill('The invoices show a wrong total.');
  await dialog.getByRole('button', { name: 'Add feedback' }).click();
  const drawer = page.getByRole('complementary', { name: 'Feedback' });
  await expect(drawer.getByText('What triage found')).toBeVisible();
  await expect(drawer.getByText('It may be about')).toBeVisible();
  await drawer.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(drawer.getByRole('button', { name: 'Unlink F-001' })).toBeVisible();
  await drawer.getByRole('button', { name: 'Mark as triaged' }).click();
  await expect(drawer.getByRole('button', { name: 'Start' })).toBeVisible();
  await drawer.getByRole('button', { name: 'Create work order' }).click();
  await expect(drawer.getByRole('link', { name: /WO-1/ })).toBeVisible();
  await drawer.getByRole('button', { name: 'Create issue' }).click();
  await expect(drawer.getByRole('link', { name: /Built-in tracker/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /^In progress/ }).click();
  await expect(page.getByRole('row').filter({ hasText: 'wrong total' })).toBeVisible();
  await accessible(page);
});

test('an admin connects an integration and its secret is shown by its end alone', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/settings/integrations'));
  await hydrated(page);
  // Slack, GitHub or GitLab, Jira.
  await page.getByRole('button', { name: 'Connect' }).nth(1).click();
  await page.getByLabel('Repository').fill('acme');
  await page.getByLabel('Token').fill('ghp_secret1234');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('is written as owner/name')).toBeVisible();
  await page.getByLabel('Repository').fill('acme/shop');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('••••1234')).toBeVisible();
  const member = await acme.page('member', '/factory/web-shop/settings/integrations');
  await expect(member.getByText('Only admins change integrations.')).toBeVisible();
  await member.goto(acme.path('/factory/web-shop/outbox'));
  await expect(member.getByText('Nothing was said yet')).toBeVisible();
  await accessible(page);
});

test('b20_04 visitors vote without an account for what the team shows, and see that it shipped', async ({ acme, browser, wrong }) => {
  const page = await project(acme);
  await feature(page, acme, 'Gift wrapping');
  await page.goto(acme.path('/factory/web-shop/voting'));
  await expect(page.getByText('No features on the page')).toBeVisible();
  await hydrated(page);
  await page.getByRole('combobox', { name: 'Add a feature' }).fill('Gift');
  await page.getByRole('option', { name: /F-001 Gift wrapping/ }).click();
  await expect(page.getByText('Nobody asked to be told')).toBeVisible();
  await page.getByRole('button', { name: 'Open the page to voters' }).click();
  await page.getByLabel('What stands at its head').fill('What should come next?');
  await page.getByRole('button', { name: 'Save' }).click();
  const address = await page.getByLabel('Address of the page').inputValue();
  await accessible(page);

  // Somebody without an account, and without script.
  const outside = await browser.newContext({ javaScriptEnabled: false });
  const visitor = await outside.newPage();
  await visitor.goto(new URL(address).pathname);
  await expect(visitor.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
  await expect(visitor.getByText('What should come next?')).toBeVisible();
  await visitor.getByRole('button', { name: /^Vote for Gift wrapping/ }).click();
  await expect(visitor.getByRole('button', { name: 'Take back your vote for Gift wrapping, 1 vote' })).toBeVisible();
  await visitor.getByLabel(/^Your address/).fill('ines@example.org');
  await visitor.getByRole('button', { name: 'Tell me when it ships' }).click();
  await expect(visitor.getByText('We write to ines@example.org when it ships.')).toBeVisible();
  await expect(page.getByText('1 voter to be told when it ships')).toBeVisible();
  await outside.close();

  // Another one, with it.
  const other = await browser.newContext();
  other.on('weberror', (thrown) => wrong.push(thrown.error().message));
  const second = await other.newPage();
  await second.goto(new URL(address).pathname);
  await hydrated(second);
  await second.getByRole('button', { name: /^Vote for Gift wrapping/ }).click();
  await expect(second.getByRole('button', { name: 'Take back your vote for Gift wrapping, 2 votes' })).toBeVisible();
  await accessible(second);
  await sql(`update factory.features set status = 'passing', passes = true where name = 'Gift wrapping' and organization_id = '${acme.id}'`);
  await second.reload();
  await expect(second.getByRole('heading', { level: 2, name: 'Shipped' })).toBeVisible();
  await other.close();
});
