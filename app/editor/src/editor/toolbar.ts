/** The bar above the text: one tab stop, arrows within; on narrow screens it scrolls sideways. */
import type { Editor } from '@tiptap/core';
import { h, icon, iconButton, perFrame, rove } from '../ui/dom';
import type { IconName } from '../ui/icons';
import { bubbleOf } from './bubble';
import { addComment } from './comments';
import type { Context } from './context';
import { pickImages } from './image';
import { firstDiagram } from './mermaid-block';
import { isSuggesting } from './track';

interface Item {
  button: HTMLButtonElement;
  /** Pressed or not; for those that are either. */
  on?(): boolean;
  can?(): boolean;
}

export class Toolbar {
  readonly dom: HTMLElement;
  readonly #items: Item[] = [];
  readonly #style: HTMLSelectElement | null = null;
  readonly update = perFrame(() => this.#update());

  constructor(readonly editor: Editor, context: Context, acts: { find(): void; suggest(): void }) {
    const document = context.options.kind !== 'field';
    this.dom = h('div', { class: 'ed-toolbar', role: 'toolbar', 'aria-label': 'Formatting', 'aria-controls': editor.view.dom.id });
    const chain = () => editor.chain().focus();
    const mark = (name: string, label: string, picture: IconName, keys: string) =>
      this.#add({ label, icon: picture, keys, press: () => chain().toggleMark(name).run() }, () => editor.isActive(name), () => editor.can().toggleMark(name));
    const block = (label: string, picture: IconName, keys: string | undefined, press: () => void, on?: () => boolean) => this.#add({ label, icon: picture, keys, press }, on);

    this.#group(
      block('Undo', 'undo-2', 'Ctrl+Z', () => chain().undo().run()),
      block('Redo', 'redo-2', 'Ctrl+Shift+Z', () => chain().redo().run()),
    );
    if ('heading' in editor.schema.nodes) {
      this.#style = h('select', { class: 'ed-style', 'aria-label': 'Style of this paragraph' },
        ...['Text', 'Heading 1', 'Heading 2', 'Heading 3', 'Heading 4'].map((name, level) => h('option', { value: String(level) }, name)));
      this.#style.addEventListener('change', () => {
        const level = Number(this.#style?.value) as 0 | 1 | 2 | 3 | 4;
        if (level === 0) chain().setParagraph().run();
        else chain().setHeading({ level }).run();
      });
      this.#group(this.#style);
    }
    this.#group(
      mark('bold', 'Bold', 'bold', 'Ctrl+B'),
      mark('italic', 'Italic', 'italic', 'Ctrl+I'),
      mark('strike', 'Strikethrough', 'strikethrough', 'Ctrl+Shift+S'),
      mark('code', 'Code', 'code', 'Ctrl+E'),
      block('Link', 'link', 'Ctrl+K', () => bubbleOf(editor)?.editLink(), () => editor.isActive('link')),
    );
    this.#group(
      block('Bullet list', 'list', 'Ctrl+Shift+8', () => chain().toggleBulletList().run(), () => editor.isActive('bulletList')),
      block('Numbered list', 'list-ordered', 'Ctrl+Shift+7', () => chain().toggleOrderedList().run(), () => editor.isActive('orderedList')),
      block('Task list', 'list-checks', 'Ctrl+Shift+9', () => chain().toggleTaskList().run(), () => editor.isActive('taskList')),
    );
    this.#group(
      block('Quote', 'text-quote', 'Ctrl+Shift+B', () => chain().toggleBlockquote().run(), () => editor.isActive('blockquote')),
      block('Code block', 'square-code', 'Ctrl+Alt+C', () => chain().toggleCodeBlock().run(), () => editor.isActive('codeBlock')),
      block('Table', 'table', undefined, () => chain().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run()),
      context.options.uploadImage && block('Picture', 'image', undefined, () => pickImages(editor)),
      block('Diagram', 'workflow', undefined, () => chain().insertContent(firstDiagram).run()),
    );
    this.dom.append(h('span', { class: 'ed-grow' }));
    const last: (HTMLElement | false | undefined)[] = [];
    if (context.options.onComment) last.push(this.#add({ label: 'Comment', icon: 'message-square-plus', keys: 'Ctrl+Alt+M', press: () => addComment(editor) }, undefined, () => !editor.state.selection.empty));
    if (document) {
      const suggest = h('button', { type: 'button', class: 'ed-btn ed-btn-wide ed-suggest', 'data-tip': 'Typing suggests instead of changing', 'data-tip-at': 'below', onmousedown: (event: Event) => event.preventDefault(), onclick: acts.suggest }, icon('pencil-line'), 'Suggest');
      this.#items.push({ button: suggest, on: () => isSuggesting(editor.state) });
      last.push(suggest, this.#add({ label: 'Find', icon: 'search', keys: 'Ctrl+F', press: acts.find }));
    }
    this.#group(...last);
    rove(this.dom);
    this.#update();
    editor.on('transaction', this.update);
  }

  #add(props: Parameters<typeof iconButton>[0], on?: () => boolean, can?: () => boolean): HTMLButtonElement {
    const button = iconButton(props);
    this.#items.push({ button, on, can });
    return button;
  }

  #group(...items: (HTMLElement | false | undefined)[]): void {
    if (items.some(Boolean)) this.dom.append(h('div', { class: 'ed-group' }, ...items));
  }

  #update(): void {
    const { editor } = this;
    if (editor.isDestroyed) return;
    this.dom.hidden = !editor.isEditable;
    for (const { button, on, can } of this.#items) {
      if (on) button.setAttribute('aria-pressed', String(on()));
      if (can) button.setAttribute('aria-disabled', String(!can()));
    }
    if (this.#style) {
      const level = editor.isActive('heading') ? Number(editor.getAttributes('heading').level) : 0;
      this.#style.value = String(level);
    }
  }

  destroy(): void {
    this.update.cancel();
    this.editor.off('transaction', this.update);
    this.dom.remove();
  }
}
