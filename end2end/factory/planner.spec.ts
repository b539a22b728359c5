/** The plan and its proof: work orders as table and boards, their drawer, test runs and cases, in the browsers of two people. */
import type { Page } from '@playwright/test';
import { accessible, expect, hydrated, project, sql, test, type Organization } from '../support';

const plan = (acme: Organization, view = ''): Promise<Page> => project(acme, `/planner${view}`);

async function write(page: Page, title: string, status = 'backlog'): Promise<void> {
  await page.getByRole('button', { name: 'New work order' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New work order' });
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Status').selectOption(status);
  await dialog.getByRole('button', { name: 'Create work order' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { level: 3, name: title })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 3, name: title })).toBeHidden();
}

/** Work orders by the hundred, past the screens. */
async function many(acme: Organization, n: number): Promise<void> {
  await sql(
    `insert into factory.work_orders (organization_id, project_id, number, title, status, sort_order)
     select p.organization_id, p.id, i, 'Work order ' || i, case when i % 20 = 0 then 'ready' else 'backlog' end, i * 1024
     from factory.projects p, generate_series(1, ${n}) i where p.organization_id = :'org'`,
    { org: acme.id },
  );
}

const lane = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const card = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title });

test('a plan starts empty, takes a work order and shows it beside the list', async ({ acme }) => {
  const page = await plan(acme);
  await expect(page.getByText('No work orders yet')).toBeVisible();
  await accessible(page);
  await write(page, 'Login form', 'ready');
  const row = page.getByRole('row').filter({ hasText: 'Login form' });
  await expect(row).toContainText('WO-1');
  await row.getByRole('link', { name: 'Login form' }).click();
  await expect(page).toHaveURL(/planner\/1$/);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('button', { name: 'Send to review' })).toBeVisible();
  await page.getByLabel('New work item').fill('Labels');
  await page.getByRole('button', { name: 'Add', exact: true }).first().click();
  await expect(page.getByText('0 of 1')).toBeVisible();
  await accessible(page);
  // By keyboard from another page of the project: G P to the plan, Ctrl+K to what is searched and to what can be created.
  await page.goto(acme.path('/factory/web-shop/tests'));
  await hydrated(page);
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await expect(page).toHaveURL(/web-shop\/planner$/);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('wo-1');
  await palette.getByRole('option', { name: /Login form/ }).click();
  await expect(page).toHaveURL(/planner\/1$/);
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').fill('new work order');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'New work order' })).toBeVisible();
});

test('a20_05 a forbidden drop snaps back with the reason', async ({ acme }) => {
  const page = await plan(acme, '?view=status');
  await write(page, 'Login form');
  await card(page, 'Login form').dragTo(lane(page, 'Done'));
  await expect(page.getByText('Backlog cannot become done. It can become ready.')).toBeVisible();
  await expect(lane(page, 'Backlog').getByText('Login form')).toBeVisible();
  await card(page, 'Login form').dragTo(lane(page, 'Ready'));
  await expect(lane(page, 'Ready').getByText('Login form')).toBeVisible();
});

test('a20_07 a card stays where it was put, by mouse and by keyboard', async ({ acme }) => {
  const page = await plan(acme, '?view=status');
  await many(acme, 4);
  await page.reload();
  await hydrated(page);
  const order = () => lane(page, 'Backlog').getByRole('link').allTextContents();
  await expect.poll(order).toEqual(['Work order 1', 'Work order 2', 'Work order 3', 'Work order 4']);
  await card(page, 'Work order 4').dragTo(card(page, 'Work order 2'), { targetPosition: { x: 20, y: 4 } });
  await expect.poll(order).toEqual(['Work order 1', 'Work order 4', 'Work order 2', 'Work order 3']);
  // Nothing is sent before it is put down; Escape gives it back.
  await card(page, 'Work order 3').focus();
  for (const key of ['Space', 'ArrowUp', 'ArrowUp', 'Escape']) await page.keyboard.press(key);
  await expect.poll(order).toEqual(['Work order 1', 'Work order 4', 'Work order 2', 'Work order 3']);
  for (const key of ['Space', 'ArrowUp', 'Space']) await page.keyboard.press(key);
  await expect.poll(order).toEqual(['Work order 1', 'Work order 4', 'Work order 3', 'Work order 2']);
  await expect.poll(() => sql(`select string_agg(number || ':' || sort_order, ' ' order by sort_order) from factory.work_orders where organization_id = :'org'`, { org: acme.id }))
    .toBe('1:1024 4:1536 3:1792 2:2048');
  await page.reload();
  await expect.poll(order).toEqual(['Work order 1', 'Work order 4', 'Work order 3', 'Work order 2']);
});

test('a20_06 a person overrides a blocker, and the history says so', async ({ acme }) => {
  const page = await plan(acme);
  await write(page, 'First');
  await write(page, 'Second', 'ready');
  await page.getByRole('link', { name: 'Second' }).click();
  await page.getByLabel('Has to wait for').fill('WO-1');
  await page.getByRole('button', { name: 'Add', exact: true }).last().click();
  await expect(page.getByRole('button', { name: 'No longer wait for WO-1' })).toBeVisible();
  await page.getByRole('button', { name: 'Start' }).click();
  const dialog = page.getByRole('dialog', { name: 'Something stands in the way' });
  await expect(dialog).toContainText('WO-2 waits for WO-1, which is not done.');
  await dialog.getByRole('button', { name: 'Go on anyway' }).click();
  await expect(page.getByText('in spite of what stood in the way')).toBeVisible();
  // The reverse would let both wait for each other.
  await page.getByRole('link', { name: /WO-1/ }).last().click();
  await expect(page.getByText('Waiting for this')).toBeVisible();
  await page.getByLabel('Has to wait for').fill('WO-2');
  await page.getByRole('button', { name: 'Add', exact: true }).last().click();
  await expect(page.getByRole('status').or(page.getByRole('alert')).filter({ hasText: /wait for each other|circle|cycle/ }).first()).toBeVisible();
});

test('what one person moves shows on the open board of the other', async ({ acme }) => {
  const first = await plan(acme, '?view=status');
  await write(first, 'Login form');
  const [ada, bea] = await acme.twoWindows('/factory/web-shop/planner?view=status');
  await expect(lane(bea, 'Backlog').getByText('Login form')).toBeVisible();
  await card(ada, 'Login form').focus();
  await ada.keyboard.press('Space');
  await ada.keyboard.press('ArrowRight');
  await ada.keyboard.press('Space');
  await expect(lane(bea, 'Ready').getByText('Login form')).toBeVisible();
});

test('a board of 2,000 draws only the cards in sight and drags one', async ({ acme }) => {
  const page = await plan(acme, '?view=status');
  await many(acme, 2000);
  await page.reload();
  await expect(lane(page, 'Backlog').getByText('1900')).toBeVisible();
  expect(await page.locator('.bcard').count()).toBeLessThan(400);
  await hydrated(page);
  const list = lane(page, 'Backlog').getByRole('list');
  await list.evaluate((element) => { element.scrollTop = element.scrollHeight / 2; });
  await expect(card(page, 'Work order 1001')).toBeVisible();
  expect(await page.locator('.bcard').count()).toBeLessThan(400);
  await card(page, 'Work order 1001').dragTo(lane(page, 'Ready'));
  await expect(lane(page, 'Ready').locator('.count')).toHaveText('101');
  // What was moved is read again: the lane stays where it was scrolled to.
  await expect.poll(() => sql(`select status from factory.work_orders where organization_id = :'org' and number = 1001`, { org: acme.id })).toBe('ready');
  await expect(card(page, 'Work order 1003').or(card(page, 'Work order 1002')).first()).toBeInViewport();
  await expect(list).not.toHaveJSProperty('scrollTop', 0);
});

test('phases have their board, and several work orders move at once', async ({ acme }) => {
  const page = await plan(acme);
  await write(page, 'One');
  await write(page, 'Two');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Phases' }).click();
  const dialog = page.getByRole('dialog', { name: 'Phases' });
  await dialog.getByLabel('New phase').fill('Alpha');
  await dialog.getByRole('button', { name: 'Add phase' }).click();
  await expect(dialog.getByText('0 of 0')).toBeVisible();
  await page.keyboard.press('Escape');
  for (const title of ['One', 'Two']) {
    await page.getByRole('row').filter({ hasText: title }).getByRole('checkbox').check();
  }
  await page.getByRole('button', { name: 'Phase', exact: true }).last().click();
  await page.getByRole('menuitem', { name: 'Alpha' }).click();
  await expect(page.getByText('2 work orders changed')).toBeVisible();
  await page.getByRole('link', { name: 'Phases' }).click();
  await expect(lane(page, /Alpha/).getByRole('listitem')).toHaveCount(2);
});

test('b20_02 a filter is saved under a name and opened again', async ({ acme }) => {
  const page = await plan(acme, '?status=ready');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save this view' });
  await dialog.getByLabel('Name').fill('Ready ones');
  await dialog.getByLabel('Who sees it').selectOption('team');
  await dialog.getByRole('button', { name: 'Save view' }).click();
  const bea = await acme.page('admin', '/factory/web-shop/planner');
  await bea.getByRole('button', { name: 'Views' }).click();
  await bea.getByRole('menuitem', { name: 'Ready ones', exact: true }).click();
  await expect(bea).toHaveURL(/status=ready/);
});

test('a20_16 a JUnit report by drop counts and opens its run', async ({ acme }) => {
  await plan(acme);
  const page = await acme.page('owner', '/factory/web-shop/tests');
  await expect(page.getByText('No test runs yet')).toBeVisible();
  await expect(page.getByText('--data-binary @junit.xml')).toBeVisible();
  await accessible(page);
  const results = [...Array(25).keys()].map((n) => (n < 18 ? `<testcase name='t${n}'/>` : n < 20 ? `<testcase name='t${n}'><failure message='no'/></testcase>` : `<testcase name='t${n}'><skipped/></testcase>`));
  await page.getByRole('button', { name: 'Upload results' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Upload results' });
  await dialog.locator('input[type=file]').setInputFiles({ name: 'junit.xml', mimeType: 'application/xml', buffer: Buffer.from(`<testsuite>${results.join('')}</testsuite>`) });
  await expect(dialog.getByText('90 % passed')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: '18 passed, 2 failed, 5 skipped' }).click();
  await page.getByRole('button', { name: 'Add as optional cases' }).click();
  await expect(page.getByText('25 test cases added')).toBeVisible();
  await accessible(page);
});

test('b20_01 the matrix shows gaps in red, and a person says what covers', async ({ acme }) => {
  const page = await plan(acme);
  await page.goto(acme.path('/factory/web-shop/features?import=1'));
  const dialog = page.getByRole('dialog', { name: 'Import features' });
  await dialog.getByLabel('Or paste it').fill(JSON.stringify([{ id: 'A-1', name: 'Sign in', criteria: ['Right password'] }]));
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByRole('button', { name: /^Import \d/ }).click();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  await page.goto(acme.path('/factory/web-shop/planner?view=coverage'));
  await expect(page.getByText('No work order', { exact: true })).toBeVisible();
  await expect(page.getByText('No test', { exact: true })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe('web-shop-coverage.csv');
  await accessible(page);
  // A work order of the feature, and a person who says that it covers the criterion.
  await page.getByRole('button', { name: 'New work order' }).click();
  const order = page.getByRole('dialog', { name: 'New work order' });
  await order.getByLabel('Title').fill('Session cookies');
  await order.getByLabel('Feature').fill('A-1');
  await order.getByRole('button', { name: 'Create work order' }).click();
  await expect(page.getByRole('heading', { level: 3, name: 'Session cookies' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Say which work orders cover it' }).click();
  await page.getByRole('menuitem', { name: /WO-1/ }).click();
  await expect(page.getByText('No work order', { exact: true })).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: 'Right password' }).getByRole('link', { name: 'WO-1' })).toBeVisible();
});

test('b20_03 the timeline forecasts each phase from the pace of four weeks', async ({ acme }) => {
  const page = await plan(acme);
  await many(acme, 30);
  // Ten of them were done, one every other day; the rest is in two phases.
  await sql(
    `with plan as (select id, organization_id from factory.projects where organization_id = :'org'),
       phase as (insert into factory.phases (organization_id, project_id, name, sort_order)
         select organization_id, id, name, n from plan, (values ('Alpha', 1), ('Beta', 2)) as v (name, n) returning id, name),
       done as (update factory.work_orders w set status = 'done' from plan where w.project_id = plan.id and w.number <= 10 returning w.*),
       rest as (update factory.work_orders w set phase_id = phase.id from plan, phase
         where w.project_id = plan.id and w.number > 10 and (w.number <= 20) = (phase.name = 'Alpha') returning w.id)
     insert into factory.activities (organization_id, project_id, entity_type, entity_id, action, changes, actor_type, created_at)
     select organization_id, project_id, 'work_order', id, 'status_changed', jsonb_build_object('status', jsonb_build_object('old', s.old, 'new', s.new)),
       'system', now() - number * interval '2 days' - s.ago
     from done, (values ('ready', 'in_progress', interval '1 day'), ('in_review', 'done', interval '0')) as s (old, new, ago)`,
    { org: acme.id },
  );
  await page.goto(acme.path('/factory/web-shop/planner?view=timeline'));
  await hydrated(page);
  await expect(page.getByText('10 work orders done in the last four weeks')).toBeVisible();
  const forecast = page.getByRole('table', { name: 'Forecast' });
  await expect(forecast.getByRole('row').nth(1)).toContainText(/Alpha\s*10/);
  await expect(forecast.getByRole('row').nth(2)).toContainText(/Beta\s*10/);
  await expect(forecast.getByText('not in sight')).toHaveCount(0);
  // Even odds come before near certainty, and Alpha before Beta.
  const days = await forecast.locator('time').evaluateAll((all) => all.map((one) => (one as HTMLTimeElement).dateTime));
  expect(days).toHaveLength(4);
  expect([...days].sort()).toEqual(days[1] <= days[2] ? days : [days[0], days[2], days[1], days[3]]);
  await accessible(page);
});
