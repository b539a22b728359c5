/** The first steps of a project, its settings and its jobs. */
import { accessible, expect, feature, hydrated, project, test } from '../support';

test('the first steps tick themselves, are put away and come back', async ({ acme }) => {
  const page = await project(acme);
  const card = page.getByRole('region', { name: /First steps/ }).or(page.locator('.card', { hasText: 'First steps' })).first();
  await expect(card.getByRole('link', { name: 'Add a feature' })).toBeVisible();
  const before = await card.getByRole('link').count();
  await accessible(page);
  await feature(page, acme, 'Cart');
  await page.goto(acme.path('/factory/web-shop'));
  await hydrated(page);
  await expect(card.getByRole('link')).toHaveCount(before - 1);
  await card.getByRole('link', { name: 'Write a blueprint' }).click();
  await expect(page.getByRole('dialog', { name: 'New document' })).toBeVisible();

  await page.goto(acme.path('/factory/web-shop'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Put away' }).click();
  await expect(page.getByText('First steps')).toHaveCount(0);
  await page.goto(acme.path('/factory/web-shop/settings'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Show again' }).click();
  await expect(page.getByText('The first steps are on the overview again')).toBeVisible();
});

test('a project is renamed, paused and archived in its settings', async ({ acme }) => {
  const page = await project(acme, '/settings');
  await page.getByLabel('Name').fill('Web shop of Acme');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('The details are saved')).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Bring back' })).toBeVisible();
  await expect(page.getByLabel('Name')).toBeDisabled();
});

test('the jobs of a project are listed with what came of them', async ({ acme }) => {
  const page = await project(acme, '/settings/jobs');
  await expect(page.getByText('No jobs yet')).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/graph?view=drift'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Scan now' }).click();
  await expect(page.getByText('Looking through the whole project.')).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/settings/jobs'));
  const row = page.getByRole('listitem').filter({ hasText: 'Scan for drift' });
  await expect(row.getByText('Completed')).toBeVisible();
  await accessible(page);
});
