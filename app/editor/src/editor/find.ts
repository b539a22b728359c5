/** Search in this document, and replacing. */
import { Extension, type Editor } from '@tiptap/core';
import { SearchQuery, findNextNoWrap, findNext, findPrev, getMatchHighlights, replaceAll, replaceNext, search, setSearchState } from 'prosemirror-search';
import { h, iconButton } from '../ui/dom';

export const Find = Extension.create<{ open(): void }>({
  name: 'find',
  addOptions: () => ({ open: () => {} }),
  addKeyboardShortcuts() {
    return { 'Mod-f': () => (this.options.open(), true), F3: () => findNext(this.editor.state, this.editor.view.dispatch) };
  },
  addProseMirrorPlugins: () => [search()],
});

export class FindBar {
  readonly dom: HTMLElement;
  readonly #what = h('input', { class: 'input input-sm', type: 'search', 'aria-label': 'Find in this document', placeholder: 'Find', autocomplete: 'off' });
  readonly #by = h('input', { class: 'input input-sm', type: 'text', 'aria-label': 'Replace by', placeholder: 'Replace by', autocomplete: 'off' });
  readonly #count = h('output', { class: 'ed-find-count' });
  readonly #replacing: HTMLElement;

  constructor(readonly editor: Editor) {
    const run = (command: typeof findNext) => () => {
      command(editor.state, editor.view.dispatch);
      this.#reveal();
      this.#told();
    };
    this.#replacing = h('div', { class: 'ed-find-row' }, this.#by,
      h('button', { type: 'button', class: 'btn btn-sm', onclick: run(replaceNext) }, 'Replace'),
      h('button', { type: 'button', class: 'btn btn-sm', onclick: run(replaceAll) }, 'All'));
    this.dom = h('div', { class: 'ed-find', role: 'search', hidden: true }, h('div', { class: 'ed-find-box' },
      h('div', { class: 'ed-find-row' }, this.#what, this.#count,
        iconButton({ label: 'Previous', icon: 'chevron-up', keys: 'Shift+Enter', press: run(findPrev) }),
        iconButton({ label: 'Next', icon: 'chevron-down', keys: 'Enter', press: run(findNext) }),
        iconButton({ label: 'Close', icon: 'x', keys: 'Escape', press: () => this.close() })),
      this.#replacing));
    this.dom.addEventListener('input', () => this.#search());
    this.dom.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      else if (event.key === 'Enter' && event.target === this.#what) run(event.shiftKey ? findPrev : findNext)();
      else if (event.key === 'Enter' && event.target === this.#by) run(replaceNext)();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    editor.on('update', this.#told);
  }

  open(): void {
    const { state } = this.editor;
    const { from, to } = state.selection;
    const chosen = state.doc.textBetween(from, to, ' ');
    if (chosen && chosen.length < 80) this.#what.value = chosen;
    this.#replacing.hidden = !this.editor.isEditable;
    this.dom.hidden = false;
    this.#search();
    this.#what.select();
    this.#what.focus();
  }

  close(): void {
    if (this.dom.hidden) return;
    this.dom.hidden = true;
    this.editor.view.dispatch(setSearchState(this.editor.state.tr, new SearchQuery({ search: '' })));
    this.editor.commands.focus();
  }

  #search(): void {
    const { view } = this.editor;
    const query = new SearchQuery({ search: this.#what.value, replace: this.#by.value, literal: true });
    view.dispatch(setSearchState(view.state.tr, query));
    // The first one from the caret on, without leaving this field.
    const { from } = view.state.selection;
    if (query.valid && !query.findNext(view.state, from)) findNextNoWrap(view.state, view.dispatch);
    this.#told();
  }

  /** How many there are, and which one is selected. */
  readonly #told = (): void => {
    if (this.dom.hidden) return;
    const { state } = this.editor;
    const all = getMatchHighlights(state).find();
    const at = all.findIndex(({ from, to }) => from === state.selection.from && to === state.selection.to);
    this.#count.value = !this.#what.value ? '' : all.length === 0 ? 'None' : at >= 0 ? `${at + 1} of ${all.length}` : `${all.length}`;
  };

  #reveal(): void {
    const { view, state } = this.editor;
    const { node } = view.domAtPos(state.selection.from);
    (node instanceof Element ? node : node.parentElement)?.scrollIntoView({ block: 'nearest' });
  }

  destroy(): void {
    this.editor.off('update', this.#told);
  }
}
