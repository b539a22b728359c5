import { admin, expect, hydrated, linkIn, mailTo, password, signIn, test, totp } from '../support';

/** An address nobody has. */
function someone(name: string): string {
  return `${name}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}@a.test`;
}

test('a10_02 a new person signs up, finds the link in the mailbox and opens the organization', async ({ page, adminPage }) => {
  const email = someone('ada');
  await page.goto('/signup');
  await hydrated(page);
  await page.getByLabel('Your name').fill('Ada Adams');
  await page.getByLabel('Work email').fill(email);
  await page.getByLabel('Organization').fill('Adams Works');
  await page.getByLabel('Password', { exact: true }).fill('password12345');
  await expect(page.getByRole('meter', { name: 'Strength' })).toBeVisible();
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();

  const mail = await mailTo(email);
  await adminPage.goto(`/admin/mailbox?q=${encodeURIComponent(email)}`);
  await hydrated(adminPage);
  await adminPage.getByRole('link', { name: mail.subject }).click();
  const drawer = adminPage.getByRole('complementary', { name: mail.subject });
  await expect(drawer.getByText('Not sent outside this machine.')).toBeVisible();
  await expect(drawer.getByRole('link', { name: /\/verify\// })).toBeVisible();
  await drawer.getByRole('tab', { name: 'As it looks' }).click();
  // The frame of a mail runs no script, so nothing can look around in it: what it is given is looked at.
  await expect(drawer.locator('iframe')).toHaveAttribute('srcdoc', /\/verify\//);
  await adminPage.keyboard.press('Escape');
  await expect(drawer).toBeHidden();

  await page.goto(linkIn(mail));
  await hydrated(page);
  await page.getByRole('button', { name: 'Confirm and open' }).click();
  await expect(page).toHaveURL(/\/o\/adams-works/);

  // The link worked once.
  await page.goto(linkIn(mail));
  await expect(page.getByRole('button', { name: 'Send a new one' })).toBeVisible();
});

test('a lost password is replaced by a link, the same sentence for everybody', async ({ page, acme }) => {
  const { email } = acme.person('member');
  for (const address of [someone('nobody'), email]) {
    await page.goto('/forgot');
    await hydrated(page);
    await page.getByLabel('Email').fill(address);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await expect(page.getByText('If there is an account with this address, a link is on its way.')).toBeVisible();
  }
  await page.goto(linkIn(await mailTo(email)));
  await hydrated(page);
  await page.getByLabel('New password', { exact: true }).fill('quiet harbour lantern 77');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('quiet harbour lantern 77');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
});

test('a10_13 a revoked session ends with its next click', async ({ acme, browser }) => {
  const a = await acme.context('owner');
  const b = await browser.newContext();
  await signIn(b, acme.person('owner').email);
  const second = await b.newPage();
  await second.goto(acme.path('/settings/general'));
  await hydrated(second);

  const first = await a.newPage();
  await first.goto('/account/security');
  await hydrated(first);
  const sessions = first.locator('.sessions > li');
  await expect(sessions).toHaveCount(2);
  await sessions.filter({ hasNotText: 'This one' }).getByRole('button', { name: 'Revoke' }).click();
  await expect(sessions).toHaveCount(1);

  await second.getByRole('link', { name: 'Members' }).first().click();
  await expect(second).toHaveURL(/\/login/);
  await b.close();
});

test('a10_19 sign-up, sign-in and invitation work without JavaScript and by keyboard', async ({ acme, browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const keys = page.keyboard;

  await page.goto('/signup');
  await expect(page.getByLabel('Your name')).toBeFocused();
  await keys.type('Noa Script');
  await keys.press('Tab');
  await keys.type(someone('noa'));
  await keys.press('Tab');
  await keys.type('Plain Forms');
  await keys.press('Tab');
  await keys.type('short');
  await keys.press('Enter');
  // What was typed is still there, the error stands beside its field.
  await expect(page.getByLabel('Your name')).toHaveValue('Noa Script');
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Password', { exact: true }).focus();
  await keys.type(password);
  await keys.press('Enter');
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();

  await page.goto('/login');
  await expect(page.getByLabel('Email')).toBeFocused();
  await keys.type(acme.person('owner').email);
  await keys.press('Tab');
  await keys.type('not the password');
  await keys.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue(acme.person('owner').email);
  await page.getByLabel('Password', { exact: true }).focus();
  await keys.type(password);
  await keys.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
  await context.clearCookies();

  const owner = await acme.page('owner', '/settings/members');
  const email = someone('dee');
  await owner.getByRole('button', { name: 'Invite' }).click();
  await owner.getByLabel('Email').fill(email);
  await owner.getByRole('button', { name: 'Send invitation' }).click();
  await page.goto(linkIn(await mailTo(email)));
  await expect(page.getByRole('heading', { name: `Join ${acme.name}` })).toBeVisible();
  await expect(page.getByLabel('Your name')).toBeFocused();
  await keys.type('Dee Plain');
  await keys.press('Tab');
  await keys.type(password);
  await keys.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
  await context.close();
});

test('b10_01 a passkey is added and then signs in alone', async ({ acme }) => {
  const page = await acme.page('member', '');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto('/account/security');
  await hydrated(page);
  await page.getByRole('button', { name: 'Add passkey' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
  await dialog.getByLabel('Name').fill('Test key');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  // The first factor comes with recovery codes, shown once.
  const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
  await expect(codes).toBeVisible();
  await codes.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByText('Test key')).toBeVisible();

  await page.locator('[popovertarget="person-menu"]').click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await hydrated(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
});

test('a10_05 an authenticator app is set up and asked for at the next sign-in', async ({ acme, page }) => {
  const mine = await acme.page('admin', '');
  await mine.goto('/account/security');
  await hydrated(mine);
  await mine.getByRole('button', { name: 'Set up' }).click();
  const dialog = mine.getByRole('dialog', { name: 'Set up an authenticator app' });
  const key = (await dialog.getByLabel('Key', { exact: true }).inputValue()).replaceAll(' ', '');
  await dialog.getByLabel('Code from the app').fill(await totp(key));
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  const shown = mine.getByRole('dialog', { name: 'Your recovery codes' });
  const codes = (await shown.locator('code').first().innerText()).trim().split(/\s+/);
  expect(codes).toHaveLength(10);

  await page.goto('/login');
  await hydrated(page);
  await page.getByLabel('Email').fill(acme.person('admin').email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/login\/mfa/);
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.getByLabel('Code').fill(codes[0]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));
});

test('the administrator of the tests is who set the installation up', async ({ adminPage }) => {
  await adminPage.goto('/account');
  await expect(adminPage.getByRole('main').getByText(admin.email)).toBeVisible();
});
