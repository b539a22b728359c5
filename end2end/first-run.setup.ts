import { expect, test } from '@playwright/test';
import { admin, adminState, password, setupLink } from './support/server';

test('a10_01 a fresh installation leads to the set-up, once', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup$/);

  await page.goto('/setup?token=wrong');
  await fill('wrong');
  await expect(page.getByText("is not the token from the server's log")).toBeVisible();
  await expect(page.getByLabel('Your name')).toHaveValue(admin.name);

  expect(setupLink, 'the server offers a set-up link').toBeTruthy();
  await page.goto(setupLink!);
  await fill();
  await expect(page).toHaveURL(/\/o\/operators/);
  await page.context().storageState({ path: adminState });

  const later = await page.request.get('/setup');
  expect(later.status()).toBe(404);

  async function fill(token?: string): Promise<void> {
    if (token) await page.getByLabel('Set-up token').fill(token);
    await page.getByLabel('Your name').fill(admin.name);
    await page.getByLabel('Email').fill(admin.email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Organization').fill(admin.organization);
    await page.getByRole('button', { name: 'Set up' }).click();
  }
});
