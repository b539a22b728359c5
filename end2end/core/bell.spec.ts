import { accessible, expect, hydrated, sql, test, type Organization } from '../support';

/** Notices to the owner, one a minute, the first of them the newest. */
async function notices(acme: Organization, from: number, to: number): Promise<void> {
  await sql(
    `insert into core.notifications (user_id, org_id, type, title, body, channel, data, created_at)
     select :'user', :'org', 'core.test', 'Notice ' || n, 'What it says in some words more', 'in_app', '{"kind": "info"}', now() - n * interval '1 minute'
     from generate_series(:'from'::int, :'to'::int) n`,
    { user: acme.person('owner').id, org: acme.id, from: String(from), to: String(to) },
  );
}

test('the bell lists the latest notices and, when asked, older ones', async ({ acme }) => {
  await notices(acme, 1, 45);
  const page = await acme.page();
  await page.getByRole('button', { name: 'Notifications' }).click();
  const bell = page.getByRole('group', { name: 'Notifications' });
  const lines = bell.getByRole('listitem');
  await expect(lines).toHaveCount(20);
  await accessible(page);
  const older = bell.getByRole('button', { name: 'Show older' });
  await older.focus();
  await expect(page.getByRole('button', { name: 'Notifications, 45 unread' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(lines).toHaveCount(40);
  await expect(older, 'the keyboard goes on from there').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(lines).toHaveCount(45);
  await expect(older).toBeHidden();
  const numbers = await lines.evaluateAll((all) => all.map((line) => Number(line.textContent!.match(/Notice (\d+)/)![1])));
  expect(numbers, 'each once, in order').toEqual(Array.from({ length: 45 }, (_, n) => n + 1));

  // What is read far below is read where it stands, and what comes meanwhile comes on top.
  await lines.nth(43).getByRole('button', { name: 'Mark as read' }).click();
  await expect(lines.nth(43).getByRole('button', { name: 'Mark as read' })).toBeHidden();
  await expect(lines).toHaveCount(45);
  await notices(acme, 0, 0);
  await expect(lines.first()).toContainText('Notice 0');
  await expect(lines).toHaveCount(46);

  await page.keyboard.press('Escape');
  await expect(bell).toBeHidden();
  await page.getByRole('button', { name: 'Notifications' }).click();
  await expect(lines).toHaveCount(20);
});

test('the bell is whole on every screen', async ({ acme }) => {
  await notices(acme, 1, 25);
  const page = await acme.page();
  for (const [width, height] of [[1440, 900], [390, 844], [360, 480]]) {
    await page.setViewportSize({ width, height });
    await page.reload();
    await hydrated(page);
    await page.getByRole('button', { name: 'Notifications' }).click();
    const bell = page.getByRole('group', { name: 'Notifications' });
    await expect(bell.getByRole('button', { name: 'Mark all read' })).toBeInViewport({ ratio: 1 });
    await expect(bell.getByRole('button', { name: 'Mark as read' }).first()).toBeInViewport({ ratio: 1 });
    await bell.getByRole('button', { name: 'Show older' }).scrollIntoViewIfNeeded();
    await expect(bell.getByRole('button', { name: 'Show older' })).toBeInViewport({ ratio: 1 });
    await expect(bell.getByRole('button', { name: 'Mark all read' }), 'its head stays').toBeInViewport({ ratio: 1 });
    expect(await bell.evaluate((pop) => pop.scrollWidth - pop.clientWidth), 'nothing beside it').toBe(0);
    const box = (await bell.boundingBox())!;
    expect(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box)).toBe(true);
  }
});
