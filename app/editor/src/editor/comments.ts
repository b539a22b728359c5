/** Comments in the text: a mark says where, the page keeps what is said. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey, TextSelection, type EditorState } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import type { Anchor } from '../host';
import { contextOf } from './context';
import { UNTRACKED } from './track';

const key = new PluginKey<string | null>('activeComment');
/** Words before and after, to find a passage again whose mark was lost. */
const AROUND = 48;
const LONGEST_QUOTE = 500;

export function addComment(editor: Editor): void {
  const { options } = contextOf(editor);
  const { state } = editor;
  const { from, to, empty } = state.selection;
  if (!options.onComment || empty || !state.doc.textBetween(from, to).trim()) return;
  const commentId = crypto.randomUUID();
  const tr = state.tr.addMark(from, to, state.schema.marks.comment.create({ commentId }));
  if (!tr.docChanged) return contextOf(editor).say('Code and pictures cannot be commented on: select the words beside them.');
  tr.setSelection(TextSelection.near(tr.doc.resolve(to), -1)).setMeta(UNTRACKED, true).setMeta(key, commentId);
  editor.view.dispatch(tr);
  options.onComment({ commentId, anchor: anchorOf(state, commentId, from, to) });
}

function anchorOf({ doc }: EditorState, commentId: string, from: number, to: number): Anchor {
  const text = (start: number, end: number) => doc.textBetween(Math.max(0, start), Math.min(doc.content.size, end), ' ', ' ');
  let sectionId: string | null = null;
  doc.nodesBetween(0, from, (node, pos) => {
    if (node.type.name === 'heading' && pos < from) sectionId = (node.attrs.sectionId as string | null) ?? sectionId;
    return !node.isTextblock;
  });
  return { commentId, quote: text(from, to).slice(0, LONGEST_QUOTE), before: text(from - AROUND, from), after: text(to, to + AROUND), sectionId };
}

interface Place {
  commentId: string;
  from: number;
  to: number;
}

export function places(state: EditorState): Place[] {
  const found = new Map<string, Place>();
  state.doc.descendants((node, pos) => {
    if (!node.isText) return true;
    for (const { type, attrs } of node.marks) {
      if (type.name !== 'comment') continue;
      const commentId = String(attrs.commentId);
      const known = found.get(commentId);
      if (known) known.to = pos + node.nodeSize;
      else found.set(commentId, { commentId, from: pos, to: pos + node.nodeSize });
    }
    return false;
  });
  return [...found.values()];
}

export function removeComment({ state, view }: Editor, commentId: string): void {
  const { comment } = state.schema.marks;
  const tr = state.tr.setMeta(UNTRACKED, true);
  state.doc.descendants((node, pos) => {
    const mark = node.isText && node.marks.find(({ type, attrs }) => type === comment && attrs.commentId === commentId);
    if (mark) tr.removeMark(pos, pos + node.nodeSize, mark);
  });
  if (tr.docChanged) view.dispatch(tr);
}

export function showComment(editor: Editor, commentId: string | null): void {
  editor.view.dispatch(editor.state.tr.setMeta(key, commentId));
  if (commentId === null) return;
  const place = places(editor.state).find((one) => one.commentId === commentId);
  if (!place) return;
  const { node } = editor.view.domAtPos(place.from + 1);
  (node instanceof Element ? node : node.parentElement)?.scrollIntoView({ block: 'center', behavior: 'smooth' });
}

/** The innermost first: the shortest. */
function idsAt(state: EditorState): string[] {
  const { $from } = state.selection;
  const marks = [...($from.nodeAfter?.marks ?? []), ...($from.nodeBefore?.marks ?? [])].filter(({ type }) => type.name === 'comment');
  const ids = [...new Set(marks.map(({ attrs }) => String(attrs.commentId)))];
  if (ids.length < 2) return ids;
  const size = new Map(places(state).map(({ commentId, from, to }) => [commentId, to - from]));
  return ids.sort((a, b) => (size.get(a) ?? 0) - (size.get(b) ?? 0));
}

export const Comments = Extension.create({
  name: 'comments',
  addKeyboardShortcuts() {
    return { 'Mod-Alt-m': () => (addComment(this.editor), true) };
  },
  addProseMirrorPlugins() {
    const { editor } = this;
    let told = '';
    return [
      new Plugin<string | null>({
        key,
        state: {
          init: () => null,
          apply: (tr, before) => {
            const set = tr.getMeta(key) as string | null | undefined;
            return set === undefined ? before : set;
          },
        },
        props: {
          decorations: (state) => {
            const active = key.getState(state);
            const place = active && places(state).find(({ commentId }) => commentId === active);
            return place ? DecorationSet.create(state.doc, [Decoration.inline(place.from, place.to, { class: 'ed-comment-on' })]) : null;
          },
        },
        view: () => ({
          update: ({ state }) => {
            const { onCommentsAt } = contextOf(editor).options;
            if (!onCommentsAt || !state.selection.empty) return;
            const ids = idsAt(state);
            if (ids.join() === told) return;
            told = ids.join();
            onCommentsAt(ids);
          },
        }),
      }),
    ];
  },
});
