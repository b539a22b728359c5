import { expect, hydrated, linkIn, mailTo, password, test } from '../support';

test('a10_09 an invited colleague joins in a second browser and the list updates by itself', async ({ acme, browser }) => {
  const owner = await acme.page('owner', '/settings/members');
  const email = `bea-${Date.now().toString(36)}@x.test`;
  await owner.getByRole('button', { name: 'Invite' }).click();
  await owner.getByLabel('Email').fill(email);
  await owner.getByRole('button', { name: 'Send invitation' }).click();
  const row = owner.getByRole('listitem').filter({ hasText: email });
  await expect(row).toContainText('Pending, expires in 7 days');

  const other = await browser.newContext();
  const page = await other.newPage();
  await page.goto(linkIn(await mailTo(email)));
  await hydrated(page);
  await expect(page.getByRole('heading', { name: `Join ${acme.name}` })).toBeVisible();
  await expect(page.getByText(`${acme.person('owner').name} invites ${email} to join as member.`)).toBeVisible();
  await page.getByLabel('Your name').fill('Bea Invited');
  await page.getByLabel('Choose a password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${acme.slug}`));

  // No reload: the owner's list hears of it.
  await expect(row).toContainText('Active');
  await expect(row).toContainText('Bea Invited');
  await other.close();
});

test('a10_10 the last owner cannot leave', async ({ acme }) => {
  const page = await acme.page('owner', '/settings/members');
  const name = acme.person('owner').name;
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Leave the organization' }).click();
  await page.getByRole('dialog', { name: 'Leave this organization?' }).getByRole('button', { name: 'Leave' }).click();
  await expect(page.locator('.toast')).toContainText(/owner/);
  await page.reload();
  await expect(page.getByRole('listitem').filter({ hasText: acme.person('owner').email })).toContainText('Owner');
});

test('a10_11 an API key is shown once, calls, and ends when revoked', async ({ acme, playwright, baseURL }) => {
  const page = await acme.page('owner', '/settings/keys');
  await page.getByRole('button', { name: 'Create API key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Robot');
  await dialog.getByRole('button', { name: 'Create API key' }).click();
  await expect(dialog.getByText('Choose at least one scope.')).toBeVisible();
  await dialog.getByLabel('org:read').check();
  await dialog.getByRole('button', { name: 'Create API key' }).click();
  const secret = await dialog.getByLabel('Robot', { exact: true }).inputValue();
  expect(secret).toMatch(/^okey_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.locator('.keys > li');
  await expect(row).toContainText(secret.slice(0, 13));
  await expect(row).not.toContainText(secret);

  const robot = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  expect((await robot.get(`/api/organizations/${acme.id}`)).status()).toBe(200);
  await row.getByRole('button', { name: 'Revoke Robot' }).click();
  await page.getByRole('dialog', { name: 'Revoke Robot?' }).getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  expect((await robot.get(`/api/organizations/${acme.id}`)).status()).toBe(401);
  await robot.dispose();
});

test('a secret is kept, shows its last four characters only, and can be forgotten', async ({ acme }) => {
  const page = await acme.page('admin', '/settings/secrets');
  await page.getByRole('button', { name: 'Set a secret' }).click();
  await page.getByLabel('Service', { exact: true }).selectOption('openai');
  await page.getByLabel('Secret', { exact: true }).fill('sk-test-0123456789abcd');
  await page.getByRole('button', { name: 'Keep secret' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'OpenAI' });
  await expect(row).toContainText('••••abcd');
  expect(await page.content()).not.toContain('sk-test-0123456789');
  await row.getByRole('button', { name: 'Actions for OpenAI' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No secret yet')).toBeVisible();
});

test('the audit log filters by its address, opens a line, and proves its chain', async ({ acme }) => {
  const keys = await acme.page('owner', '/settings/secrets');
  await keys.getByRole('button', { name: 'Set a secret' }).click();
  await keys.getByLabel('Service', { exact: true }).selectOption('slack');
  await keys.getByLabel('Secret', { exact: true }).fill('xoxb-0123456789');
  await keys.getByRole('button', { name: 'Keep secret' }).click();
  await expect(keys.getByText('••••6789')).toBeVisible();

  const page = await acme.page('owner', '/settings/audit');
  await page.getByRole('searchbox', { name: /Action/ }).fill('secret.');
  await expect(page).toHaveURL(/action=secret\./);
  const table = page.getByRole('table', { name: 'Audit log' });
  await expect(table.getByRole('row')).toHaveCount(2);
  await table.getByRole('link', { name: 'secret.set' }).click();
  const drawer = page.getByRole('complementary', { name: 'secret.set' });
  await expect(drawer).toContainText('slack');
  expect(await drawer.innerText()).not.toContain('xoxb');
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();

  await page.getByRole('button', { name: 'Verify chain' }).click();
  await expect(page.getByText('The log is whole')).toBeVisible();
  const csv = await page.request.get((await page.getByRole('link', { name: 'CSV' }).getAttribute('href'))!);
  expect(csv.status()).toBe(200);
  const lines = (await csv.text()).trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('secret.set');
});

test('two owners of the settings do not overwrite each other', async ({ acme }) => {
  const [a, b] = await acme.twoWindows('/settings/general');
  await a.getByLabel('Name', { exact: true }).fill('First Works');
  await a.getByRole('button', { name: 'Save settings' }).click();
  await expect(a.locator('.toast')).toContainText('Settings saved');
  await b.getByLabel('Name', { exact: true }).fill('Second Works');
  await b.getByRole('button', { name: 'Save settings' }).click();
  await expect(b.getByText('Someone else saved these settings meanwhile')).toBeVisible();
  await expect(b.getByText(/Theirs: First Works .* Yours: Second Works/)).toBeVisible();
  await b.getByRole('button', { name: 'Keep mine, then save' }).click();
  await b.getByRole('button', { name: 'Save settings' }).click();
  await expect(b.locator('.toast')).toContainText('Settings saved');
});
