/** The assistant: asked on its page and beside others; what it proposes happens by Approve alone. Built-in: no model is configured. */
import { accessible, expect, feature, hydrated, project, sql, test } from '../support';

test('a20_21 the built-in assistant answers with a link, proposes a work order, and Approve makes it once', async ({ acme }) => {
  const page = await project(acme);
  await feature(page, acme, 'Gift wrapping');
  await page.goto(acme.path('/factory/web-shop/chat'));
  await hydrated(page);
  await expect(page.getByRole('button', { name: 'Built-in assistant' })).toBeVisible();
  await expect(page.getByText('Ask about requirements')).toBeVisible();
  await accessible(page);

  const log = page.getByRole('log', { name: 'Conversation' });
  await page.getByLabel('Message').fill('List all features');
  await page.getByLabel('Message').press('Enter');
  await expect(log.getByRole('link', { name: 'Gift wrapping' })).toHaveAttribute('href', acme.path('/factory/web-shop/features/F-001'));
  await expect(log.getByText('Built-in assistant: rules and search')).toBeVisible();
  // The talk has an address, and is in the list.
  await expect(page).toHaveURL(/\/chat\?c=[0-9a-f-]{36}$/);
  await expect(page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /List all features/ })).toBeVisible();

  await page.getByRole('navigation', { name: 'Which assistant' }).getByRole('link', { name: 'Planner' }).click();
  await expect(page.getByText('Ask about the plan')).toBeVisible();
  await page.getByLabel('Message').fill('Create a work order titled “Wrap gifts”');
  await page.getByRole('button', { name: 'Send' }).click();
  const card = log.getByRole('region', { name: 'Proposal: Create work order “Wrap gifts”' });
  await expect(card.getByText('Waits for you')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  const orders = async () => (await sql("select count(*) from factory.work_orders where organization_id = :'org'", { org: acme.id })).trim();
  expect(await orders()).toBe('0');
  await accessible(page);
  await card.getByRole('button', { name: 'Approve' }).click();
  const done = log.getByRole('region', { name: /^Proposal: Created WO-1/ });
  await expect(done.getByText('Approved', { exact: true })).toBeVisible();
  await expect(done.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  expect(await orders()).toBe('1');
  await done.getByRole('link', { name: 'Open' }).click();
  await expect(page.getByRole('complementary').getByText('Wrap gifts').first()).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/planner'));
  await expect(page.getByRole('row').filter({ hasText: 'Wrap gifts' })).toBeVisible();
});

test('a rejected proposal changes nothing, and is still there after a reload', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/chat?kind=refinery'));
  await hydrated(page);
  await page.getByLabel('Message').fill('Create feature “Never built”');
  await page.getByRole('button', { name: 'Send' }).click();
  const card = page.getByRole('region', { name: 'Proposal: Create feature “Never built”' });
  await card.getByRole('button', { name: 'Reject' }).click();
  await expect(card.getByText('Rejected', { exact: true })).toBeVisible();
  await page.reload();
  await expect(card.getByText('Rejected', { exact: true })).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/features'));
  await expect(page.getByText('Never built')).toHaveCount(0);

  // Nobody else sees the talk.
  const member = await acme.page('member', '/factory/web-shop/chat');
  await expect(member.getByText('No conversations yet')).toBeVisible();
});

test('beside a page the assistant knows what is open; a conversation can be deleted', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/planner'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  const panel = page.getByRole('complementary', { name: 'Assistant' });
  await expect(panel.getByLabel('Message')).toBeFocused();
  await panel.getByRole('button', { name: 'Which work orders are open?' }).click();
  await expect(panel.getByText('There is none yet.')).toBeVisible();
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();

  await page.goto(acme.path('/factory/web-shop/chat'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Delete Which work orders are open?' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No conversations yet')).toBeVisible();
});

test('the page works on a phone', async ({ acme }) => {
  const page = await project(acme);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(acme.path('/factory/web-shop/chat?kind=validator'));
  await hydrated(page);
  await page.getByRole('button', { name: 'Conversations' }).click();
  await expect(page.getByText('No conversations yet')).toBeVisible();
  await page.getByLabel('Message').fill('help');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByRole('log').getByText('I find passages in this project')).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide).toBe(false);
});
