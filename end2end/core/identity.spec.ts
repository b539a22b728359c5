import type { Locator, Page } from '@playwright/test';
import { accessible, expect, hydrated, signIn, test, type Organization } from '../support';
import { issuer, type Issuer } from '../support/issuer';

// Looks are checked in light and dark, wide and narrow, several times in one test.
test.describe.configure({ timeout: 150_000 });

/** Each test has an issuer of its own. */
async function withIssuer(work: (okta: Issuer) => Promise<void>): Promise<void> {
  const okta = await issuer();
  try {
    await work(okta);
  } finally {
    await okta.close();
  }
}

/** Fills the form of a service in its open dialog. */
async function fill(dialog: Locator, name: string, url: string, domains = ''): Promise<void> {
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Issuer', { exact: true }).fill(url);
  await dialog.getByLabel('Client id').fill('client-1');
  await dialog.getByLabel('Client secret').fill('a secret');
  await dialog.getByLabel('Mail domains').fill(domains);
}

async function add(page: Page, acme: Organization, url: string): Promise<void> {
  await page.getByRole('button', { name: 'Add service' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign-in service' });
  await fill(dialog, 'Okta', url, `${acme.slug}.test`);
  await dialog.getByRole('button', { name: 'Add service' }).click();
  await expect(page.locator('.toast')).toContainText('Okta is added');
}

test('an owner adds a sign-in service, tries it, requires it and removes it', async ({ acme, browser }) => {
  await withIssuer(async (okta) => {
    const page = await acme.page('owner', '/settings/identity');
    await expect(page.getByText('No sign-in service yet')).toBeVisible();
    await page.getByRole('button', { name: 'Add service' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign-in service' });

    // The issuer is tried before anything is saved.
    await fill(dialog, 'Okta', `${okta.url}/nowhere`, 'gmail.com');
    await dialog.getByRole('button', { name: 'Test issuer' }).click();
    await expect(dialog.getByText('does not answer as an OpenID Connect issuer')).toBeVisible();
    await dialog.getByLabel('Issuer', { exact: true }).fill(okta.url);
    await dialog.getByRole('button', { name: 'Test issuer' }).click();
    await expect(dialog.getByText('The issuer answers and publishes its keys.')).toBeVisible();

    // What is wrong stands beside its field, what was typed stays.
    await dialog.getByRole('button', { name: 'Add service' }).click();
    await expect(dialog.getByText('gmail.com is a mail service for everybody.')).toBeVisible();
    await expect(dialog.getByLabel('Client secret')).toHaveValue('a secret');
    await dialog.getByLabel('Mail domains').fill(`${acme.slug}.test`);
    await accessible(page);
    await dialog.getByRole('button', { name: 'Add service' }).click();

    // Its callback address is known only now.
    await expect(dialog.getByLabel('Callback address')).toHaveValue(/\/api\/auth\/oauth\/[0-9a-f-]{36}\/callback$/);
    await dialog.getByRole('button', { name: 'Close' }).click();
    const row = page.locator('[data-provider="Okta"]');
    await expect(row).toContainText(`${acme.slug}.test`);
    expect(await page.content()).not.toContain('a secret');
    await row.getByRole('button', { name: 'Actions for Okta' }).click();
    await page.getByRole('menuitem', { name: 'Test' }).click();
    await expect(page.locator('.toast').filter({ hasText: 'The issuer answers' })).toBeVisible();

    // Required, after a warning; the secret stays where it is.
    await row.getByRole('button', { name: 'Actions for Okta' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await expect(dialog.getByLabel('Client secret')).toHaveValue('');
    await dialog.getByLabel('Name', { exact: true }).fill('Acme login');
    await expect(dialog.getByText('Passwords stop working for these people')).toBeHidden();
    await dialog.getByLabel('Required for these domains').check();
    await expect(dialog.getByText('Passwords stop working for these people')).toBeVisible();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Save service' }).click();
    await expect(dialog).toBeHidden();
    const renamed = page.locator('[data-provider="Acme login"]');
    await expect(renamed).toContainText('Required');

    // A member's password no longer opens anything, and the refusal says where to go.
    const visitor = await browser.newContext();
    await expect(signIn(visitor, acme.person('member').email)).rejects.toThrow(/Acme(%20|\+| )login|__err/);
    await visitor.close();

    await renamed.getByRole('button', { name: 'Actions for Acme login' }).click();
    await page.getByRole('menuitem', { name: 'Switch off' }).click();
    await expect(renamed).toContainText('Off');
    await renamed.getByRole('button', { name: 'Actions for Acme login' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('dialog', { name: 'Remove Acme login?' }).getByRole('button', { name: 'Remove service' }).click();
    await expect(page.getByText('No sign-in service yet')).toBeVisible();
  });
});

test('two owners of a service do not overwrite each other', async ({ acme }) => {
  await withIssuer(async (okta) => {
    const first = await acme.page('owner', '/settings/identity');
    await add(first, acme, okta.url);
    await first.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    const second = await acme.page('owner', '/settings/identity');
    for (const page of [first, second]) {
      await page.getByRole('button', { name: 'Actions for Okta' }).click();
      await page.getByRole('menuitem', { name: 'Edit' }).click();
    }
    await first.getByLabel('Name', { exact: true }).fill('First login');
    await first.getByRole('button', { name: 'Save service' }).click();
    await expect(first.locator('[data-provider="First login"]')).toBeVisible();
    await second.getByLabel('Name', { exact: true }).fill('Second login');
    await second.getByRole('button', { name: 'Save service' }).click();
    await expect(second.getByText('Someone else changed this service meanwhile')).toBeVisible();
    await second.getByRole('button', { name: 'Show theirs' }).click();
    await expect(second.getByLabel('Name', { exact: true })).toHaveValue('First login');
  });
});

test('a typed address leads to the service of its organization', async ({ acme, page }) => {
  await withIssuer(async (okta) => {
    await add(await acme.page('owner', '/settings/identity'), acme, okta.url);
    await page.goto(`/login?next=${encodeURIComponent(acme.path('/settings/members'))}`);
    await hydrated(page);
    const service = page.getByRole('link', { name: 'Continue with Okta' });
    await page.getByLabel('Email').fill('ada@elsewhere.test');
    await expect(service).toBeHidden();
    const { email } = acme.person('member');
    await page.getByLabel('Email').fill(email);
    await expect(service).toBeVisible();
    // The password stays a way in while the service is not required.
    await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
    await accessible(page);
    await service.click();
    await expect(page).toHaveURL(new RegExp(acme.path('/settings/members')));
    expect(okta.seen).toEqual([email]);
  });
});

test('a required service replaces the password, with a way back', async ({ acme, page }) => {
  await withIssuer(async (okta) => {
    const owner = await acme.page('owner', '/settings/identity');
    await add(owner, acme, okta.url);
    const dialog = owner.getByRole('dialog', { name: 'Sign-in service' });
    await dialog.getByLabel('Required for these domains').check();
    await dialog.getByRole('button', { name: 'Save service' }).click();
    await expect(owner.locator('[data-provider="Okta"]')).toContainText('Required');

    await page.goto('/login');
    await hydrated(page);
    const password = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Email').fill(acme.person('admin').email);
    await expect(page.getByRole('link', { name: 'Continue with Okta' })).toBeVisible();
    await expect(password).toBeHidden();
    await accessible(page);
    await page.getByRole('link', { name: 'Use a password instead' }).click();
    await password.fill('correct horse battery staple 42');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('Your organization asks you to sign in with Okta.');

    // Enter in the address goes on with the service.
    await page.goto('/login');
    await hydrated(page);
    await page.getByLabel('Email').fill(acme.person('admin').email);
    await expect(password).toBeHidden();
    await page.getByLabel('Email').press('Enter');
    await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
  });
});

test('a10_19 the service is found without JavaScript too', async ({ acme, browser }) => {
  await withIssuer(async (okta) => {
    const owner = await acme.page('owner', '/settings/identity');
    await add(owner, acme, okta.url);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const { email } = acme.person('member');
    await page.goto('/login');
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Sign in with my organization' }).click();
    await expect(page.getByLabel('Email')).toHaveValue(email);
    await expect(page.getByText('Continue with Okta, or enter your password.')).toBeVisible();

    // Required: the password is not even asked for.
    const dialog = owner.getByRole('dialog', { name: 'Sign-in service' });
    await dialog.getByLabel('Required for these domains').check();
    await dialog.getByRole('button', { name: 'Save service' }).click();
    await expect(owner.locator('[data-provider="Okta"]')).toContainText('Required');
    await page.getByRole('button', { name: 'Sign in with my organization' }).click();
    await expect(page.getByLabel('Password', { exact: true })).toBeHidden();
    await expect(page.getByRole('alert')).toBeHidden();
    await page.getByRole('link', { name: 'Use a password instead' }).click();
    await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
    await expect(page.getByLabel('Email')).toHaveValue(email);
    await page.goBack();
    await page.getByRole('link', { name: 'Continue with Okta' }).click();
    await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
    await context.close();
  });
});

test('the administrator of the installation adds a service for everybody', async ({ adminPage, acme, browser }) => {
  await withIssuer(async (okta) => {
    const name = `Company ${acme.slug}`;
    await adminPage.goto('/admin/identity');
    await hydrated(adminPage);
    await adminPage.getByRole('button', { name: 'Add service' }).click();
    const dialog = adminPage.getByRole('dialog', { name: 'Sign-in service' });
    await expect(dialog.getByLabel('New people of these domains join')).toBeHidden();
    await fill(dialog, name, okta.url);
    await dialog.getByRole('button', { name: 'Add service' }).click();
    await expect(dialog.getByLabel('Callback address')).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const row = adminPage.locator(`[data-provider="${name}"]`);
    await expect(row).toContainText('Everybody');

    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto('/login');
    await expect(page.getByRole('link', { name: `Continue with ${name}` })).toBeVisible();
    await context.close();

    await row.getByRole('button', { name: `Actions for ${name}` }).click();
    await adminPage.getByRole('menuitem', { name: 'Remove' }).click();
    await adminPage.getByRole('dialog', { name: `Remove ${name}?` }).getByRole('button', { name: 'Remove service' }).click();
    await expect(row).toBeHidden();

    // What administrators do stands in the log of the installation.
    await adminPage.goto('/admin/audit?action=identity_provider.');
    await hydrated(adminPage);
    const table = adminPage.getByRole('table', { name: 'Audit log' });
    await expect(table.getByRole('link', { name: 'identity_provider.delete' }).first()).toBeVisible();
    await table.getByRole('link', { name: 'identity_provider.create' }).first().click();
    await expect(adminPage.getByRole('complementary', { name: 'identity_provider.create' })).toContainText('secret_changed');
    await adminPage.keyboard.press('Escape');
    await adminPage.getByRole('button', { name: 'Verify chain' }).click();
    await expect(adminPage.getByText('The log is whole')).toBeVisible();
  });
});
