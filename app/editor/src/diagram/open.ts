/** Mermaid source on the left, its picture on the right: see DiagramOptions in host.ts. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder, type DecorationSet } from '@codemirror/view';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import type { DiagramHandle, DiagramOptions, DiagramProblem } from '../host';
import { Picture } from '../mermaid/picture';
import { LARGEST_SOURCE } from '../mermaid/problem';
import { h, icon, quiet } from '../ui/dom';
import { adoptStyles } from '../ui/sheet';
import { Board } from './board';
import { language } from './language';

const QUIET_MS = 300;

const setWrong = StateEffect.define<number | null>();
const wrongLine = Decoration.line({ class: 'ed-wrong-line' });
/** The line that Mermaid stopped at. */
const wrong = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, tr) {
    for (const effect of tr.effects) {
      if (!effect.is(setWrong)) continue;
      const line = effect.value;
      return line && line <= tr.state.doc.lines ? Decoration.set(wrongLine.range(tr.state.doc.line(line).from)) : Decoration.none;
    }
    return before.map(tr.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Refuses what would make the source too large, and says so. */
const limit = (refused: () => void): Extension =>
  EditorState.changeFilter.of((tr) => {
    if (!tr.docChanged || tr.newDoc.length <= tr.startState.doc.length || tr.isUserEvent('undo')) return true;
    // Letters are up to three bytes; counted exactly only near the limit.
    if (tr.newDoc.length * 3 <= LARGEST_SOURCE || new TextEncoder().encode(tr.newDoc.toString()).length <= LARGEST_SOURCE) return true;
    // What others wrote is in the document already.
    if (!tr.isUserEvent('input') && !tr.isUserEvent('paste') && !tr.isUserEvent('move')) return true;
    queueMicrotask(refused);
    return false;
  });

export function openDiagram(element: HTMLElement, options: DiagramOptions): DiagramHandle {
  adoptStyles();
  const { session } = options;
  const text = session?.doc.getText('diagram');
  const editable = new Compartment();
  const problemLine = h('p', { class: 'ed-problem', role: 'status', hidden: true });
  let readOnly = options.readOnly ?? false;
  let synced = session?.state.synced ?? true;
  let gone = session?.state.readOnly ?? false;

  const tell = (problem: DiagramProblem | null) => {
    problemLine.hidden = !problem;
    if (problem) {
      const words = problem.line ? `Line ${problem.line}: ${problem.message}` : problem.message;
      problemLine.replaceChildren(icon('circle-alert'), words, picture.there ? h('small', {}, 'The picture shows the last source that worked.') : '');
    }
    view.dispatch({ effects: setWrong.of(problem?.line ?? null) });
    options.onProblem?.(problem);
  };
  const picture = new Picture(options.label, (problem) => queueMicrotask(() => tell(problem)));
  const board = new Board(picture, options.label);
  const changed = quiet(QUIET_MS, () => options.onChange?.(view.state.doc.toString()));
  const mayEdit = () => [EditorState.readOnly.of(readOnly || !synced || gone), EditorView.editable.of(!readOnly && synced && !gone)];

  const view = new EditorView({
    doc: text?.toString() ?? options.source ?? '',
    extensions: [
      lineNumbers(), drawSelection(), highlightActiveLine(), wrong, language, search({ top: true }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': `Source of ${options.label}`, spellcheck: 'false' }),
      placeholder('flowchart LR\n  A[Start] --> B[End]'),
      text && session ? yCollab(text, session.awareness) : history(),
      limit(() => tell({ line: null, message: 'A diagram has no more than 100 KB.' })),
      keymap.of([
        { key: 'Mod-s', run: () => (options.onSave?.(), true), preventDefault: true },
        { key: 'Mod-f', run: openSearchPanel },
        // Tab leaves the field unless Escape was pressed before it: nobody is caught in here.
        ...(text ? yUndoManagerKeymap : historyKeymap), ...searchKeymap, ...defaultKeymap, indentWithTab,
      ]),
      editable.of(mayEdit()),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        picture.set(update.state.doc.toString());
        changed();
      }),
    ],
  });

  const source = h('div', { class: 'ed-source' }, view.dom, problemLine);
  const divider = h('div', { class: 'ed-divider', role: 'separator', 'aria-orientation': 'vertical', 'aria-label': 'Width of the source', tabindex: '0', 'aria-valuemin': '20', 'aria-valuemax': '80', 'aria-valuenow': '40' });
  const root = h('div', { class: 'ed-split' }, source, divider, board.dom);
  element.append(root);
  split(root, divider);
  picture.set(view.state.doc.toString(), true);

  const apply = () => view.dispatch({ effects: editable.reconfigure(mayEdit()) });
  const unlisten = session?.onState((state) => {
    const before = [synced, gone].join();
    synced = state.synced;
    gone = state.readOnly || state.status === 'deleted' || state.status === 'denied';
    if (before !== [synced, gone].join()) apply();
  });

  return {
    source: () => view.state.doc.toString(),
    setSource: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    setReadOnly: (next) => {
      readOnly = next;
      apply();
    },
    svg: () => picture.svg(),
    destroy() {
      unlisten?.();
      changed.flush();
      view.destroy();
      board.destroy();
      picture.destroy();
      root.remove();
    },
  };
}

/** The divider moves by hand and by arrows. */
function split(root: HTMLElement, divider: HTMLElement): void {
  const set = (share: number) => {
    const width = Math.round(Math.max(20, Math.min(80, share)));
    root.style.setProperty('--source', `${width}%`);
    divider.setAttribute('aria-valuenow', String(width));
  };
  divider.addEventListener('pointerdown', (down) => {
    down.preventDefault();
    divider.setPointerCapture(down.pointerId);
    const box = root.getBoundingClientRect();
    divider.onpointermove = (move) => set(((move.clientX - box.left) / box.width) * 100);
    divider.onpointerup = divider.onpointercancel = () => (divider.onpointermove = null);
  });
  divider.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
    if (!step) return;
    event.preventDefault();
    set(Number(divider.getAttribute('aria-valuenow')) + step);
  });
}
