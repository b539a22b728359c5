/** The modules of app/editor on an empty page. */
import type { Page } from '@playwright/test';
import type * as host from '../../app/editor/src/host';
import { bench } from '../support/bench';
import type { CollabDouble } from '../support/collab';

declare global {
  interface Window {
    editor: host.EditorHandle;
    session: host.Session;
    diagram: host.DiagramHandle;
    graph: host.GraphHandle;
    /** What the modules told the page. */
    told: Record<string, unknown[]>;
  }
}

export const ada = { id: '5b0e3f1a-6f6e-4d8b-9a8e-000000000001', name: 'Ada Byron' };
export const bea = { id: '5b0e3f1a-6f6e-4d8b-9a8e-000000000002', name: 'Bea Kahlo' };

type Plain<T> = { [K in keyof T as NonNullable<T[K]> extends (...args: never[]) => unknown ? never : K]?: T[K] };

/** Functions of the page: each notes what it was told under its own name. */
const listeners = ['onSave', 'onSubmit', 'onComment', 'onCommentsAt', 'onSuggestions', 'onSuggesting', 'onStats', 'onOutline', 'onChange'];

/** Opens an editor; without a double it is one person's own text. */
export async function open(page: Page, options: Plain<host.EditorOptions> = {}, live?: CollabDouble): Promise<void> {
  await live?.serve(page);
  await bench(page);
  await page.evaluate(async ({ options, listeners, live, ada }) => {
    const told: Record<string, unknown[]> = (window.told = {});
    const note = (name: string) => (value: unknown) => void (told[name] ??= []).push(value ?? null);
    const modules = (await import('/editor/index.js' as string)) as typeof import('../../app/editor/src/index');
    const user = options.user ?? ada;
    const session = live ? await modules.connect({ documentId: 'd1', user, onState: note('onState') }) : undefined;
    if (session) window.session = session;
    window.editor = await modules.openEditor(document.getElementById('here')!, {
      label: 'Sign-in requirements',
      ...options,
      user,
      session,
      ...Object.fromEntries(listeners.map((name) => [name, note(name)])),
      uploadImage: async (file: File) => {
        note('uploadImage')(file.name);
        if (file.name.startsWith('bad')) throw new Error('it is too large.');
        return { artifactId: '5b0e3f1a-6f6e-4d8b-9a8e-0000000000bb' };
      },
      artifactHref: (id: string) => (id.endsWith('bb') ? '/icon-512.png' : '/icon-192.png'),
      findMentions: async (query: string) =>
        [
          { id: 'u1', type: 'user' as const, label: 'Cleo Prim', hint: 'cleo@example.com' },
          { id: 'w1', type: 'work_order' as const, label: 'WO-12 Reset by link', hint: 'In progress' },
          { id: 'd2', type: 'document' as const, label: 'Clear sign-in errors' },
        ].filter(({ label }) => label.toLowerCase().includes(query.toLowerCase())),
      mentionHref: ({ id, type }) => (type === 'user' ? null : `/somewhere/${id}`),
    });
  }, { options, listeners, live: !!live, ada });
  await page.getByRole('textbox', { name: 'Sign-in requirements' }).waitFor();
}

export const text = (page: Page) => page.getByRole('textbox', { name: 'Sign-in requirements' });
export const json = (page: Page) => page.evaluate(() => window.editor.json());
/** What a listener was told last. */
export const last = <T>(page: Page, name: string) => page.evaluate((name) => window.told[name]?.at(-1) as T, name);

/** Pastes as a browser does: HTML, text or both. */
export async function paste(page: Page, data: Record<string, string>): Promise<void> {
  await text(page).evaluate((element, data) => {
    const clipboardData = new DataTransfer();
    for (const [type, value] of Object.entries(data)) clipboardData.setData(type, value);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, data);
}

export const doc = (...content: host.Json[]): host.Json => ({ type: 'doc', content });
export const p = (...content: (string | host.Json)[]): host.Json => ({
  type: 'paragraph',
  ...(content.length ? { content: content.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)) } : {}),
});
