/**
 * Changes that wait for somebody's yes (chapter 20, section 10.7). While it is on, typing makes `suggestionAdd` and deleting makes
 * `suggestionDelete`; what carries no text (paragraph breaks, formats, tables) changes at once. A suggestion's id is the writer's
 * id, a dot, and a few letters.
 */
import { Extension } from '@tiptap/core';
import { Fragment, Slice, type Mark, type Node as PmNode, type Schema } from '@tiptap/pm/model';
import { Plugin, PluginKey, TextSelection, type EditorState, type Transaction } from '@tiptap/pm/state';
import { ReplaceAroundStep, ReplaceStep, type Mappable, type MapResult } from '@tiptap/pm/transform';
import type { EditorView } from '@tiptap/pm/view';
import { ySyncPluginKey } from '@tiptap/y-tiptap';
import { shortId } from '../ui/dom';
import { contextOf } from './context';

/** Set on transactions that change the text itself, whatever the mode. */
export const UNTRACKED = 'untracked';
const key = new PluginKey<boolean>('suggesting');

export const isSuggesting = (state: EditorState): boolean => key.getState(state) ?? false;

export const Track = Extension.create({
  name: 'track',
  priority: 900,

  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin<boolean>({
        key,
        state: {
          init: () => contextOf(editor).options.suggesting ?? false,
          apply: (tr, before) => (tr.getMeta(key) as boolean | undefined) ?? before,
        },
        props: {
          // Not by the browser: what it takes out of the page would have to be put back, and the caret with it.
          handleKeyDown: (view, event) => {
            if (!isSuggesting(view.state) || event.ctrlKey || event.metaKey || event.altKey || view.composing) return false;
            const way = event.key === 'Backspace' ? -1 : event.key === 'Delete' ? 1 : 0;
            const range = way && letter(view, way);
            if (range) {
              const { tr } = view.state;
              const caret = TextSelection.create(tr.doc, way < 0 ? range.to : range.from);
              if (!caret.eq(view.state.selection)) view.dispatch(tr.setSelection(caret));
              view.dispatch(view.state.tr.delete(range.from, range.to).scrollIntoView());
            }
            return !!range;
          },
          handleDOMEvents: {
            // Letters that are composed (Japanese, accents) go into an element with the mark from the start: the browser loses
            // a composition whose element is exchanged.
            compositionstart: (view) => {
              const { state } = view;
              if (!isSuggesting(state) || !state.selection.empty) return false;
              const { schema, selection } = state;
              const id = idAt(state.doc, selection.from, selection.from, contextOf(editor).options.user.id);
              const marks = withoutSuggestions(selection.$from.marks(), schema);
              view.dispatch(state.tr.setStoredMarks(schema.marks.suggestionAdd.create({ suggestionId: id }).addToSet(marks)));
              return false;
            },
          },
        },
      }),
    ];
  },

  dispatchTransaction({ transaction: tr, next }) {
    const { state } = this.editor;
    const own = tr.docChanged && isSuggesting(state) && !tr.getMeta(ySyncPluginKey) && !tr.getMeta(UNTRACKED);
    next(own ? tracked(tr, state, contextOf(this.editor).options.user.id) : tr);
  },
});

/** What one key press takes: a letter as people see it, before the caret or after it. */
function letter(view: EditorView, way: -1 | 1): { from: number; to: number } | null {
  const { state } = view;
  // Where the caret is on the page: a key pressed right after an arrow is faster than what tells of the arrow.
  const { anchorNode, anchorOffset, isCollapsed } = view.dom.ownerDocument.getSelection() ?? {};
  const empty = state.selection.empty && isCollapsed;
  const $from = anchorNode && view.dom.contains(anchorNode) ? state.doc.resolve(view.posAtDOM(anchorNode, anchorOffset ?? 0)) : state.selection.$from;
  const node = way < 0 ? $from.nodeBefore : $from.nodeAfter;
  if (!empty || !node?.isText || $from.parent.type.spec.code) return null;
  const letters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(node.text ?? '')];
  const size = (way < 0 ? letters[letters.length - 1] : letters[0]).segment.length;
  return way < 0 ? { from: $from.pos - size, to: $from.pos } : { from: $from.pos, to: $from.pos + size };
}

export function setSuggesting(state: EditorState, on: boolean): Transaction {
  return state.tr.setMeta(key, on);
}

const withoutSuggestions = (marks: readonly Mark[], { marks: { suggestionAdd, suggestionDelete } }: Schema) =>
  marks.filter((mark) => mark.type !== suggestionAdd && mark.type !== suggestionDelete);

/** The suggestion of this writer that touches a range, else a new one. */
function idAt(doc: PmNode, from: number, to: number, author: string): string {
  const [$from, $to] = [doc.resolve(from), doc.resolve(to)];
  for (const node of [$from.nodeBefore, $to.nodeAfter, $from.nodeAfter, $to.nodeBefore]) {
    const mark = node?.marks.find(({ type, attrs }) => /^suggestion/.test(type.name) && String(attrs.suggestionId).startsWith(`${author}.`));
    if (mark) return String(mark.attrs.suggestionId);
  }
  return `${author}.${shortId()}`;
}

/** Text that the writer deleted and that stays for now, as ranges of the document that is being built. */
class StayedText implements Mappable {
  ranges: { from: number; to: number }[] = [];

  /** From a place of the writer's document to one of ours; at an end of deleted text, `assoc` says on which side of it. */
  map(pos: number, assoc = 1): number {
    let at = pos;
    for (const { from, to } of this.ranges) if (from < at || (from === at && assoc > 0)) at += to - from;
    return at;
  }

  mapResult(pos: number, assoc = 1): MapResult {
    const at = this.map(pos, assoc);
    return { pos: at, deleted: false, deletedBefore: false, deletedAfter: false, deletedAcross: false, delInfo: 0, recover: null } as unknown as MapResult;
  }

  add(from: number, to: number): void {
    this.ranges = [...this.ranges.filter((range) => range.to < from || range.from > to), { from, to }].sort((a, b) => a.from - b.from);
  }

  /** After our document changed. */
  follow(tr: Transaction, steps: number): void {
    const moved = tr.mapping.slice(steps);
    this.ranges = this.ranges.map(({ from, to }) => ({ from: moved.map(from, 1), to: moved.map(to, -1) })).filter(({ from, to }) => to > from);
  }
}

/** The same change as a suggestion. */
function tracked(tr: Transaction, state: EditorState, author: string): Transaction {
  const out = state.tr;
  const stayed = new StayedText();
  let id: string | null = null;
  let forward = false;
  let caret: number | null = null;
  for (const step of tr.steps) {
    const before = out.steps.length;
    if (step instanceof ReplaceAroundStep && aroundText(out.doc, step, stayed)) {
      // Blocks merge around what stays: their words become suggestions, the blocks stay as they are, and so the rest of the
      // change has no place any more.
      const [from, gapFrom, gapTo, to] = [step.from, step.gapFrom, step.gapTo, step.to].map((pos) => stayed.map(pos));
      id ??= idAt(out.doc, from, from, author);
      strike(out, gapTo, to, id, author);
      const end = strike(out, from, gapFrom, id, author);
      const length = out.doc.content.size;
      if (sliceHasText(step.slice)) out.replaceRange(end, end, new Slice(added(step.slice.content, state.schema, id), step.slice.openStart, step.slice.openEnd));
      caret = end + out.doc.content.size - length;
      break;
    }
    if (!(step instanceof ReplaceStep)) {
      const moved = step.map(stayed);
      if (moved) out.maybeStep(moved);
      stayed.follow(out, before);
      continue;
    }
    const from = stayed.map(step.from, 1);
    const to = Math.max(from, stayed.map(step.to, -1));
    const structural = (step as unknown as { structure?: boolean }).structure === true;
    // Code carries no marks: it changes at once.
    const code = out.doc.resolve(from).parent.type.spec.code && out.doc.resolve(from).sameParent(out.doc.resolve(to));
    if (structural || code || (!hasText(out.doc, from, to) && !sliceHasText(step.slice))) {
      out.maybeStep(new ReplaceStep(from, to, step.slice, structural));
      stayed.follow(out, before);
      continue;
    }
    id ??= idAt(out.doc, from, to, author);
    forward ||= state.selection.empty && step.from === state.selection.from && step.to > step.from;
    const end = strike(out, from, to, id, author);
    stayed.follow(out, before);
    if (end > from) stayed.add(from, end);
    const inserting = out.steps.length;
    if (step.slice.size > 0) {
      const slice = new Slice(added(step.slice.content, state.schema, id), step.slice.openStart, step.slice.openEnd);
      if (from === to || !out.doc.resolve(end).parent.inlineContent) out.replaceRange(end, end, slice);
      else out.replace(end, end, flat(slice));
    }
    stayed.follow(out, inserting);
  }
  for (const name of ['paste', 'uiEvent', 'addToHistory', 'inputType']) {
    const meta = tr.getMeta(name) as unknown;
    if (meta !== undefined) out.setMeta(name, meta);
  }
  if (tr.selectionSet || tr.docChanged) {
    const size = out.doc.content.size;
    const at = (pos: number) => Math.min(size, stayed.map(pos, forward || tr.selection.from !== tr.selection.to ? 1 : hasInsert(tr) ? 1 : -1));
    if (caret !== null) {
      out.setSelection(TextSelection.near(out.doc.resolve(Math.min(size, caret)), -1));
    } else if (tr.selection instanceof TextSelection) {
      out.setSelection(TextSelection.between(out.doc.resolve(at(tr.selection.anchor)), out.doc.resolve(at(tr.selection.head))));
    } else {
      out.setSelection(TextSelection.near(out.doc.resolve(at(tr.selection.head))));
    }
  }
  if (tr.scrolledIntoView) out.scrollIntoView();
  return out;
}

const hasInsert = (tr: Transaction) => tr.steps.some((step) => step instanceof ReplaceStep && step.slice.size > 0);

function aroundText(doc: PmNode, step: ReplaceAroundStep, stayed: StayedText): boolean {
  const [from, gapFrom, gapTo, to] = [step.from, step.gapFrom, step.gapTo, step.to].map((pos) => stayed.map(pos));
  return sliceHasText(step.slice) || hasText(doc, from, gapFrom) || hasText(doc, gapTo, to);
}

function hasText(doc: PmNode, from: number, to: number): boolean {
  let found = false;
  doc.nodesBetween(from, to, (node, pos) => {
    found ||= node.isText && Math.min(to, pos + node.nodeSize) > Math.max(from, pos);
    return !found;
  });
  return found;
}

function sliceHasText(slice: Slice): boolean {
  let found = false;
  slice.content.descendants((node) => {
    found ||= node.isText;
    return !found;
  });
  return found;
}

/** Marks text as deleted; what the same writer had only suggested goes for good. Answers where the range now ends. */
function strike(out: Transaction, from: number, to: number, id: string, author: string): number {
  const { suggestionAdd, suggestionDelete } = out.doc.type.schema.marks;
  const own: [number, number][] = [];
  const others: [number, number][] = [];
  out.doc.nodesBetween(from, to, (node, pos) => {
    if (!node.isText) return true;
    const range: [number, number] = [Math.max(from, pos), Math.min(to, pos + node.nodeSize)];
    if (range[0] >= range[1]) return false;
    const mark = suggestionAdd.isInSet(node.marks);
    if (mark && String(mark.attrs.suggestionId).startsWith(`${author}.`)) own.push(range);
    else if (!suggestionDelete.isInSet(node.marks)) others.push(range);
    return false;
  });
  for (const [start, end] of others) out.addMark(start, end, suggestionDelete.create({ suggestionId: id }));
  let gone = 0;
  for (const [start, end] of own.reverse()) {
    out.delete(start, end);
    gone += end - start;
  }
  return to - gone;
}

/** Inserted text, marked. Comments stay where they were. */
function added(content: Fragment, schema: Schema, id: string): Fragment {
  const nodes: PmNode[] = [];
  const mark = schema.marks.suggestionAdd.create({ suggestionId: id });
  content.forEach((node) => {
    if (node.isText) nodes.push(node.mark(mark.addToSet(withoutSuggestions(node.marks, schema).filter(({ type }) => type !== schema.marks.comment))));
    else nodes.push(node.copy(added(node.content, schema, id)));
  });
  return Fragment.from(nodes);
}

/** Only the words of a slice that was to replace words. */
function flat(slice: Slice): Slice {
  if (slice.openStart === 0 && slice.openEnd === 0 && (slice.content.firstChild?.isInline ?? true)) return slice;
  if (slice.content.childCount > 1) return slice;
  const block = slice.content.firstChild;
  return block?.inlineContent ? new Slice(block.content, 0, 0) : slice;
}
