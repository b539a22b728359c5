import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run the browser tests by ./test e2e, which starts a server for them.`);
  return value;
}

const ready = JSON.parse(readFileSync(given('MILLRACE_TEST_READY'), 'utf8')) as { url: string; setup: string | null };

/** Where the server of this run listens. */
export const baseURL = ready.url;
/** The one-time link to set the installation up. */
export const setupLink = ready.setup;
/** The signed-in platform admin, written by the first-run project. */
export const adminState = join(dirname(given('MILLRACE_TEST_READY')), 'admin.json');
/** The platform admin, created by the first-run project. */
export const admin = { name: 'Root Admin', email: 'root@millrace.test', organization: 'Operators' };
/** The password of everybody in these tests. */
export const password = 'correct horse battery staple 42';

const run = promisify(execFile);

/** Asks the executable under test for people, organizations or mails (src/cli/fixture.rs). */
export async function fixture<T>(...args: string[]): Promise<T> {
  const env = { ...process.env, MILLRACE_DATA: given('MILLRACE_TEST_DATA'), MILLRACE_DATABASE_DURABLE: 'false', MILLRACE_LOG: 'warn' };
  delete env.DATABASE_URL;
  const { stdout } = await run(given('MILLRACE_TEST_EXE'), ['fixture', ...args], { env });
  return JSON.parse(stdout) as T;
}

export interface Mail {
  to: string;
  template: string;
  subject: string;
  text: string;
  status: string;
}

/** The newest mail to an address (of this template), once there is one. */
export async function mailTo(address: string, template?: string): Promise<Mail> {
  for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((wake) => setTimeout(wake, 200))) {
    const mail = await fixture<Mail | null>('mail', '--to', address);
    if (mail && (!template || mail.template === template)) return mail;
  }
  throw new Error(`No mail to ${address}${template ? ` (${template})` : ''} within 10 s.`);
}

/** The first link of this installation in a mail, as a path. */
export function linkIn(mail: Mail): string {
  const link = mail.text.match(/https?:\/\/\S+/)?.[0];
  if (!link) throw new Error(`The mail "${mail.subject}" has no link:\n${mail.text}`);
  const url = new URL(link.replace(/[).,>]+$/, ''));
  return url.pathname + url.search;
}
