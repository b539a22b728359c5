/** Rich text in a page: see EditorOptions in host.ts. */
import { Editor, Extension, type Extensions } from '@tiptap/core';
import { Collaboration } from '@tiptap/extension-collaboration';
import { Dropcursor } from '@tiptap/extensions/drop-cursor';
import { Gapcursor } from '@tiptap/extensions/gap-cursor';
import { Placeholder } from '@tiptap/extensions/placeholder';
import { prosemirrorJSONToYXmlFragment, ySyncPluginKey } from '@tiptap/y-tiptap';
import * as Y from 'yjs';
import type { EditorHandle, EditorOptions, Json, OutlineItem, Stats, Suggestion } from '../host';
import { control, h, quiet } from '../ui/dom';
import { adoptStyles } from '../ui/sheet';
import { nameOf } from './bars';
import { BubbleMenu } from './bubble';
import { Comments, places, removeComment, showComment } from './comments';
import type { Context } from './context';
import { Find, FindBar } from './find';
import { MentionList } from './mention-list';
import { Paste } from './paste';
import { presence } from './presence';
import { schema } from './schema';
import { giveIds, Sections } from './sections';
import { Slash } from './slash';
import { decide, list, range } from './suggestions';
import { Toolbar } from './toolbar';
import { isSuggesting, setSuggesting, Track } from './track';

/** How long after the last key the page hears of changes. */
const QUIET_MS = 300;

export function openEditor(element: HTMLElement, options: EditorOptions): EditorHandle {
  adoptStyles();
  return new OpenEditor(element, options).handle();
}

class OpenEditor {
  readonly #editor: Editor;
  readonly #root: HTMLElement;
  readonly #status = h('p', { class: 'ed-say', role: 'status', 'aria-live': 'polite' });
  readonly #find: FindBar | null = null;
  readonly #toolbar: Toolbar | null = null;
  readonly #options: EditorOptions;
  readonly #own: Y.Doc | null;
  readonly #tell = quiet(QUIET_MS, () => this.#told());
  #readOnly: boolean;
  #synced = true;
  #unlisten = () => {};
  #sayTimer = 0;
  #before = '';

  constructor(element: HTMLElement, given: EditorOptions) {
    const kind = given.kind ?? 'document';
    const options = { ...given, kind };
    this.#options = options;
    this.#readOnly = options.readOnly ?? false;
    this.#own = options.session ? null : new Y.Doc();
    this.#root = h('div', { class: `ed ed-${kind}` });
    element.append(this.#root);
    const context: Context = { options, root: this.#root, say: (words, tone) => this.#say(words, tone) };
    this.#synced = options.session?.state.synced ?? true;
    const doc = this.#own ?? options.session!.doc;
    if (this.#own) this.#fill(options.content ?? null, doc);
    const page = h('div', { class: 'ed-page' });
    this.#editor = new Editor({
      element: page,
      injectCSS: false,
      editable: !this.#readOnly && this.#synced,
      autofocus: false,
      enableCoreExtensions: { textDirection: false },
      extensions: this.#extensions(context, doc),
      editorProps: {
        attributes: {
          class: 'prose ed-text',
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-label': options.label,
          id: `ed-${doc.guid}`,
          spellcheck: 'true',
        },
        handleKeyDown: (_, event) => this.#key(event),
        handleDOMEvents: { mousedown: (_, event) => this.#below(event) },
        handleClick: (view, _, event) => {
          // In text that may be edited a click places the caret.
          const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]');
          if (!link || (view.editable && !control(event as unknown as KeyboardEvent))) return false;
          window.open(link.href, /^https?:/.test(link.href) && new URL(link.href).origin !== location.origin ? '_blank' : '_self', 'noopener');
          return true;
        },
      },
    });
    if (kind === 'document') {
      this.#find = new FindBar(this.#editor);
    }
    if (kind !== 'comment') {
      this.#toolbar = new Toolbar(this.#editor, context, { find: () => this.#find?.open(), suggest: () => this.#suggest(!isSuggesting(this.#editor.state)) });
      this.#root.prepend(this.#toolbar.dom);
      if (this.#find) this.#toolbar.dom.after(this.#find.dom);
    }
    this.#root.append(page, this.#status);
    this.#root.classList.toggle('ed-suggesting', options.suggesting ?? false);
    this.#editor.on('update', ({ transaction }) => {
      this.#tell();
      const remote = transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined;
      if (this.#own && !remote?.isChangeOrigin) this.#changed();
    });
    this.#unlisten = options.session?.onState(({ synced, status, readOnly }) => {
      const first = synced && !this.#synced;
      this.#synced = synced;
      this.#gone = readOnly || status === 'deleted' || status === 'denied';
      this.#apply();
      if (first) this.#first();
    }) ?? (() => {});
    if (this.#synced) this.#first();
  }

  #gone = false;

  #extensions(context: Context, doc: Y.Doc): Extensions {
    const { kind, session, placeholder } = context.options;
    return [
      Extension.create({ name: 'millrace', addStorage: () => ({ context }) }),
      ...schema(kind === 'comment'),
      Collaboration.configure({ document: doc, field: 'default' }),
      ...(session ? [presence(session)] : []),
      Placeholder.configure({
        includeChildren: false,
        placeholder: ({ node }) => (node.type.name === 'heading' ? `Heading ${node.attrs.level}` : node.type.name === 'paragraph' ? placeholder ?? (kind === 'document' ? 'Write, or press / for more' : '') : ''),
      }),
      Dropcursor.configure({ color: false, width: 2, class: 'ed-drop' }),
      Gapcursor,
      ...(kind === 'document' ? [Sections, Find.configure({ open: () => this.#find?.open() })] : []),
      Paste, Slash, MentionList, Comments, Track, BubbleMenu,
    ];
  }

  /** The document is here. */
  #first(): void {
    queueMicrotask(() => {
      if (this.#editor.isDestroyed) return;
      const ids = this.#editor.isEditable && this.#options.kind !== 'comment' ? giveIds(this.#editor.state) : null;
      if (ids) this.#editor.view.dispatch(ids.setMeta('addToHistory', false));
      if (this.#options.autofocus) this.#editor.commands.focus('end');
      this.#told();
    });
  }

  #fill(content: Json | null, doc: Y.Doc): void {
    const fragment = doc.getXmlFragment('default');
    doc.transact(() => {
      fragment.delete(0, fragment.length);
      if (content?.content?.length) prosemirrorJSONToYXmlFragment(this.#schemaOf(), content, fragment);
    });
  }

  /** Before there is an editor, its schema is made for reading. */
  #schemaOf() {
    if (this.#editor) return this.#editor.schema;
    const probe = new Editor({ element: null, injectCSS: false, extensions: schema(this.#options.kind === 'comment') });
    const found = probe.schema;
    probe.destroy();
    return found;
  }

  #key(event: KeyboardEvent): boolean {
    const { onSave, onSubmit } = this.#options;
    if (control(event) && event.key.toLowerCase() === 's' && !event.shiftKey && !event.altKey) {
      // Also without a listener: nobody wants the page as a file.
      event.preventDefault();
      onSave?.();
      return true;
    }
    if (onSubmit && control(event) && event.key === 'Enter') {
      onSubmit();
      return true;
    }
    return false;
  }

  /** A press below the last block writes on below it, whatever that block is. */
  #below(event: MouseEvent): boolean {
    const { view, state, isEditable } = this.#editor;
    const last = view.dom.lastElementChild;
    if (!isEditable || event.target !== view.dom || !last || event.clientY <= last.getBoundingClientRect().bottom) return false;
    if (state.doc.lastChild?.type.name === 'paragraph') return false;
    event.preventDefault();
    this.#editor.chain().insertContentAt(state.doc.content.size, { type: 'paragraph' }).focus('end').run();
    return true;
  }

  #apply(): void {
    const editable = !this.#readOnly && this.#synced && !this.#gone;
    if (this.#editor.isEditable !== editable) {
      this.#editor.setEditable(editable, false);
      this.#editor.view.dispatch(this.#editor.state.tr);
    }
    this.#root.setAttribute('aria-busy', String(!this.#synced));
  }

  #suggest(on: boolean): void {
    this.#editor.view.dispatch(setSuggesting(this.#editor.state, on));
    this.#root.classList.toggle('ed-suggesting', on);
    this.#options.onSuggesting?.(on);
  }

  readonly #changed = quiet(QUIET_MS, () => this.#options.onChange?.(this.#json()));

  /** Tells what the page shows beside the text. */
  #told(): void {
    if (this.#editor.isDestroyed) return;
    const { onStats, onOutline, onSuggestions } = this.#options;
    onStats?.(this.#stats());
    onOutline?.(this.#outline());
    if (!onSuggestions) return;
    const now = this.#suggestions();
    const text = JSON.stringify(now);
    if (text === this.#before) return;
    this.#before = text;
    onSuggestions(now);
  }

  #say(words: string, tone: 'info' | 'danger' = 'info'): void {
    this.#status.textContent = words;
    this.#status.className = `ed-say ed-say-${tone} on`;
    clearTimeout(this.#sayTimer);
    this.#sayTimer = window.setTimeout(() => this.#status.classList.remove('on'), tone === 'danger' ? 8000 : 2500);
  }

  #json(): Json {
    return clean(this.#editor.getJSON() as Json);
  }

  #stats(): Stats {
    const { doc } = this.#editor.state;
    const text = doc.textBetween(0, doc.content.size, '\n', ' ');
    // Words of languages without spaces too.
    let words = 0;
    for (const part of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)) if (part.isWordLike) words += 1;
    return { words, characters: text.replace(/\n/g, '').length };
  }

  #outline(): OutlineItem[] {
    const found: OutlineItem[] = [];
    this.#editor.state.doc.descendants((node) => {
      if (node.type.name === 'heading') found.push({ level: Number(node.attrs.level), text: node.textContent, sectionId: (node.attrs.sectionId as string | null) ?? null });
      return !node.isTextblock;
    });
    return found;
  }

  #suggestions(): Suggestion[] {
    return list(this.#editor.state.doc, (id) => nameOf(this.#editor, id));
  }

  #decide(accept: boolean, id?: string): void {
    const tr = decide(this.#editor.state, accept, id);
    if (tr && this.#editor.isEditable) this.#editor.view.dispatch(tr);
  }

  #show(selector: string): void {
    this.#editor.view.dom.querySelector(selector)?.scrollIntoView({ block: 'start', behavior: 'smooth' });
  }

  handle(): EditorHandle {
    const editor = this.#editor;
    return {
      json: () => this.#json(),
      isEmpty: () => editor.isEmpty,
      setContent: (content) => {
        if (!this.#own) throw new Error('A live text is changed by its session.');
        this.#fill(content, this.#own);
      },
      setReadOnly: (readOnly) => {
        this.#readOnly = readOnly;
        this.#apply();
      },
      setSuggesting: (on) => this.#suggest(on),
      focus: () => void editor.commands.focus(),
      find: () => this.#find?.open(),
      stats: () => this.#stats(),
      outline: () => this.#outline(),
      showSection: (id) => this.#show(`[data-section="${CSS.escape(id)}"]`),
      suggestions: () => this.#suggestions(),
      showSuggestion: (id) => {
        const at = range(editor.state.doc, id);
        if (at) editor.chain().setTextSelection(at.from + 1).scrollIntoView().focus().run();
      },
      acceptSuggestion: (id) => this.#decide(true, id),
      rejectSuggestion: (id) => this.#decide(false, id),
      showComment: (id) => showComment(editor, id),
      removeComment: (id) => removeComment(editor, id),
      comments: () => {
        const top = this.#root.getBoundingClientRect().top;
        return places(editor.state).map(({ commentId, from }) => ({ commentId, top: editor.view.coordsAtPos(from).top - top }));
      },
      destroy: () => this.#destroy(),
    };
  }

  #destroy(): void {
    this.#unlisten();
    clearTimeout(this.#sayTimer);
    this.#tell.cancel();
    // The last words were not told yet.
    this.#changed.flush();
    this.#find?.destroy();
    this.#toolbar?.destroy();
    this.#editor.destroy();
    this.#own?.destroy();
    this.#root.remove();
  }
}

/** Attributes that say nothing are left out, as the server stores them. */
function clean(node: Json): Json {
  const attrs = Object.entries(node.attrs ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return {
    type: node.type,
    ...(attrs.length ? { attrs: Object.fromEntries(attrs) } : {}),
    ...(node.content ? { content: node.content.map(clean) } : {}),
    ...(node.marks?.length ? { marks: node.marks } : {}),
    ...(node.text !== undefined ? { text: node.text } : {}),
  };
}
