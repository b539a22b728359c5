/** MCP: the dialog that sets a coding tool up, and the board that moves while the tool works. */
import type { APIRequestContext } from '@playwright/test';
import { accessible, expect, hydrated, project, sql, test } from '../support';

/** A tool call over HTTP, as coding tools make it. */
async function call(tool: APIRequestContext, name: string, args: object) {
  const answer = await tool.post('/api/mcp', {
    headers: { Accept: 'application/json, text/event-stream', 'MCP-Protocol-Version': '2025-06-18' },
    data: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
  });
  expect(answer.status()).toBe(200);
  return (await answer.json()).result;
}

test('a20_13 an open board moves while a coding tool starts a work order', async ({ acme, playwright, baseURL }) => {
  const page = await project(acme, '/planner?view=status');
  await sql(
    `insert into factory.work_orders (organization_id, project_id, number, title, status, sort_order, assignee_ids)
     select p.organization_id, p.id, 1, 'Passkeys', 'ready', 1024, array[m.user_id]
     from factory.projects p join core.memberships m on m.org_id = p.organization_id and m.role = 'owner'
     where p.organization_id = :'org'`,
    { org: acme.id },
  );
  await page.reload();
  await hydrated(page);
  const lane = (name: string) => page.getByRole('region', { name });
  await expect(lane('Ready').getByText('Passkeys')).toBeVisible();

  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'MCP setup' }).click();
  const dialog = page.getByRole('dialog', { name: 'MCP setup' });
  await expect(dialog.getByText('No tool has a key of this project yet.')).toBeVisible();
  await expect(dialog.getByText('update_work_order_status')).toBeVisible();
  await accessible(page);
  await dialog.getByLabel('Name of the key').fill('My tool');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const secret = await dialog.getByLabel('My tool', { exact: true }).inputValue();
  expect(secret).toMatch(/^of-key-[0-9a-f]{48}$/);
  await expect(dialog.getByRole('region', { name: 'mcp.json' })).toContainText(`Bearer ${secret}`);
  await expect(dialog.locator('.keys > li')).toContainText('Never used');
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  const tool = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  const { workOrders } = (await call(tool, 'list_work_orders', {})).structuredContent;
  expect(workOrders).toMatchObject([{ key: 'WO-1', title: 'Passkeys', status: 'ready' }]);
  const read = await call(tool, 'get_work_order', { workOrderId: workOrders[0].id });
  expect(read.structuredContent).toMatchObject({ title: 'Passkeys', nextStatuses: ['backlog', 'in_progress'] });
  const moved = await call(tool, 'update_work_order_status', { workOrderId: workOrders[0].id, status: 'in_progress' });
  expect(moved.structuredContent).toEqual({ success: true, workOrderId: workOrders[0].id, previousStatus: 'ready', newStatus: 'in_progress' });
  // Nobody touched the page.
  await expect(lane('In progress').getByText('Passkeys')).toBeVisible();

  // The key is not shown again; it was used, and ends when revoked.
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'MCP setup' }).click();
  const row = dialog.locator('.keys > li');
  await expect(row).toContainText('Used');
  await expect(dialog).not.toContainText(secret);
  await row.getByRole('button', { name: 'Revoke My tool' }).click();
  await row.getByRole('button', { name: 'Revoke now' }).click();
  await expect(dialog.getByText('No tool has a key of this project yet.')).toBeVisible();
  expect((await tool.post('/api/mcp', { data: { jsonrpc: '2.0', id: 1, method: 'ping' } })).status()).toBe(401);
  await tool.dispose();
});

test('whoever does not manage keys reads how MCP works and whom to ask', async ({ acme }) => {
  await project(acme);
  const page = await acme.page('member', '/factory/web-shop/planner?mcp=1');
  const dialog = page.getByRole('dialog', { name: 'MCP setup' });
  await expect(dialog.getByText('Keys are made by owners and admins of the organization.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Create key' })).toHaveCount(0);
  await accessible(page);
});

test('the API describes itself on a page without script, linked from the keys', async ({ acme }) => {
  const page = await acme.page('owner', '/settings/keys');
  await page.getByRole('link', { name: 'What the API can do' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'API' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 2, name: 'Planner' })).toBeVisible();
  await page.getByLabel('Search the endpoints').fill('work-orders reorder');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.locator('details')).toHaveCount(1);
  await page.locator('summary').click();
  await expect(page.getByText('curl -X POST')).toBeVisible();
  await accessible(page);
  await page.goto('/api/docs');
  await accessible(page);
  const document = await (await page.request.get('/api/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
});
