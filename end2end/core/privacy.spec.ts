import type { Page } from '@playwright/test';
import { accessible, expect, forgetProof, hydrated, mailTo, password, signIn, sql, test, totp } from '../support';

/** "Confirm it is you", answered with a password. */
async function prove(page: Page, word = password): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' });
  await dialog.getByLabel('Password', { exact: true }).fill(word);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
}

test('a sensitive action asks who it is after ten minutes, and then goes on by itself', async ({ acme }) => {
  const { id, email } = acme.person('owner');
  const page = await acme.page('owner');
  await page.goto('/account');
  await hydrated(page);
  await forgetProof(id);
  const address = page.getByLabel('New address');
  await address.fill(`new-${email}`);
  await page.getByRole('button', { name: 'Change address' }).click();

  const proof = page.getByRole('dialog', { name: 'Confirm it is you' });
  await expect(proof.getByLabel('Password', { exact: true })).toBeFocused();
  await accessible(page);
  await prove(page, 'not my password');
  await expect(proof.getByText('is not your password')).toBeVisible();
  // Given up: nothing happened, what was typed is still there.
  await page.keyboard.press('Escape');
  await expect(proof).toBeHidden();
  await expect(address).toHaveValue(`new-${email}`);
  await page.getByRole('button', { name: 'Change address' }).click();
  await prove(page);
  // It goes on without a second press, and for ten minutes nobody asks again.
  await expect(page.getByText(`Changing to new-${email}`)).toBeVisible();
  await page.getByLabel('New address').fill(`newer-${email}`);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText(`Changing to newer-${email}`)).toBeVisible();
});

test('another member becomes owner after a proof', async ({ acme }) => {
  const page = await acme.page('owner', '/settings/members');
  const { name, email } = acme.person('admin');
  await forgetProof(acme.person('owner').id);
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Make owner' }).click();
  await prove(page);
  await expect(page.getByRole('listitem').filter({ hasText: email })).toContainText('Owner');
});

test('setting up an authenticator app survives the proof', async ({ acme }) => {
  const page = await acme.page('member');
  await page.goto('/account/security');
  await hydrated(page);
  await forgetProof(acme.person('member').id);
  await page.getByRole('button', { name: 'Set up' }).click();
  await prove(page);
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  await expect(dialog.getByLabel('Key', { exact: true })).toHaveValue(/\w/);
  // Another sign-in changes the list behind the dialog, not the dialog.
  await dialog.getByLabel('Code from the app').fill('123');
  await signIn(await (await acme.context('admin')).browser()!.newContext(), acme.person('member').email);
  await expect(page.locator('.sessions > li')).toHaveCount(2);
  await expect(dialog.getByLabel('Code from the app')).toHaveValue('123');
});

test('who has an authenticator app proves it with a code, and may do what needs the second factor', async ({ acme }) => {
  const { id } = acme.person('member');
  const page = await acme.page('member');
  await page.goto('/account/security');
  await hydrated(page);
  await page.getByRole('button', { name: 'Set up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  const key = (await dialog.getByLabel('Key', { exact: true }).inputValue()).replaceAll(' ', '');
  await dialog.getByLabel('Code from the app').fill(await totp(key));
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('dialog', { name: 'Your recovery codes' })).toBeVisible();

  // A session from before the app, its proof old; the code of half a minute ago is used up.
  await forgetProof(id);
  await sql(`update core.sessions set mfa_at = null where user_id = :'user'; update core.mfa_factors set last_used_step = null where user_id = :'user'`, { user: id });
  await page.goto('/account/privacy');
  await hydrated(page);
  await page.getByRole('button', { name: 'Delete account' }).click();
  const goes = page.getByRole('dialog', { name: 'Delete your account' });
  await goes.getByLabel(/^Type .* to go on$/).fill(acme.person('member').email);
  await goes.getByRole('button', { name: 'Mail me a code' }).click();
  const proof = page.getByRole('dialog', { name: 'Confirm it is you' });
  await expect(proof.getByLabel('Code from your app')).toBeFocused();
  await proof.getByRole('button', { name: 'Use the password' }).click();
  await expect(proof.getByLabel('Password', { exact: true })).toBeFocused();
  await proof.getByRole('button', { name: 'Use a code' }).click();
  await proof.getByLabel('Code from your app').fill(await totp(key));
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await expect(goes.getByLabel('Code from the mail')).toBeVisible();
});

test('consents are saved and noted in the log', async ({ acme }) => {
  const page = await acme.page('member');
  await page.goto('/account/privacy');
  await hydrated(page);
  const marketing = (at: Page) => at.getByRole('switch', { name: /Marketing/ });
  await expect(marketing(page)).not.toBeChecked();
  await marketing(page).click();
  await page.getByLabel('Keep my activity for').fill('365');
  await page.getByRole('button', { name: 'Save consents' }).click();
  await expect(page.locator('.toast')).toContainText('Consents saved');
  await page.reload();
  await hydrated(page);
  await expect(marketing(page)).toBeChecked();
  await expect(page.getByLabel('Keep my activity for')).toHaveValue('365');
  await expect(page.getByText('Consent changed')).toBeVisible();
});

test('a copy of all data is asked for, made, and fetched after a proof', async ({ acme }) => {
  const page = await acme.page('member');
  await page.goto('/account/privacy');
  await hydrated(page);
  // Half-made choices outlive the news that the copy is ready.
  await page.getByRole('switch', { name: /Analytics/ }).click();
  await page.getByRole('button', { name: 'Ask for a copy' }).click();
  const row = page.locator('[data-export]');
  await expect(row).toContainText('Ready');
  await expect(page.getByRole('switch', { name: /Analytics/ })).toBeChecked();

  await forgetProof(acme.person('member').id);
  await row.getByRole('button', { name: 'Download' }).click();
  const download = page.waitForEvent('download');
  await prove(page);
  expect((await download).suggestedFilename()).toMatch(/\.zip$/);

  await page.getByRole('button', { name: 'Ask for a copy' }).click();
  await expect(page.locator('.toast')).toContainText('one export in 24 hours');
});

test('an account is deleted with a mailed code, counts down, and is kept after all', async ({ acme, browser }) => {
  const { id, email } = acme.person('member');
  const page = await acme.page('member');
  await page.goto('/account/privacy');
  await hydrated(page);
  await forgetProof(id);
  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account' });
  await expect(dialog.getByRole('heading', { name: 'Goes' })).toBeVisible();
  await dialog.getByLabel(`Type ${email} to go on`).fill('somebody@else.test');
  await dialog.getByRole('button', { name: 'Mail me a code' }).click();
  await prove(page);
  await expect(dialog.getByText('Type your email address as it stands above.')).toBeVisible();
  await dialog.getByLabel(`Type ${email} to go on`).fill(email);
  await dialog.getByRole('button', { name: 'Mail me a code' }).click();
  await dialog.getByLabel('Code from the mail').fill('00000000');
  await dialog.getByRole('button', { name: 'Delete in 14 days' }).click();
  await expect(dialog.getByText('This code is wrong or too old.')).toBeVisible();
  const code = (await mailTo(email, 'deletion_code')).text.match(/\b[A-Z2-7]{8}\b/)![0];
  await dialog.getByLabel('Code from the mail').fill(code);
  await dialog.getByRole('button', { name: 'Delete in 14 days' }).click();

  // Every session ended, and the sign-in leads to the way back.
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator('.toast')).toContainText('Sign in before to cancel');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/account\/privacy/);
  await expect(page.getByRole('main').getByText('Your account will be deleted')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel the deletion' }).click();
  await expect(page.locator('.toast').last()).toContainText('Your account stays');
  await expect(page.getByRole('main').getByText('Your account will be deleted')).toHaveCount(0);

  const later = await browser.newContext();
  await signIn(later, email);
  const home = await later.newPage();
  await home.goto(acme.path());
  await expect(home).toHaveURL(new RegExp(`${acme.path()}$`));
  await later.close();
});

test('the only owner of an organization with members cannot go', async ({ acme }) => {
  const page = await acme.page('owner');
  await page.goto('/account/privacy');
  await hydrated(page);
  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account' });
  await expect(dialog.getByText(`Hand over first: ${acme.name}.`)).toBeVisible();
});
