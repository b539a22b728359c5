/** What is pasted becomes what may be written: lists of Word, formats of Google Docs, Markdown as it was meant. */
import { Extension } from '@tiptap/core';
import { Fragment, Slice, type Node as PmNode } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import { contextOf } from './context';
import { artifactOf } from './image';
import { guessHref, safeHref } from './marks';

/** More would not fit into one message to the server. */
const LARGEST_PASTE = 512 * 1024;

export const Paste = Extension.create({
  name: 'cleanPaste',
  priority: 950,
  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin({
        key: new PluginKey('cleanPaste'),
        props: {
          transformPastedHTML: cleanHtml,
          transformPasted: (slice) => new Slice(withoutComments(slice.content), slice.openStart, slice.openEnd),
          handlePaste(view, event) {
            const data = event.clipboardData;
            const text = data?.getData('text/plain') ?? '';
            if (text.length > LARGEST_PASTE || (data?.getData('text/html').length ?? 0) > LARGEST_PASTE * 4) {
              contextOf(editor).say('This is too much at once: paste it in parts, or import it as a file.', 'danger');
              return true;
            }
            const { state } = view;
            const inCode = state.selection.$from.parent.type.spec.code;
            const href = !inCode && !state.selection.empty && /^\S+$/.test(text.trim()) ? safeHref(text) && guessHref(text) : null;
            if (href && state.selection.$from.sameParent(state.selection.$to)) {
              view.dispatch(state.tr.addMark(state.selection.from, state.selection.to, state.schema.marks.link.create({ href })));
              return true;
            }
            if (inCode || !looksLikeMarkdown(text) || (data?.types.includes('text/html') && !isPlainHtml(data.getData('text/html')))) return false;
            void pasteMarkdown(text);
            return true;
          },
        },
      }),
    ];

    async function pasteMarkdown(text: string): Promise<void> {
      const html = await import('./markdown').then(({ toHtml }) => toHtml(text)).catch(() => null);
      if (editor.isDestroyed) return;
      if (html === null) editor.view.pasteText(text);
      else editor.view.pasteHTML(html);
    }
  },
});

/** Comments and suggestions belong to where they were made. */
function withoutComments(content: Fragment): Fragment {
  const nodes: PmNode[] = [];
  content.forEach((node) => {
    const marks = node.marks.filter(({ type }) => !/^(comment|suggestion)/.test(type.name));
    nodes.push(node.isText ? node.mark(marks) : node.copy(withoutComments(node.content)));
  });
  return Fragment.from(nodes);
}

/** Signs that somebody wrote Markdown: one block sign, or two inline ones. */
export function looksLikeMarkdown(text: string): boolean {
  if (/^(#{1,6} \S|```|~~~|\|.+\|\s*$|\s*[-*+] \[[ xX]\] )/m.test(text)) return true;
  const lists = text.match(/^\s*([-*+]|\d+[.)]) \S/gm)?.length ?? 0;
  const quotes = text.match(/^> \S/gm)?.length ?? 0;
  const inline = text.match(/\*\*[^*\s][^*]*\*\*|`[^`\n]+`|\[[^\]\n]+\]\([^)\s]+\)/g)?.length ?? 0;
  return lists >= 2 || quotes >= 1 || inline >= 1 || (lists === 1 && text.trim().includes('\n'));
}

/** Editors of code put their text into HTML without any structure: then the plain text is what was meant. */
function isPlainHtml(html: string): boolean {
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  return !body.querySelector('p, h1, h2, h3, h4, h5, h6, ul, ol, table, a[href], strong, em, b:not([style*="normal"]), i, pre > code, img, [data-pm-slice]');
}

export function cleanHtml(html: string): string {
  if (html.includes('data-pm-slice')) return html;
  const { body } = new DOMParser().parseFromString(html.replace(/<!--[\s\S]*?-->/g, ''), 'text/html');
  body.querySelectorAll('style, script, meta, link, title, o\\:p, xml').forEach((element) => element.remove());
  // Google Docs wraps everything into a <b> that is not bold.
  body.querySelectorAll('b[style*="font-weight:normal"], b[style*="font-weight: normal"], b[id^="docs-internal-guid"]').forEach((wrap) => wrap.replaceWith(...wrap.childNodes));
  wordLists(body);
  wordHeadings(body);
  for (const heading of body.querySelectorAll('h5, h6')) {
    const four = document.createElement('h4');
    four.append(...heading.childNodes);
    heading.replaceWith(four);
  }
  for (const link of body.querySelectorAll('a')) {
    // Google's way out: the address is a parameter.
    const way = /^https:\/\/www\.google\.com\/url\?(.*)$/.exec(link.href);
    const target = way ? new URLSearchParams(way[1]).get('q') : null;
    if (target) link.setAttribute('href', target);
    if (!safeHref(link.getAttribute('href') ?? '')) link.replaceWith(...link.childNodes);
  }
  for (const image of body.querySelectorAll('img')) {
    // Pictures from elsewhere stay there: what they showed, and where.
    const src = image.getAttribute('src') ?? '';
    if (artifactOf(src)) continue;
    const link = /^https?:/i.test(src) && safeHref(src) ? document.createElement('a') : null;
    if (link) {
      link.href = src;
      link.textContent = image.alt || 'Picture';
    }
    image.replaceWith(...(link ? [link] : []));
  }
  // Checklists of Google Docs and of GitHub.
  for (const item of body.querySelectorAll<HTMLElement>('li[role="checkbox"], li:has(> input[type="checkbox"]), li:has(> p > input[type="checkbox"])')) {
    const box = item.querySelector<HTMLInputElement>('input[type="checkbox"]');
    item.dataset.type = 'taskItem';
    item.dataset.checked = String(box ? box.hasAttribute('checked') : item.getAttribute('aria-checked') === 'true');
    box?.remove();
    if (item.parentElement) item.parentElement.dataset.type = 'taskList';
  }
  // The last line of code ends there.
  for (const code of body.querySelectorAll('pre')) {
    const last = [code.lastChild, code.lastChild?.lastChild].find((node) => node?.nodeType === Node.TEXT_NODE);
    if (last?.nodeValue) last.nodeValue = last.nodeValue.replace(/\n$/, '');
  }
  // Formats that are only looks.
  body.querySelectorAll('span').forEach((span) => {
    if (span.style.fontStyle === 'italic') wrap(span, 'em');
    if (/bold|[6-9]00/.test(span.style.fontWeight)) wrap(span, 'strong');
    if (span.style.textDecoration.includes('line-through')) wrap(span, 's');
  });
  return body.innerHTML;
}

function wrap(span: HTMLElement, tag: string): void {
  const inner = document.createElement(tag);
  inner.append(...span.childNodes);
  span.append(inner);
}

/** Word names its headings by class when it exports from some versions. */
function wordHeadings(body: HTMLElement): void {
  for (const paragraph of body.querySelectorAll<HTMLElement>('p.MsoTitle, p[class^="MsoHeading"]')) {
    const level = Math.min(4, Number(/\d/.exec(paragraph.className)?.[0] ?? 1));
    const heading = document.createElement(`h${level}`);
    heading.append(...paragraph.childNodes);
    paragraph.replaceWith(heading);
  }
}

/** Word's lists are paragraphs with their sign as text: `mso-list: l0 level2 lfo1`. */
function wordLists(body: HTMLElement): void {
  const isItem = (element: Element | null): element is HTMLElement =>
    element instanceof HTMLElement && (/MsoListParagraph/.test(element.className) || /mso-list:\s*l\d/.test(element.getAttribute('style') ?? ''));
  for (const first of body.querySelectorAll('p')) {
    if (!isItem(first) || !first.isConnected) continue;
    const items: HTMLElement[] = [];
    for (let next: Element | null = first; isItem(next); next = next.nextElementSibling) items.push(next);
    const lists: HTMLElement[] = [];
    const top = document.createElement('div');
    first.before(top);
    for (const item of items) {
      const level = Number(/level(\d)/.exec(item.getAttribute('style') ?? '')?.[1] ?? 1);
      const sign = item.querySelector<HTMLElement>('span[style*="mso-list:Ignore"], span[style*="mso-list: Ignore"]');
      const words = (sign?.textContent ?? item.textContent ?? '').trim();
      const tag = /^(\d+|[a-z]|[ivx]+)[.)]/i.test(words) ? 'ol' : 'ul';
      sign?.remove();
      if (!sign) item.innerHTML = item.innerHTML.replace(/^(\s|&nbsp;)*([·•o§▪-]|\d+[.)])(\s|&nbsp;)+/, '');
      lists.length = Math.min(lists.length, level);
      while (lists.length < level) {
        const list = document.createElement(lists.length === level - 1 ? tag : 'ul');
        const above = lists[lists.length - 1];
        if (above) (above.lastElementChild ?? above.appendChild(document.createElement('li'))).append(list);
        else top.append(list);
        lists.push(list);
      }
      const li = document.createElement('li');
      li.append(...item.childNodes);
      lists[level - 1].append(li);
      item.remove();
    }
    top.replaceWith(...top.childNodes);
  }
}
