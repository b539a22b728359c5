/** The code of a project: a real repository is connected, indexed, read and searched, and followed as it moves. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessible, expect, project, test, type Organization } from '../support';

/** A git repository below the folder that the installation allows. */
class Repository {
  readonly name: string;
  readonly #folder: string;

  constructor(org: Organization) {
    this.name = org.slug;
    this.#folder = join(process.env.MILLRACE_TEST_DATA ?? '', 'repositories', this.name);
    mkdirSync(this.#folder, { recursive: true });
    this.#git('init', '--quiet', '--initial-branch=main');
  }

  commit(message: string, files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      writeFileSync(join(this.#folder, path), text);
    }
    this.#git('add', '--all');
    this.#git('-c', 'user.name=Ada', '-c', 'user.email=ada@a.test', 'commit', '--quiet', '--message', message);
  }

  #git(...args: string[]): void {
    execFileSync('git', ['-C', this.#folder, ...args], { env: { PATH: process.env.PATH, HOME: this.#folder } });
  }
}

const mailer = `//! Letters to customers.

/// Sends the letter with which a customer chooses another password.
pub fn send_reset_letter(address: &str) -> Result<(), String> {
    if address.is_empty() {
        return Err("no address".to_owned());
    }
    deliver(address, "Choose another password")
}

fn deliver(address: &str, subject: &str) -> Result<(), String> {
    println!("{address}: {subject}");
    Ok(())
}
`;

const cart = `export interface Line { name: string; cents: number; count: number }

/** What the whole cart costs, in cents. */
export function total(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + line.cents * line.count, 0);
}
`;

test('a20_14 a repository is connected, its files are read, and code is found by what it does', async ({ acme }) => {
  const repository = new Repository(acme);
  repository.commit('Mail and cart for F-1\n\nThe first of them.', { 'src/mailer.rs': mailer, 'web/cart.ts': cart, 'README.md': '# Shop\n' });
  const page = await project(acme, '/code');
  await expect(page.getByText('No repository yet')).toBeVisible();
  await accessible(page);

  await page.getByRole('button', { name: 'Connect a repository' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect a repository' });
  await dialog.getByLabel('Folder').fill('../elsewhere');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog.getByText('inside of the folder the operator allows')).toBeVisible();
  await dialog.getByLabel('Folder').fill(repository.name);
  await dialog.getByLabel('Branch').fill('trunk');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog.getByText('is not there; there are: main')).toBeVisible();
  await dialog.getByLabel('Branch').fill('main');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog).toBeHidden();
  const strip = page.getByRole('region', { name: 'Repository' });
  await expect(strip.getByText('Up to date')).toBeVisible();
  await expect(strip.getByText('3 files')).toBeVisible();

  // A folder opens, a file shows its definitions, a definition leads to where it is used.
  const tree = page.getByRole('tree', { name: 'Files' });
  await tree.getByRole('treeitem', { name: /^src/ }).click();
  await tree.getByRole('link', { name: 'mailer.rs' }).click();
  await expect(page).toHaveURL(/path=src%2Fmailer\.rs/);
  const about = page.getByRole('complementary', { name: 'About this file' });
  await expect(about.getByRole('link', { name: 'send_reset_letter', exact: false }).first()).toBeVisible();
  await expect(page.locator('.source .pk').first()).toHaveText('pub');
  await accessible(page);
  await about.getByRole('link', { name: 'Where deliver is used' }).click();
  await expect(page.getByRole('heading', { name: 'deliver in 2 places' })).toBeVisible();
  await page.getByRole('link', { name: /deliver\(address, "Choose/ }).click();
  await expect(page.locator('.cl-on')).toContainText('Choose another password');

  await page.getByLabel('Search the code').fill('where does a customer choose another password');
  await page.getByLabel('Search the code').press('Enter');
  await expect(page.getByRole('article').first()).toContainText('send_reset_letter');
  await accessible(page);
  await page.getByLabel('Only files like').fill('**/*.ts');
  await page.getByLabel('Only files like').press('Enter');
  await expect(page.getByText('send_reset_letter')).toHaveCount(0);

  await page.getByRole('link', { name: 'Commits' }).click();
  await expect(page.getByText('Mail and cart for F-1')).toBeVisible();

  // What moves is followed, and what goes away is said.
  repository.commit('Discounts', { 'web/discount.ts': 'export const discount = (cents: number) => Math.round(cents * 0.9);\n' });
  await page.getByRole('button', { name: 'Index again' }).click();
  await expect(strip.getByText('4 files')).toBeVisible();
  await expect(page.getByText('Discounts')).toBeVisible();

  await page.getByRole('button', { name: 'Connection' }).click();
  await page.getByRole('menuitem', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByText('No repository yet')).toBeVisible();
});

test('a repository that cannot be read any more says why, and keeps what was indexed', async ({ acme }) => {
  const repository = new Repository(acme);
  repository.commit('First', { 'src/mailer.rs': mailer });
  const page = await project(acme, '/code');
  await page.getByRole('button', { name: 'Connect a repository' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect a repository' });
  await dialog.getByLabel('Folder').fill(repository.name);
  await dialog.getByRole('button', { name: 'Connect' }).click();
  const strip = page.getByRole('region', { name: 'Repository' });
  await expect(strip.getByText('Up to date')).toBeVisible();

  const folder = join(process.env.MILLRACE_TEST_DATA ?? '', 'repositories', repository.name);
  execFileSync('mv', [folder, `${folder}-gone`]);
  await page.getByRole('button', { name: 'Index again' }).click();
  await expect(page.getByText('The repository could not be indexed.')).toBeVisible();
  await expect(page.getByText('What was indexed before is still here.')).toBeVisible();
  execFileSync('mv', [`${folder}-gone`, folder]);
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(strip.getByText('Up to date')).toBeVisible();
});
