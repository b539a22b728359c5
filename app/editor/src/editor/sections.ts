/** Every heading has an id of its own: suggestions and links name sections by it. */
import { Extension } from '@tiptap/core';
import { Plugin, type EditorState, type Transaction } from '@tiptap/pm/state';
import { ySyncPluginKey } from '@tiptap/y-tiptap';
import { shortId } from '../ui/dom';
import { UNTRACKED } from './track';

/** Gives ids where they are missing, or came twice by copying. */
export function giveIds(state: EditorState): Transaction | null {
  const seen = new Set<string>();
  const tr = state.tr.setMeta(UNTRACKED, true);
  state.doc.descendants((node, pos) => {
    if (node.type.name === 'heading') {
      const id = node.attrs.sectionId as string | null;
      if (id && !seen.has(id)) seen.add(id);
      else tr.setNodeAttribute(pos, 'sectionId', shortId());
    }
    return !node.isTextblock;
  });
  return tr.docChanged ? tr : null;
}

export const Sections = Extension.create({
  name: 'sections',
  addProseMirrorPlugins: () => [
    new Plugin({
      // What others do gets its ids from them.
      appendTransaction: (trs, _, state) => (trs.some((tr) => tr.docChanged) && !trs.some((tr) => tr.getMeta(ySyncPluginKey)) ? giveIds(state) : null),
    }),
  ],
});
