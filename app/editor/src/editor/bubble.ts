/**
 * The small bar at the caret: formats for selected text, what a link leads to, a suggestion's yes and no, a picture's width, rows
 * and columns of a table. Alt+F10 goes there from the text, Escape comes back.
 */
import { Extension, isNodeSelection, type Editor } from '@tiptap/core';
import { CellSelection } from '@tiptap/pm/tables';
import { Plugin } from '@tiptap/pm/state';
import { h, perFrame, place, rove } from '../ui/dom';
import { imageBar, linkCard, linkForm, suggestionCard, tableBar, textBar } from './bars';
import { contextOf } from './context';
import { pickedImage } from './image';
import { idsAt } from './suggestions';

/** What the bar shows: drawn again when `key` changes. */
interface Shown {
  key: string;
  label: string;
  role: 'toolbar' | 'group';
  draw(): HTMLElement[];
  at(): DOMRect | null;
  prefer?: 'above' | 'below';
}

export class Bubble {
  readonly dom: HTMLElement;
  readonly follow = perFrame(() => this.#follow());
  #key = '';
  #form: { from: number; to: number; href: string } | null = null;
  #pressed = false;

  constructor(readonly editor: Editor) {
    this.dom = h('div', { class: 'ed-bubble', hidden: true });
    rove(this.dom);
    this.dom.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
      editor.commands.focus();
    });
    this.dom.addEventListener('focusout', (event) => {
      if (!this.dom.contains(event.relatedTarget as Node | null) && !editor.view.dom.contains(event.relatedTarget as Node | null)) this.close();
    });
    contextOf(editor).root.append(this.dom);
    editor.view.dom.addEventListener('pointerdown', this.#down);
    addEventListener('pointerup', this.#up);
    addEventListener('scroll', this.follow, { capture: true, passive: true });
    addEventListener('resize', this.follow);
  }

  /** While a selection is drawn with the mouse, nothing covers the text. */
  readonly #down = () => (this.#pressed = true);
  readonly #up = () => {
    this.#pressed = false;
    this.follow();
  };

  focus(): boolean {
    const first = this.dom.querySelector<HTMLElement>('button, input');
    if (this.dom.hidden || !first) return false;
    first.focus();
    return true;
  }

  /** Asks for the address of a link over the selection, or of the link at the caret. */
  editLink(): void {
    const { editor } = this;
    if (!editor.isEditable) return;
    const link = linkAt(editor);
    const { from, to } = link ?? editor.state.selection;
    if (from === to && !link) {
      // A new link with its address as text.
      this.#form = { from, to: from, href: '' };
    } else {
      this.#form = { from, to, href: link?.href ?? '' };
    }
    this.#follow();
    this.dom.querySelector('input')?.focus();
  }

  close(): void {
    this.#form = null;
    this.dom.hidden = true;
    this.#key = '';
  }

  #follow(): void {
    if (this.editor.isDestroyed) return;
    const shown = this.#shown();
    const at = shown?.at();
    if (!shown || !at) return this.close();
    if (shown.key !== this.#key) {
      this.#key = shown.key;
      this.dom.setAttribute('role', shown.role);
      this.dom.setAttribute('aria-label', shown.label);
      this.dom.replaceChildren(...shown.draw());
      this.dom.querySelector('button')?.setAttribute('tabindex', '0');
    }
    this.dom.hidden = false;
    // Scrolled out of sight, it would float over something else.
    const box = this.editor.view.dom.getBoundingClientRect();
    const away = at.bottom < Math.max(0, box.top) - 8 || at.top > Math.min(innerHeight, box.bottom) + 8;
    this.dom.classList.toggle('ed-away', away);
    place(this.dom, at, shown.prefer ?? 'above', 8);
  }

  #shown(): Shown | null {
    const { editor } = this;
    const { state, view } = editor;
    const { selection } = state;
    const form = this.#form;
    if (form) {
      const done = () => {
        this.close();
        editor.commands.focus();
      };
      return { key: 'form', label: 'Link', role: 'group', draw: () => linkForm(editor, form, done), at: () => rectOf(editor, form.from, form.to), prefer: 'below' };
    }
    if (!view.hasFocus() && !this.dom.contains(document.activeElement)) return null;
    const image = pickedImage(state);
    if (image && editor.isEditable) {
      const { width, alt } = image.node.attrs;
      return { key: `image ${image.pos} ${width} ${alt}`, label: 'Picture', role: 'toolbar', draw: () => imageBar(editor, image.pos, image.node), at: () => (view.nodeDOM(image.pos) as HTMLElement | null)?.getBoundingClientRect() ?? null };
    }
    if (!selection.empty && !isNodeSelection(selection) && !(selection instanceof CellSelection)) {
      if (this.#pressed || !editor.isEditable || !state.doc.textBetween(selection.from, selection.to, ' ', ' ').trim()) return null;
      const active = ['bold', 'italic', 'strike', 'code', 'link'].filter((mark) => editor.isActive(mark));
      return { key: `text ${active} ${selection.$from.parent.type.name}`, label: 'Selected text', role: 'toolbar', draw: () => textBar(editor, () => this.editLink()), at: () => rectOf(editor, selection.from, selection.to) };
    }
    const suggestion = idsAt(state)[0];
    if (suggestion) {
      return { key: `suggestion ${suggestion} ${editor.isEditable} ${state.doc.nodeSize}`, label: 'Suggestion', role: 'group', draw: () => suggestionCard(editor, suggestion), at: () => rectOf(editor, selection.from, selection.from), prefer: 'below' };
    }
    const link = linkAt(editor);
    if (link && selection.empty) {
      return { key: `link ${link.href} ${editor.isEditable}`, label: 'Link', role: 'group', draw: () => linkCard(editor, link, () => this.editLink()), at: () => rectOf(editor, link.from, link.to), prefer: 'below' };
    }
    if (editor.isActive('table') && editor.isEditable) {
      const cells = selection instanceof CellSelection && selection.ranges.length > 1;
      return { key: `table ${cells} ${editor.can().splitCell()}`, label: 'Table', role: 'toolbar', draw: () => tableBar(editor, cells), at: () => tableRect(editor) };
    }
    return null;
  }

  destroy(): void {
    this.follow.cancel();
    removeEventListener('pointerup', this.#up);
    removeEventListener('scroll', this.follow, { capture: true });
    removeEventListener('resize', this.follow);
    this.dom.remove();
  }
}

/** The whole link at the caret. */
function linkAt(editor: Editor): { from: number; to: number; href: string } | null {
  const { state } = editor;
  const { link } = state.schema.marks;
  const { $from } = state.selection;
  const mark = link.isInSet($from.marks()) ?? ($from.nodeAfter ? link.isInSet($from.nodeAfter.marks) : undefined) ?? ($from.nodeBefore ? link.isInSet($from.nodeBefore.marks) : undefined);
  if (!mark || !$from.parent.isTextblock) return null;
  let found: { from: number; to: number } | null = null;
  let run: { from: number; to: number } | null = null;
  $from.parent.forEach((node, offset) => {
    const from = $from.start() + offset;
    if (!mark.isInSet(node.marks)) {
      run = null;
      return;
    }
    run = run ?? { from, to: from };
    run.to = from + node.nodeSize;
    if (run.from <= $from.pos && run.to >= $from.pos) found = run;
  });
  const range = found as { from: number; to: number } | null;
  return range && { ...range, href: String(mark.attrs.href) };
}

function rectOf({ view }: Editor, from: number, to: number): DOMRect {
  const start = view.coordsAtPos(from);
  const end = view.coordsAtPos(to, -1);
  const left = start.top === end.top ? start.left : Math.min(start.left, end.left);
  return new DOMRect(left, start.top, Math.abs(end.right - left), Math.max(end.bottom, start.bottom) - start.top);
}

function tableRect({ view, state }: Editor): DOMRect | null {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth--) {
    if ($from.node(depth).type.name !== 'table') continue;
    const dom = view.nodeDOM($from.before(depth)) as HTMLElement | null;
    return dom?.getBoundingClientRect() ?? null;
  }
  return null;
}

/** Registers the bubble with an editor; the toolbar finds it in `bubbleOf`. */
const bubbles = new WeakMap<Editor, Bubble>();
export const bubbleOf = (editor: Editor): Bubble | undefined => bubbles.get(editor);

export const BubbleMenu = Extension.create({
  name: 'bubble',
  addKeyboardShortcuts() {
    return {
      'Mod-k': () => (bubbleOf(this.editor)?.editLink(), true),
      'Alt-F10': () => bubbleOf(this.editor)?.focus() || focusToolbar(this.editor),
    };
  },
  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin({
        view: () => {
          const bubble = new Bubble(editor);
          bubbles.set(editor, bubble);
          return { update: bubble.follow, destroy: () => bubble.destroy() };
        },
        props: { handleDOMEvents: { focus: () => (bubbleOf(editor)?.follow(), false), blur: () => (bubbleOf(editor)?.follow(), false) } },
      }),
    ];
  },
});

function focusToolbar(editor: Editor): boolean {
  const first = contextOf(editor).root.querySelector<HTMLElement>('.ed-toolbar [tabindex="0"]');
  first?.focus();
  return !!first;
}
