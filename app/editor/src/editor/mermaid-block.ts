/** A diagram in the text: its picture, and its source while somebody edits it. */
import { Node } from '@tiptap/core';
import { TextSelection } from '@tiptap/pm/state';
import { Picture } from '../mermaid/picture';
import { h, iconButton, quiet } from '../ui/dom';

const FIRST = 'flowchart LR\n  A[Request] --> B[Answer]';

export const MermaidBlock = Node.create({
  name: 'mermaidBlock',
  group: 'block',
  atom: true,
  draggable: true,
  addAttributes: () => ({ code: { default: '' } }),
  parseHTML: () => [
    { tag: 'div[data-mermaid]', getAttrs: (block) => ({ code: block.textContent ?? '' }) },
    { tag: 'pre', priority: 60, getAttrs: (pre) => (pre.querySelector('code.language-mermaid') ? { code: (pre.textContent ?? '').trimEnd() } : false) },
  ],
  renderHTML: ({ node }) => ['div', { 'data-mermaid': '' }, String(node.attrs.code)],
  renderText: ({ node }) => `\`\`\`mermaid\n${node.attrs.code}\n\`\`\``,

  addNodeView() {
    return ({ node, editor, getPos }) => {
      let shown = node;
      const code = () => String(shown.attrs.code ?? '');
      const problem = h('p', { class: 'ed-problem', role: 'status', hidden: true });
      const picture = new Picture('Diagram', (wrong) => {
        problem.hidden = !wrong;
        if (wrong) problem.textContent = wrong.line ? `Line ${wrong.line}: ${wrong.message}` : wrong.message;
      });
      const box = h('div', { class: 'ed-diagram-box' }, picture.dom);
      picture.dom.addEventListener('drawn', () => {
        picture.dom.style.aspectRatio = picture.there ? `${picture.size.width} / ${picture.size.height}` : '';
        picture.dom.style.width = picture.there ? `min(100%, ${picture.size.width}px)` : '';
      });
      const source = h('textarea', { class: 'ed-diagram-source', 'aria-label': 'Mermaid source of this diagram', spellcheck: 'false', hidden: true });
      const save = () => {
        store.cancel();
        const pos = getPos();
        if (pos !== undefined && source.value !== code()) editor.view.dispatch(editor.state.tr.setNodeAttribute(pos, 'code', source.value));
      };
      const store = quiet(300, save);
      const open = (now: boolean) => {
        source.hidden = !now;
        dom.classList.toggle('ed-editing', now);
        edit.setAttribute('aria-expanded', String(now));
        if (now) {
          source.value = code();
          source.focus();
        }
      };
      const edit = iconButton({ label: 'Edit the source', icon: 'pencil-line', press: () => open(source.hidden === true) });
      const leave = () => {
        const pos = getPos();
        if (pos === undefined) return;
        const { state, view } = editor;
        view.dispatch(state.tr.setSelection(TextSelection.near(state.doc.resolve(pos + shown.nodeSize))));
        view.focus();
      };
      source.addEventListener('input', () => {
        picture.set(source.value);
        store();
      });
      source.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape') return;
        open(false);
        leave();
      });
      source.addEventListener('blur', (event) => {
        save();
        if (!dom.contains(event.relatedTarget as globalThis.Node | null)) open(false);
      });
      const dom = h('div', { class: 'ed-diagram', contenteditable: 'false' }, h('div', { class: 'ed-diagram-acts' }, edit), box, source, problem);
      dom.addEventListener('dblclick', () => editor.isEditable && open(true));
      // Drawn when it comes into sight.
      const sight = new IntersectionObserver(([entry]) => {
        if (!entry.isIntersecting) return;
        sight.disconnect();
        picture.set(code(), true);
      }, { rootMargin: '300px' });
      sight.observe(dom);
      const editable = () => (edit.hidden = !editor.isEditable);
      editable();
      // One that was just inserted is to be written.
      if (editor.isEditable && code() === FIRST && editor.isFocused) queueMicrotask(() => open(true));
      return {
        dom,
        update(next) {
          if (next.type !== shown.type) return false;
          shown = next;
          editable();
          picture.set(code());
          if (!source.hidden && document.activeElement !== source) source.value = code();
          return true;
        },
        selectNode: () => dom.classList.add('ed-picked'),
        deselectNode: () => dom.classList.remove('ed-picked'),
        stopEvent: (event) => event.target === source || edit.contains(event.target as globalThis.Node),
        ignoreMutation: () => true,
        destroy() {
          store.cancel();
          sight.disconnect();
          picture.destroy();
        },
      };
    };
  },
});

export const firstDiagram = { type: 'mermaidBlock', attrs: { code: FIRST } };
