/** The GitHub App of an organization, against a GitHub of the test's own. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessible, expect, project, test } from '../support';

/** A GitHub that knows one app, installed on the account `acme`. Its page of installation goes back at once. */
async function hub(back: string): Promise<{ server: Server; url: string }> {
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', `http://${asked.headers.host}`);
    const json = (status: number, body: unknown) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/apps/millrace/installations/new') {
      answer.writeHead(302, { location: `${back}?installation_id=7&setup_action=install&state=${url.searchParams.get('state')}` }).end();
    } else if (!asked.headers.authorization?.startsWith('Bearer ey')) {
      json(401, { message: 'A JSON web token could not be decoded' });
    } else if (url.pathname === '/api/v3/app') {
      json(200, { name: 'Millrace of Acme', html_url: `http://${asked.headers.host}/apps/millrace` });
    } else if (url.pathname === '/api/v3/app/installations/7') {
      json(200, { id: 7, account: { login: 'acme', type: 'Organization' }, permissions: { contents: 'read' }, suspended_at: null });
    } else if (url.pathname === '/api/v3/app/installations/7/access_tokens' && asked.method === 'POST') {
      json(201, { token: 'ghs_pass', expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    } else {
      json(404, { message: 'Not Found' });
    }
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a GitHub App is registered, installed on an account and offered as a way in', async ({ acme, baseURL }) => {
  const { server, url } = await hub(`${baseURL}/api/integrations/github/callback`);
  try {
    const page = await project(acme, '/settings/integrations');
    const card = page.locator('section.card', { has: page.getByRole('heading', { name: 'GitHub App' }) });
    await expect(card.getByText('Not registered')).toBeVisible();
    await card.getByRole('button', { name: 'Register' }).click();
    await card.getByLabel('App ID').fill('123');
    await card.getByLabel('Private key').fill('not a key');
    await card.getByLabel('Server').fill(url);
    await accessible(page);
    await card.getByRole('button', { name: 'Register' }).last().click();
    await expect(card.getByText(/no private key of a GitHub App/)).toBeVisible();
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await card.getByLabel('Private key').fill(pair.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string);
    await card.getByRole('button', { name: 'Register' }).last().click();
    await expect(card.getByText('Not installed yet')).toBeVisible();
    await expect(card.getByText('Millrace of Acme')).toBeVisible();

    await card.getByRole('link', { name: 'Install on an account' }).click();
    await expect(page).toHaveURL(/settings\/integrations$/);
    await expect(card.getByRole('list', { name: 'Accounts' }).getByText('acme')).toBeVisible();
    // What brought it back is used up.
    const again = await page.request.get('/api/integrations/github/callback?installation_id=7&state=x');
    expect(again.status()).toBe(410);

    await page.goto(acme.path('/factory/web-shop/code'));
    await page.getByRole('button', { name: 'Connect a repository' }).click();
    const dialog = page.getByRole('dialog', { name: 'Connect a repository' });
    await dialog.getByLabel('Where it is').selectOption('github');
    await dialog.getByLabel('Way in').selectOption({ label: 'GitHub App, installed on acme' });
    await expect(dialog.getByLabel('Access token')).toHaveCount(0);

    // Who does not manage the factory sees it, and changes nothing.
    const cleo = await acme.page('member', '/factory/web-shop/settings/integrations');
    await expect(cleo.getByText('Millrace of Acme')).toBeVisible();
    await expect(cleo.getByRole('link', { name: 'Install on an account' })).toHaveCount(0);
  } finally {
    server.close();
  }
});
