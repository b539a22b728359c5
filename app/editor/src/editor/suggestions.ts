/** Suggestions in the text: which there are, and what becomes of them. */
import type { Node as PmNode } from '@tiptap/pm/model';
import type { EditorState, Transaction } from '@tiptap/pm/state';
import type { Suggestion } from '../host';
import { UNTRACKED } from './track';

interface Piece {
  from: number;
  to: number;
  kind: 'add' | 'delete';
  id: string;
  text: string;
}

function pieces(doc: PmNode, id?: string): Piece[] {
  const found: Piece[] = [];
  doc.descendants((node, pos) => {
    if (!node.isText) return true;
    for (const { type, attrs } of node.marks) {
      const kind = type.name === 'suggestionAdd' ? 'add' : type.name === 'suggestionDelete' ? 'delete' : null;
      const own = String(attrs.suggestionId);
      if (kind && (id === undefined || own === id)) found.push({ from: pos, to: pos + node.nodeSize, kind, id: own, text: node.text ?? '' });
    }
    return false;
  });
  return found;
}

/** In the order of the text. */
export function list(doc: PmNode, name: (id: string) => string | undefined): Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const piece of pieces(doc)) {
    // A writer's id, a dot, and some letters; suggestions of the assistant have no dot.
    const authorId = piece.id.includes('.') ? piece.id.slice(0, piece.id.lastIndexOf('.')) : null;
    let one = found.get(piece.id);
    if (!one) found.set(piece.id, (one = { id: piece.id, kind: piece.kind, added: '', deleted: '', authorId, author: authorId ? name(authorId) ?? null : null }));
    if (piece.kind === 'add') one.added += piece.text;
    else one.deleted += piece.text;
    if (one.kind !== piece.kind) one.kind = 'replace';
  }
  return [...found.values()];
}

/** The suggestions at the caret, or touching it. */
export function idsAt(state: EditorState): string[] {
  const { $from, empty } = state.selection;
  if (!empty) return [];
  const marks = [...($from.nodeBefore?.marks ?? []), ...($from.nodeAfter?.marks ?? [])];
  return [...new Set(marks.filter(({ type }) => /^suggestion/.test(type.name)).map(({ attrs }) => String(attrs.suggestionId)))];
}

export function range(doc: PmNode, id: string): { from: number; to: number } | null {
  const all = pieces(doc, id);
  return all.length ? { from: all[0].from, to: all[all.length - 1].to } : null;
}

/** Accepts or rejects one suggestion, or all. */
export function decide(state: EditorState, accept: boolean, id?: string): Transaction | null {
  const all = pieces(state.doc, id);
  if (all.length === 0) return null;
  const tr = state.tr.setMeta(UNTRACKED, true);
  const { suggestionAdd, suggestionDelete } = state.schema.marks;
  let gapEnd: number | null = null;
  // From the end, so that places before stay what they are.
  for (const piece of all.reverse()) {
    const stays = (piece.kind === 'add') === accept;
    if (stays) {
      tr.removeMark(piece.from, piece.to, (piece.kind === 'add' ? suggestionAdd : suggestionDelete).create({ suggestionId: piece.id }));
      gapEnd = null;
      continue;
    }
    // A mention between two deleted words goes with them.
    const $to = tr.doc.resolve(piece.to);
    const onlyAtoms = gapEnd !== null && piece.to < gapEnd && $to.sameParent(tr.doc.resolve(gapEnd)) && !hasWords(tr.doc, piece.to, gapEnd);
    drop(tr, piece.from, onlyAtoms ? gapEnd! : piece.to);
    gapEnd = piece.from <= tr.doc.content.size ? piece.from : null;
  }
  return tr;
}

function hasWords(doc: PmNode, from: number, to: number): boolean {
  return doc.textBetween(from, to, ' ').trim() !== '';
}

/** Deletes text, and the block that had nothing else. */
function drop(tr: Transaction, from: number, to: number): void {
  tr.delete(from, to);
  const $at = tr.doc.resolve(from);
  const block = $at.parent;
  if (!block.isTextblock || block.content.size > 0) return;
  // Up to where something else is left, never out of a cell, never the last block.
  let depth = $at.depth;
  while (depth > 1 && $at.node(depth - 1).childCount === 1 && !/^(tableCell|tableHeader|doc)$/.test($at.node(depth - 1).type.name)) depth -= 1;
  if ($at.node(depth - 1).childCount > 1) tr.delete($at.before(depth), $at.after(depth));
}
