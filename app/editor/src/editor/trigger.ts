/** A list that opens while somebody types `/` or `@` and a few letters: arrows, Enter, Escape; the caret stays in the text. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey, type EditorState } from '@tiptap/pm/state';
import { ySyncPluginKey } from '@tiptap/y-tiptap';
import { h, icon, place } from '../ui/dom';
import type { IconName } from '../ui/icons';
import { contextOf } from './context';

export interface Choice {
  label: string;
  icon: IconName;
  hint?: string;
  group?: string;
  choose(editor: Editor): void;
}

export interface Source {
  char: '/' | '@';
  label: string;
  /** Shown while there is nothing. */
  none: string;
  /** What fits; soon or later. */
  find(editor: Editor, query: string, signal: AbortSignal): Choice[] | Promise<Choice[]>;
}

interface Asked {
  from: number;
  to: number;
  query: string;
}

const LONGEST_QUERY = 30;

/** What is being asked at the caret: the sign at the start of a word, and what follows it. */
function asked(state: EditorState, char: string): Asked | null {
  const { $from, empty } = state.selection;
  if (!empty || !$from.parent.isTextblock || $from.parent.type.spec.code || $from.marks().some((mark) => mark.type.name === 'code')) return null;
  const before = $from.parent.textBetween(Math.max(0, $from.parentOffset - LONGEST_QUERY - 2), $from.parentOffset, '\ufffc', '\ufffc');
  const at = before.lastIndexOf(char);
  if (at < 0 || (at > 0 && !/[\s(\ufffc]/.test(before[at - 1]))) return null;
  const query = before.slice(at + 1);
  if (query.startsWith(' ') || query.includes('\ufffc') || /\s\s|[/@]/.test(query) || query.length > LONGEST_QUERY) return null;
  return { from: $from.pos - query.length - 1, to: $from.pos, query };
}

let lists = 0;

class List {
  readonly #id = `ed-list-${++lists}`;
  readonly dom: HTMLElement;
  #asked: Asked | null = null;
  #choices: Choice[] = [];
  #on = 0;
  #dismissed = -1;
  #search: AbortController | null = null;
  /** The answer belongs to this query. */
  #answered: string | null = null;

  constructor(readonly editor: Editor, readonly source: Source) {
    // It scrolls, so it can be reached; Tab itself chooses while it is open.
    this.dom = h('div', { class: 'ed-list', id: this.#id, role: 'listbox', 'aria-label': source.label, tabindex: '0', hidden: true });
    contextOf(editor).root.append(this.dom);
  }

  get open(): boolean {
    return !this.dom.hidden;
  }

  /** After each change: opens only by typing, not because the caret came by. */
  follow(typed: boolean): void {
    const now = this.editor.isEditable && this.editor.view.hasFocus() ? asked(this.editor.state, this.source.char) : null;
    if (!now || (now.from === this.#dismissed && this.#answered === null) || (!this.open && !typed)) {
      if (!now) this.#dismissed = -1;
      return this.close();
    }
    const same = this.#asked?.from === now.from && this.#asked.query === now.query;
    this.#asked = now;
    if (!same || this.#answered !== now.query) void this.#find(now.query);
    else this.#move();
  }

  async #find(query: string): Promise<void> {
    this.#search?.abort();
    const search = (this.#search = new AbortController());
    let choices: Choice[] = [];
    try {
      const found = this.source.find(this.editor, query, search.signal);
      choices = found instanceof Promise ? await found : found;
    } catch (error) {
      if (search.signal.aborted) return;
      contextOf(this.editor).say(error instanceof Error ? error.message : String(error), 'danger');
    }
    if (search.signal.aborted || !this.#asked) return;
    this.#answered = query;
    this.#choices = choices;
    this.#on = 0;
    // Words after a sign are mostly just words.
    if (choices.length === 0 && /\s/.test(query)) return this.close();
    this.#show();
  }

  #show(): void {
    let group: string | undefined;
    const rows: HTMLElement[] = [];
    this.#choices.forEach((choice, at) => {
      if (choice.group && choice.group !== group) rows.push(h('div', { class: 'menu-title', role: 'presentation' }, (group = choice.group)));
      rows.push(h('div', {
        class: 'menu-item',
        role: 'option',
        id: `${this.#id}-${at}`,
        onmousedown: (event: Event) => event.preventDefault(),
        onclick: () => this.#choose(at),
        onmousemove: () => this.#mark(at, false),
      }, icon(choice.icon), h('span', {}, choice.label), choice.hint && h('small', {}, choice.hint)));
    });
    if (rows.length === 0) rows.push(h('p', { class: 'ed-list-none' }, this.source.none));
    this.dom.replaceChildren(...rows);
    this.dom.hidden = false;
    this.dom.scrollTop = 0;
    const text = this.editor.view.dom;
    text.setAttribute('aria-controls', this.#id);
    this.#mark(0, false);
    this.#move();
  }

  #move(): void {
    if (!this.#asked || !this.open) return;
    const { left, top, bottom } = this.editor.view.coordsAtPos(this.#asked.from);
    place(this.dom, new DOMRect(left, top, 0, bottom - top));
  }

  #mark(at: number, scroll = true): void {
    if (this.#choices.length === 0) return;
    this.#on = (at + this.#choices.length) % this.#choices.length;
    for (const row of this.dom.querySelectorAll('[role=option]')) {
      const on = row.id === `${this.#id}-${this.#on}`;
      row.classList.toggle('on', on);
      row.setAttribute('aria-selected', String(on));
      if (on) this.editor.view.dom.setAttribute('aria-activedescendant', row.id);
      if (on && scroll) row.scrollIntoView({ block: 'nearest' });
    }
  }

  #choose(at: number): void {
    const choice = this.#choices[at];
    const range = this.#asked;
    this.close();
    if (!choice || !range) return;
    this.editor.chain().focus().deleteRange(range).run();
    choice.choose(this.editor);
  }

  key(event: KeyboardEvent): boolean {
    if (!this.open) return false;
    if (event.key === 'Escape') {
      this.#dismissed = this.#asked?.from ?? -1;
      this.close();
      return true;
    }
    if (this.#choices.length === 0) return false;
    if (event.key === 'ArrowDown') this.#mark(this.#on + 1);
    else if (event.key === 'ArrowUp') this.#mark(this.#on - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) this.#choose(this.#on);
    else return false;
    return true;
  }

  close(): void {
    this.#search?.abort();
    this.#asked = null;
    this.#answered = null;
    if (!this.open) return;
    this.dom.hidden = true;
    for (const name of ['aria-controls', 'aria-activedescendant']) this.editor.view.dom.removeAttribute(name);
  }
}

export function trigger(source: Source): Extension {
  return Extension.create({
    name: `trigger${source.char === '/' ? 'Slash' : 'At'}`,
    priority: 1100,
    addProseMirrorPlugins() {
      const { editor } = this;
      let list: List | null = null;
      let typed = false;
      return [
        new Plugin({
          key: new PluginKey(`trigger${source.char}`),
          state: {
            init: () => null,
            apply: (tr) => {
              typed = tr.docChanged && !tr.getMeta(ySyncPluginKey);
              return null;
            },
          },
          props: {
            handleKeyDown: (_, event) => list?.key(event) ?? false,
            handleDOMEvents: { blur: () => (list?.close(), false) },
          },
          view: () => {
            list = new List(editor, source);
            return {
              update: () => list?.follow(typed),
              destroy: () => list?.dom.remove(),
            };
          },
        }),
      ];
    },
  });
}
