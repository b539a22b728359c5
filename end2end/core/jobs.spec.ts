import type { Page } from '@playwright/test';
import { expect, hydrated, job, test } from '../support';

const list = (page: Page) => page.getByRole('table', { name: 'Jobs' });

/** Opens a job of the list and answers its drawer. */
async function open(page: Page, kind: string) {
  await list(page).getByRole('link', { name: kind }).click();
  const drawer = page.getByRole('complementary', { name: kind });
  await expect(drawer).toBeVisible();
  return drawer;
}

test('a dead job is retried and a waiting one cancelled, by those who may', async ({ acme, globex }) => {
  await job(globex.id, 'invitations.expire', 'dead');
  const page = await acme.page('admin', '/settings/jobs');
  await expect(page.getByText('No jobs yet')).toBeVisible();
  await job(acme.id, 'invitations.expire', 'dead');
  // The list hears of it by itself; what is not ours does not show.
  await expect(list(page).getByRole('row')).toHaveCount(2);

  const dead = await open(page, 'invitations.expire');
  await expect(dead).toContainText('The other side did not answer.');
  await expect(dead).toContainText('5 of 5');
  await dead.getByRole('button', { name: 'Retry' }).click();
  await expect(page.locator('.toast')).toContainText('The job is queued again');
  await expect(dead.getByText('Succeeded')).toBeVisible();
  await expect(dead.getByRole('button', { name: 'Retry' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(dead).toBeHidden();

  await job(acme.id, 'keys.hygiene', 'queued');
  const waiting = await open(page, 'keys.hygiene');
  await waiting.getByRole('button', { name: 'Cancel job' }).click();
  const question = page.getByRole('dialog', { name: 'Cancel keys.hygiene?' });
  await expect(question).toBeVisible();
  // Something else happens meanwhile: the question stays.
  await job(acme.id, 'retention.purge', 'queued');
  await expect(list(page).getByRole('row')).toHaveCount(4);
  await question.getByRole('button', { name: 'Cancel job' }).click();
  await expect(page.locator('.toast').last()).toContainText('The job will not run');
  await expect(waiting.getByText('Cancelled')).toBeVisible();
  await page.keyboard.press('Escape');

  const later = await open(page, 'retention.purge');
  await later.getByRole('button', { name: 'Run now' }).click();
  await expect(later.getByText('Succeeded')).toBeVisible();

  await page.goto(acme.path('/settings/jobs'));
  await hydrated(page);
  await page.getByLabel('Status').selectOption('cancelled');
  await expect(page).toHaveURL(/status=cancelled/);
  await expect(list(page).getByRole('row')).toHaveCount(2);
  await page.getByLabel('Status').selectOption('dead');
  await expect(page.getByText('No job matches')).toBeVisible();
});

test('members see the jobs they asked for, and steer none', async ({ acme }) => {
  await job(acme.id, 'keys.hygiene', 'dead');
  const page = await acme.page('member', '/settings/jobs');
  await expect(page.getByText('No jobs yet')).toBeVisible();
});
