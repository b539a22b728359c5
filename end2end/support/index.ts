/** What every spec imports instead of @playwright/test: an organization of its own, windows, checks of looks. */
import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { adminState, fixture, password } from './server';

export { expect };
export { accessible } from './axe';
export { shots } from './shots';
export { linkIn, mailTo, password, setupLink, admin } from './server';
export { forgetProof, job, sql } from './sql';
export { totp } from './totp';

export type Role = 'owner' | 'admin' | 'member';

export interface Person {
  id: string;
  name: string;
  email: string;
  role: Role;
}

/** Signs in by the form, as it works without script: one page, one post. */
export async function signIn(context: BrowserContext, email: string, word = password): Promise<void> {
  const page = await context.request.get('/login');
  const form = [...(await page.text()).matchAll(/<form[^>]*\baction="([^"]*sign_in[^"]*)"/g)][0];
  if (!form) throw new Error('The page /login has no sign-in form.');
  const answer = await context.request.post(form[1].replaceAll('&amp;', '&'), {
    form: { email, password: word },
    headers: { Origin: new URL(page.url()).origin, Accept: 'text/html', Referer: page.url() },
    maxRedirects: 0,
  });
  const to = answer.headers()['location'] ?? '';
  if (answer.status() !== 302 || to.includes('__err')) {
    throw new Error(`${email} cannot sign in: ${answer.status()} ${to} ${(await answer.text()).slice(0, 300)}`);
  }
}

/** An organization with Ada (owner), Bea (admin) and Cleo (member), made for one test. */
export class Organization {
  #browser: Browser;
  #wrong: string[];
  #contexts = new Map<string, BrowserContext>();

  constructor(
    browser: Browser,
    wrong: string[],
    readonly id: string,
    readonly slug: string,
    readonly name: string,
    readonly people: Person[],
  ) {
    this.#browser = browser;
    this.#wrong = wrong;
  }

  /** Who holds this role. */
  person(role: Role): Person {
    const found = this.people.find((person) => person.role === role);
    if (!found) throw new Error(`Nobody is ${role} here.`);
    return found;
  }

  /** The path of a page of this organization. */
  path(path = ''): string {
    return `/o/${this.slug}${path}`;
  }

  /** A browser of its own, signed in as the holder of the role; the same one each time. */
  async context(role: Role = 'owner'): Promise<BrowserContext> {
    const known = this.#contexts.get(role);
    if (known) return known;
    const context = await this.#browser.newContext();
    listen(context, this.#wrong);
    this.#contexts.set(role, context);
    await signIn(context, this.person(role).email);
    return context;
  }

  /** A window of the holder of the role on a page of this organization, ready for clicks. */
  async page(role: Role = 'owner', path = ''): Promise<Page> {
    const page = await (await this.context(role)).newPage();
    await page.goto(this.path(path));
    await hydrated(page);
    return page;
  }

  /** The same page in two browsers of two people. */
  async twoWindows(path = '', roles: [Role, Role] = ['owner', 'admin']): Promise<[Page, Page]> {
    return [await this.page(roles[0], path), await this.page(roles[1], path)];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#contexts.values()].map((context) => context.close()));
  }
}

/** Touches the page and waits until it is alive: its code marks the document once it runs. */
export async function hydrated(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('pointermove')));
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

let count = 0;

/** Notes what goes wrong in the pages of a browser. */
function listen(context: BrowserContext, wrong: string[]): void {
  context.on('weberror', (thrown) => wrong.push(`${thrown.page()?.url()}: ${thrown.error().message}`));
  context.on('console', (message) => {
    // The browser also logs answers such as 404; tests that provoke them look at the page.
    const expected = message.text().startsWith('Failed to load resource')
      // Mails are shown in a frame without scripts, and Playwright tries to run its own there.
      || message.text().startsWith("Blocked script execution in 'about:srcdoc'");
    if (message.type() === 'error' && !expected) {
      wrong.push(`${message.page()?.url()}: ${message.text()}`);
    }
  });
}

interface Fixtures {
  /** An organization nobody else touches. */
  acme: Organization;
  /** Another one, for what must not be seen across. */
  globex: Organization;
  /** Makes more of them. */
  organization: (name: string) => Promise<Organization>;
  /** A window of the platform admin. */
  adminPage: Page;
  /** What pages logged as errors or threw: not empty at the end, the test fails. Tests that provoke some empty it. */
  wrong: string[];
}

export const test = base.extend<Fixtures>({
  organization: async ({ browser, wrong }, use, info) => {
    const made: Organization[] = [];
    await use(async (name) => {
      const slug = `${name}-${info.workerIndex}-${Date.now().toString(36)}${count++}`;
      const people = ['--person', 'ada:owner', '--person', 'bea:admin', '--person', 'cleo:member'];
      const org = await fixture<{ id: string; slug: string; name: string; people: Person[] }>(
        'organization', '--slug', slug, '--password', password, ...people);
      made.push(new Organization(browser, wrong, org.id, org.slug, org.name, org.people));
      return made[made.length - 1];
    });
    await Promise.all(made.map((org) => org.close()));
  },
  acme: async ({ organization }, use) => use(await organization('acme')),
  globex: async ({ organization }, use) => use(await organization('globex')),
  adminPage: async ({ browser, wrong }, use) => {
    const context = await browser.newContext({ storageState: adminState });
    listen(context, wrong);
    await use(await context.newPage());
    await context.close();
  },
  wrong: [
    async ({}, use) => {
      const wrong: string[] = [];
      await use(wrong);
      expect(wrong, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],
  context: async ({ context, wrong }, use) => {
    listen(context, wrong);
    await use(context);
  },
});

/** A project "Web shop", made through the screens as its owner; then a page of it, such as `/planner`. */
export async function project(acme: Organization, path = ''): Promise<Page> {
  const page = await acme.page('owner', '/factory?new=1');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Web shop');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Web shop' })).toBeVisible();
  if (path) {
    await page.goto(acme.path(`/factory/web-shop${path}`));
    await hydrated(page);
  }
  return page;
}

/** A feature of that project, made through the screens. */
export async function feature(page: Page, acme: Organization, name: string): Promise<void> {
  await page.goto(acme.path('/factory/web-shop/features?new=1'));
  const dialog = page.getByRole('dialog', { name: 'New feature' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByRole('heading', { level: 3, name })).toBeVisible();
}
