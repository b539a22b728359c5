/** Pictures: artifacts of this installation, as wide as somebody drags them. */
import { Node, type Editor } from '@tiptap/core';
import type { Node as PmNode } from '@tiptap/pm/model';
import { Plugin, PluginKey, type EditorState } from '@tiptap/pm/state';
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view';
import { h } from '../ui/dom';
import { contextOf } from './context';

const NARROWEST = 80;
const KINDS = /^image\/(png|jpeg|gif|webp|avif)$/;
const uploads = new PluginKey<DecorationSet>('uploads');

/** The artifact that a picture is: `artifact:<id>`. Pictures from elsewhere would tell their owner who reads. */
export function artifactOf(src: unknown): string | null {
  return typeof src === 'string' ? /^artifact:([0-9a-f-]{36})$/i.exec(src)?.[1] ?? null : null;
}

export const Image = Node.create({
  name: 'image',
  group: 'block',
  atom: true,
  draggable: true,
  addAttributes: () => ({
    src: { default: null },
    alt: { default: null },
    width: { default: null, parseHTML: (image: HTMLElement) => Number.parseInt(image.getAttribute('width') ?? '', 10) || null },
  }),
  parseHTML: () => [{ tag: 'img[src^="artifact:"]', getAttrs: (image) => (artifactOf(image.getAttribute('src')) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ['img', HTMLAttributes],

  addNodeView() {
    return ({ node, editor, getPos }) => {
      let shown = node;
      const image = h('img', { draggable: 'false' });
      const grip = h('span', { class: 'ed-image-grip', 'aria-hidden': 'true' });
      const dom = h('figure', { class: 'ed-image' }, image, grip);
      const show = () => {
        const artifact = artifactOf(shown.attrs.src);
        const href = artifact && contextOf(editor).options.artifactHref?.(artifact);
        if (href) image.src = href;
        image.alt = (shown.attrs.alt as string | null) ?? '';
        dom.style.width = shown.attrs.width ? `${shown.attrs.width}px` : '';
        dom.classList.toggle('ed-fixed', !!shown.attrs.width);
      };
      image.onerror = () => dom.classList.add('ed-missing');
      image.onload = () => dom.classList.remove('ed-missing');
      grip.onpointerdown = (down) => {
        if (!editor.isEditable) return;
        down.preventDefault();
        grip.setPointerCapture(down.pointerId);
        const before = dom.getBoundingClientRect().width;
        const most = dom.parentElement?.clientWidth ?? before;
        let width = before;
        grip.onpointermove = (move) => {
          width = Math.round(Math.max(NARROWEST, Math.min(before + move.clientX - down.clientX, most)));
          dom.style.width = `${width}px`;
        };
        grip.onpointerup = grip.onpointercancel = () => {
          grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
          setImage(editor, getPos(), { width: width >= most ? null : width });
        };
      };
      show();
      return {
        dom,
        update(next) {
          if (next.type !== shown.type) return false;
          shown = next;
          show();
          return true;
        },
        selectNode: () => dom.classList.add('ed-picked'),
        deselectNode: () => dom.classList.remove('ed-picked'),
        stopEvent: (event) => grip.contains(event.target as globalThis.Node),
        ignoreMutation: () => true,
      };
    };
  },

  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin({
        key: uploads,
        state: {
          init: () => DecorationSet.empty,
          apply(tr, before) {
            const note = tr.getMeta(uploads) as { add?: Decoration; remove?: object } | undefined;
            let now = before.map(tr.mapping, tr.doc);
            if (note?.add) now = now.add(tr.doc, [note.add]);
            if (note?.remove) now = now.remove(now.find(undefined, undefined, (spec) => spec.id === note.remove));
            return now;
          },
        },
        props: {
          decorations: (state) => uploads.getState(state),
          handlePaste: (_, event) => takeFiles(editor, event.clipboardData, editor.state.selection.from),
          handleDrop: (view, event, _, moved) => {
            if (moved) return false;
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
            return takeFiles(editor, event.dataTransfer, at?.pos ?? editor.state.selection.from);
          },
        },
      }),
    ];
  },
});

export function setImage(editor: Editor, pos: number | undefined, attrs: Record<string, unknown>): void {
  if (pos === undefined || !editor.isEditable) return;
  const tr = editor.state.tr;
  for (const [name, value] of Object.entries(attrs)) tr.setNodeAttribute(pos, name, value);
  editor.view.dispatch(tr);
}

/** The picture that is selected. */
export function pickedImage(state: EditorState): { pos: number; node: PmNode } | null {
  const { selection } = state;
  const node = state.doc.nodeAt(selection.from);
  return node?.type.name === 'image' && selection.to - selection.from === node.nodeSize ? { pos: selection.from, node } : null;
}

function takeFiles(editor: Editor, data: DataTransfer | null, at: number): boolean {
  const files = [...(data?.files ?? [])];
  // A copied table brings a picture of itself too.
  if (files.length === 0 || data?.types.includes('text/html') && data.getData('text/html').includes('<table')) return false;
  const pictures = files.filter((file) => KINDS.test(file.type));
  const { say } = contextOf(editor);
  if (pictures.length === 0) {
    say('Only pictures (PNG, JPEG, GIF, WebP, AVIF) go into the text. Attach other files as artifacts and mention them.', 'danger');
    return true;
  }
  pictures.forEach((file) => void upload(editor, file, at));
  return true;
}

/** Asks for pictures and puts them where the caret is. */
export function pickImages(editor: Editor): void {
  const input = h('input', { type: 'file', accept: 'image/png,image/jpeg,image/gif,image/webp,image/avif', multiple: true });
  input.onchange = () => [...(input.files ?? [])].forEach((file) => void upload(editor, file, editor.state.selection.to));
  input.click();
}

/** Shows the picture pale where it will be, until it is stored. */
async function upload(editor: Editor, file: File, at: number): Promise<void> {
  const { options, say } = contextOf(editor);
  if (!options.uploadImage) return say('Pictures cannot be added here.', 'danger');
  const id = {};
  const url = URL.createObjectURL(file);
  const dispatch = (view: EditorView, note: unknown) => view.dispatch(view.state.tr.setMeta(uploads, note));
  const waiting = () => h('figure', { class: 'ed-image ed-uploading', 'aria-label': `Storing ${file.name}` }, h('img', { src: url, alt: '' }), h('span', { class: 'spin' }));
  dispatch(editor.view, { add: Decoration.widget(at, waiting, { id, side: 1 }) });
  try {
    const { artifactId, alt } = await options.uploadImage(file);
    if (editor.isDestroyed) return;
    const pos = uploads.getState(editor.state)?.find(undefined, undefined, (spec) => spec.id === id)[0]?.from;
    if (pos === undefined) return;
    const $pos = editor.state.doc.resolve(pos);
    // Between blocks: a picture does not break a sentence in two.
    const target = $pos.depth > 0 && $pos.parent.isTextblock ? ($pos.parent.content.size === 0 ? { from: $pos.before(), to: $pos.after() } : $pos.after()) : pos;
    editor.commands.insertContentAt(target, { type: 'image', attrs: { src: `artifact:${artifactId}`, alt: alt || file.name.replace(/\.[a-z]+$/i, ''), width: null } });
  } catch (error) {
    say(`${file.name} was not stored: ${error instanceof Error ? error.message : String(error)}`, 'danger');
  } finally {
    URL.revokeObjectURL(url);
    if (!editor.isDestroyed) dispatch(editor.view, { remove: id });
  }
}
