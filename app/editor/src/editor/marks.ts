/** Link, comment and suggestion marks. */
import { InputRule, Mark, mergeAttributes } from '@tiptap/core';

/** What a link may lead to: http, https, mailto, or a place of this installation. Null for anything else. */
export function safeHref(text: string): string | null {
  const href = text.trim();
  if (!href || /[\s\u0000-\u001f]/.test(href)) return null;
  if (/^(https?:\/\/[^/]|mailto:[^@]+@)/i.test(href)) return href;
  // Relative: no scheme, and no foreign host by two slashes.
  if (/^(\/(?![/\\])|#|\?|\.{1,2}\/)/.test(href)) return href;
  return null;
}

/** What a person means by "example.com/x" or "ada@example.com". */
export function guessHref(text: string): string | null {
  const typed = text.trim();
  if (/^[^\s@/]+@[^\s@/]+\.[a-z]{2,}$/i.test(typed)) return `mailto:${typed}`;
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:\d+)?([/?#]\S*)?$/i.test(typed)) return `https://${typed}`;
  return safeHref(typed);
}

export const Link = Mark.create({
  name: 'link',
  priority: 1000,
  inclusive: false,
  exitable: true,
  addAttributes: () => ({ href: { default: null } }),
  parseHTML: () => [{ tag: 'a[href]', getAttrs: (link) => (safeHref(link.getAttribute('href') ?? '') ? null : false) }],
  renderHTML({ HTMLAttributes: { href } }) {
    return ['a', { href: safeHref(String(href)) ?? '#', rel: 'noopener noreferrer nofollow', class: 'ed-link' }, 0];
  },
  addInputRules() {
    const { type } = this;
    return [
      // A bare address becomes a link when a space follows it.
      new InputRule({
        find: /(?:^|\s)((?:https?:\/\/|www\.)[^\s]*[^\s.,;:!?)\]}'"])\s$/,
        handler: ({ state: { tr }, range, match }) => {
          const href = guessHref(match[1]);
          if (!href) return;
          const from = range.from + match[0].length - 1 - match[1].length;
          tr.addMark(from, from + match[1].length, type.create({ href }));
          // The space is there already, or comes with this change.
          if (range.to === from + match[1].length) tr.insertText(match[0].slice(-1), range.to);
          tr.removeStoredMark(type);
        },
      }),
      // [text](address)
      new InputRule({
        find: /\[([^\]]+)\]\(([^)\s]+)\)$/,
        handler: ({ state: { tr, schema }, range, match }) => {
          const href = guessHref(match[2]);
          if (href) tr.replaceWith(range.from, range.to, schema.text(match[1], [type.create({ href })])).removeStoredMark(type);
        },
      }),
    ];
  },
});

export const Comment = Mark.create({
  name: 'comment',
  inclusive: false,
  // Two comments may overlap. In Yjs their names then carry a hash: `comment--aB3dE6gH`.
  excludes: '',
  addAttributes: () => ({ commentId: { default: null, parseHTML: (span: HTMLElement) => span.dataset.comment, renderHTML: ({ commentId }) => ({ 'data-comment': commentId }) } }),
  parseHTML: () => [{ tag: 'span[data-comment]' }],
  renderHTML: ({ HTMLAttributes }) => ['span', mergeAttributes({ class: 'ed-comment' }, HTMLAttributes), 0],
});

const suggestionId = {
  suggestionId: {
    default: null,
    parseHTML: (element: HTMLElement) => element.dataset.suggestion,
    renderHTML: ({ suggestionId }: Record<string, unknown>) => ({ 'data-suggestion': suggestionId }),
  },
};

export const SuggestionAdd = Mark.create({
  name: 'suggestionAdd',
  inclusive: false,
  excludes: '',
  addAttributes: () => suggestionId,
  parseHTML: () => [{ tag: 'ins[data-suggestion]' }],
  renderHTML: ({ HTMLAttributes }) => ['ins', mergeAttributes({ class: 'ed-add' }, HTMLAttributes), 0],
});

export const SuggestionDelete = Mark.create({
  name: 'suggestionDelete',
  inclusive: false,
  excludes: '',
  addAttributes: () => suggestionId,
  parseHTML: () => [{ tag: 'del[data-suggestion]' }],
  renderHTML: ({ HTMLAttributes }) => ['del', mergeAttributes({ class: 'ed-del' }, HTMLAttributes), 0],
});
