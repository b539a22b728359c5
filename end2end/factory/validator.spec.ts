/** The Validator and the graph, in the browsers of two people. */
import type { Page } from '@playwright/test';
import { accessible, expect, test, type Organization } from '../support';

/** A project made through the screens. */
async function project(acme: Organization): Promise<Page> {
  const page = await acme.page('owner', '/factory?new=1');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Web shop');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
  return page;
}

async function feature(page: Page, acme: Organization, name: string): Promise<void> {
  await page.goto(acme.path('/factory/web-shop/features?new=1'));
  const dialog = page.getByRole('dialog', { name: 'New feature' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByRole('heading', { level: 3, name })).toBeVisible();
}

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

test('the graph shows what hangs together, as a table too, and what a change reaches', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/graph'));
  await expect(page.getByText('Nothing here yet')).toBeVisible();
  await feature(page, acme, 'Checkout');
  await feature(page, acme, 'Payment');
  await page.goto(acme.path('/factory/web-shop/graph?view=table'));
  await page.getByRole('link', { name: 'F-001 Checkout' }).click();
  const drawer = page.getByRole('complementary', { name: 'Node' });
  await drawer.getByRole('button', { name: 'Link', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Link Checkout' });
  await dialog.getByLabel('How').selectOption('blocks');
  await dialog.getByLabel('With').fill('Paym');
  await page.getByRole('option', { name: /F-002 Payment/ }).click();
  await dialog.getByRole('button', { name: 'Link' }).click();
  await expect(drawer.getByRole('link', { name: /Payment/ })).toBeVisible();
  await drawer.getByRole('button', { name: 'Show impact' }).click();
  await expect(drawer.getByText('1 thing within five steps')).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/graph?view=drift'));
  await expect(page.getByText('Nothing has drifted')).toBeVisible();
  await page.getByRole('button', { name: 'Scan now' }).click();
  await expect(page.getByText(/^Scanned/)).toBeVisible();
  await accessible(page);
});

test('an admin connects an integration and its secret is shown by its end alone', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/settings/integrations'));
  const card = page.locator('section, article, div').filter({ has: page.getByRole('heading', { name: 'GitHub or GitLab issues' }) }).last();
  await card.getByRole('button', { name: 'Connect' }).click();
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
