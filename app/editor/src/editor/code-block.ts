/** Code with its language: chosen in the block, coloured once the colours are there. */
import { CodeBlock as Base } from '@tiptap/extension-code-block';
import type { Node as PmNode } from '@tiptap/pm/model';
import { Plugin, PluginKey, type EditorState } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import { h, iconButton } from '../ui/dom';
import { contextOf } from './context';
import { languages } from './languages';

type Highlight = (language: string, code: string) => { from: number; to: number; class: string }[];

const key = new PluginKey<DecorationSet>('codeColours');
let highlight: Highlight | null = null;

/** Fetched with the first block of code of this page. */
const fetched = () => import('./highlight').then((module) => (highlight = module.highlight));

/** What a block's colours were, for as long as the block is the same. */
const remembered = new WeakMap<PmNode, ReturnType<Highlight>>();

function colours(state: EditorState): DecorationSet {
  const found: Decoration[] = [];
  state.doc.descendants((node, pos) => {
    if (node.type.name !== 'codeBlock') return !node.isTextblock;
    const language = node.attrs.language as string | null;
    if (!highlight || !language) return false;
    let spans = remembered.get(node);
    if (!spans) remembered.set(node, (spans = highlight(language, node.textContent)));
    for (const span of spans) found.push(Decoration.inline(pos + 1 + span.from, pos + 1 + span.to, { class: span.class }));
    return false;
  });
  return DecorationSet.create(state.doc, found);
}

const hasCode = (state: EditorState) => {
  let found = false;
  state.doc.descendants((node) => {
    found ||= node.type.name === 'codeBlock' && !!node.attrs.language;
    return !found && !node.isTextblock;
  });
  return found;
};

export const CodeBlock = Base.extend({
  addNodeView() {
    return ({ node, editor, getPos }) => {
      let shown = node;
      const code = h('code', { spellcheck: 'false' });
      const picker = h('select', { class: 'ed-code-language', 'aria-label': 'Language of this code' },
        h('option', { value: '' }, 'Plain text'),
        ...languages.map(([id, name]) => h('option', { value: id }, name)));
      const copy = iconButton({
        label: 'Copy code',
        icon: 'copy',
        press: () => void navigator.clipboard.writeText(shown.textContent).then(() => contextOf(editor).say('Copied')),
      });
      const head = h('div', { class: 'ed-code-head', contenteditable: 'false' }, picker, copy);
      const dom = h('div', { class: 'ed-code' }, head, h('pre', {}, code));
      const show = () => {
        const language = (shown.attrs.language as string | null) ?? '';
        // A language of somebody else's that this list lacks.
        if (![...picker.options].some((option) => option.value === language)) picker.append(h('option', { value: language }, language));
        picker.value = language;
        picker.disabled = !editor.isEditable;
      };
      picker.addEventListener('change', () => {
        const pos = getPos();
        if (pos !== undefined) editor.view.dispatch(editor.state.tr.setNodeAttribute(pos, 'language', picker.value || null));
        editor.view.focus();
      });
      show();
      return {
        dom,
        contentDOM: code,
        update(next) {
          if (next.type !== shown.type) return false;
          shown = next;
          show();
          return true;
        },
        stopEvent: (event) => head.contains(event.target as globalThis.Node),
        ignoreMutation: (mutation) => !code.contains(mutation.target),
      };
    };
  },

  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      ...(this.parent?.() ?? []),
      new Plugin({
        key,
        state: {
          init: (_, state) => colours(state),
          apply: (tr, before, _, state) => (tr.docChanged || tr.getMeta(key) ? colours(state) : before),
        },
        props: { decorations: (state) => key.getState(state) },
        view: () => {
          let asked = false;
          const ask = () => {
            if (asked || highlight || !hasCode(editor.state)) return;
            asked = true;
            void fetched().then(() => editor.isDestroyed || editor.view.dispatch(editor.state.tr.setMeta(key, true))).catch(() => (asked = false));
          };
          ask();
          return { update: ask };
        },
      }),
    ];
  },
}).configure({ enableTabIndentation: true, tabSize: 2 });
