/** What the bubble shows. */
import type { Editor } from '@tiptap/core';
import type { Node as PmNode } from '@tiptap/pm/model';
import { h, icon, iconButton } from '../ui/dom';
import type { IconName } from '../ui/icons';
import { addComment } from './comments';
import { contextOf } from './context';
import { setImage } from './image';
import { guessHref } from './marks';
import { decide, list } from './suggestions';
import { UNTRACKED } from './track';

const line = () => h('span', { class: 'ed-line', 'aria-hidden': 'true' });

function toggle(editor: Editor, mark: string, label: string, name: IconName, keys: string): HTMLElement {
  const button = iconButton({ label, icon: name, keys, press: () => editor.chain().focus().toggleMark(mark).run() });
  button.setAttribute('aria-pressed', String(editor.isActive(mark)));
  return button;
}

export function textBar(editor: Editor, editLink: () => void): HTMLElement[] {
  const code = editor.isActive('codeBlock');
  const link = iconButton({ label: 'Link', icon: 'link', keys: 'Ctrl+K', press: editLink });
  link.setAttribute('aria-pressed', String(editor.isActive('link')));
  const formats = code
    ? []
    : [
        toggle(editor, 'bold', 'Bold', 'bold', 'Ctrl+B'),
        toggle(editor, 'italic', 'Italic', 'italic', 'Ctrl+I'),
        toggle(editor, 'strike', 'Strikethrough', 'strikethrough', 'Ctrl+Shift+S'),
        toggle(editor, 'code', 'Code', 'code', 'Ctrl+E'),
        link,
      ];
  if (!contextOf(editor).options.onComment) return formats;
  const comment = h('button', { type: 'button', class: 'ed-btn ed-btn-wide', 'aria-keyshortcuts': 'Control+Alt+M', onmousedown: (event: Event) => event.preventDefault(), onclick: () => addComment(editor) }, icon('message-square-plus'), 'Comment');
  return formats.length ? [...formats, line(), comment] : [comment];
}

/** The address of a link; Enter sets it, an empty one removes the link. */
export function linkForm(editor: Editor, { from, to, href }: { from: number; to: number; href: string }, done: () => void): HTMLElement[] {
  const input = h('input', { class: 'input input-sm', type: 'text', inputmode: 'url', value: href, placeholder: 'Paste or type an address', 'aria-label': 'Address of the link', autocomplete: 'off', spellcheck: 'false' });
  const wrong = h('small', { class: 'ed-link-wrong', role: 'alert', hidden: true }, 'Links lead to http, https, mailto or a place here.');
  const form = h('form', { class: 'ed-link-form' }, input, h('button', { type: 'submit', class: 'btn btn-sm btn-primary' }, href ? 'Save' : 'Link'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    const good = guessHref(typed);
    if (typed && !good) {
      wrong.hidden = false;
      input.setAttribute('aria-invalid', 'true');
      return;
    }
    done();
    const { state, view } = editor;
    const { link } = state.schema.marks;
    const tr = state.tr.setMeta(UNTRACKED, from !== to);
    if (from === to && good) tr.insert(from, state.schema.text(typed, [link.create({ href: good })]));
    else if (good) tr.removeMark(from, to, link).addMark(from, to, link.create({ href: good }));
    else tr.removeMark(from, to, link);
    view.dispatch(tr);
  });
  return [form, wrong];
}

export function linkCard(editor: Editor, { from, to, href }: { from: number; to: number; href: string }, edit: () => void): HTMLElement[] {
  const outside = /^https?:/i.test(href);
  const open = h('a', { class: 'ed-link-to', href, rel: 'noopener noreferrer nofollow', target: outside ? '_blank' : undefined }, icon(outside ? 'external-link' : 'link'), h('span', {}, href.replace(/^https?:\/\/(www\.)?|^mailto:/i, '')));
  if (!editor.isEditable) return [open];
  return [
    open,
    line(),
    iconButton({ label: 'Edit link', icon: 'pencil', keys: 'Ctrl+K', press: edit }),
    iconButton({ label: 'Remove link', icon: 'link-2-off', press: () => editor.view.dispatch(editor.state.tr.removeMark(from, to, editor.schema.marks.link)) }),
  ];
}

const short = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

export function suggestionCard(editor: Editor, id: string): HTMLElement[] {
  const { options } = contextOf(editor);
  const found = list(editor.state.doc, (person) => nameOf(editor, person)).find((one) => one.id === id);
  if (!found) return [];
  const words = h('p', { class: 'ed-suggestion-words' },
    h('b', {}, found.authorId === options.user.id ? 'You' : found.author ?? (found.authorId ? 'Somebody' : 'Assistant')),
    found.kind === 'add' ? ' added ' : found.kind === 'delete' ? ' deleted ' : ' replaced ',
    found.deleted && h('del', {}, short(found.deleted)),
    found.kind === 'replace' && ' by ',
    found.added && h('ins', {}, short(found.added)));
  if (!editor.isEditable) return [words];
  const act = (accept: boolean) => () => {
    const tr = decide(editor.state, accept, id);
    if (tr) editor.view.dispatch(tr);
    editor.commands.focus();
  };
  return [
    words,
    h('button', { type: 'button', class: 'btn btn-sm', onclick: act(true) }, icon('check'), 'Accept'),
    h('button', { type: 'button', class: 'btn btn-sm btn-ghost', onclick: act(false) }, icon('x'), 'Reject'),
  ];
}

/** Who a suggestion is by: somebody who is here, or whoever the page knows. */
export function nameOf(editor: Editor, id: string): string | undefined {
  const { options } = contextOf(editor);
  if (id === options.user.id) return options.user.name;
  return options.session?.state.people.find((person) => person.id === id)?.name ?? options.personName?.(id);
}

export function imageBar(editor: Editor, pos: number, node: PmNode): HTMLElement[] {
  const most = editor.view.dom.clientWidth;
  const width = node.attrs.width as number | null;
  const sizes = ([['Small', 240], ['Medium', 400], ['Large', 560], ['Full', null]] as const).filter(([, size]) => size === null || size < most);
  const alt = h('input', { class: 'input input-sm', value: (node.attrs.alt as string | null) ?? '', placeholder: 'Describe the picture', 'aria-label': 'What the picture shows, for people who do not see it', maxlength: 500 });
  alt.addEventListener('change', () => setImage(editor, pos, { alt: alt.value.trim() || null }));
  alt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') editor.commands.focus();
  });
  return [
    h('div', { class: 'seg', role: 'group', 'aria-label': 'Width' }, ...sizes.map(([name, size]) =>
      h('button', { type: 'button', 'aria-pressed': String(size === width), onmousedown: (event: Event) => event.preventDefault(), onclick: () => setImage(editor, pos, { width: size }) }, name))),
    alt,
    line(),
    iconButton({ label: 'Remove picture', icon: 'trash-2', press: () => editor.chain().focus().deleteSelection().run() }),
  ];
}

export function tableBar(editor: Editor, cells: boolean): HTMLElement[] {
  const run = (command: (chain: ReturnType<Editor['chain']>) => ReturnType<Editor['chain']>) => () => command(editor.chain().focus()).run();
  const bar = [
    iconButton({ label: 'Row above', icon: 'arrow-up-to-line', press: run((c) => c.addRowBefore()) }),
    iconButton({ label: 'Row below', icon: 'arrow-down-to-line', press: run((c) => c.addRowAfter()) }),
    iconButton({ label: 'Column before', icon: 'arrow-left-to-line', press: run((c) => c.addColumnBefore()) }),
    iconButton({ label: 'Column after', icon: 'arrow-right-to-line', press: run((c) => c.addColumnAfter()) }),
    line(),
    iconButton({ label: 'Header row', icon: 'panel-top', press: run((c) => c.toggleHeaderRow()) }),
  ];
  if (cells && editor.can().mergeCells()) bar.push(iconButton({ label: 'Merge cells', icon: 'table-cells-merge', press: run((c) => c.mergeCells()) }));
  if (editor.can().splitCell()) bar.push(iconButton({ label: 'Split cell', icon: 'table-cells-split', press: run((c) => c.splitCell()) }));
  const text = (label: string, command: Parameters<typeof run>[0]) =>
    h('button', { type: 'button', class: 'ed-btn ed-btn-wide ed-danger', 'aria-label': `Delete ${label}`, onmousedown: (event: Event) => event.preventDefault(), onclick: run(command) }, label);
  return [...bar, line(), icon('trash-2') as unknown as HTMLElement, text('row', (c) => c.deleteRow()), text('column', (c) => c.deleteColumn()), text('table', (c) => c.deleteTable())];
}
