/** People, documents, work orders, features and artifacts named in the text. */
import { Node } from '@tiptap/core';
import type { MentionType } from '../host';
import { icon } from '../ui/dom';
import type { IconName } from '../ui/icons';
import { contextOf } from './context';

export const mentionIcons: Record<MentionType, IconName> = {
  user: 'user',
  document: 'file-text',
  work_order: 'clipboard-check',
  feature: 'target',
  artifact: 'paperclip',
};

const text = (value: unknown) => (typeof value === 'string' ? value : '');

export const Mention = Node.create({
  name: 'mention',
  group: 'inline',
  inline: true,
  atom: true,
  selectable: true,
  addAttributes: () => ({
    id: { default: null, parseHTML: (span: HTMLElement) => span.dataset.id },
    label: { default: null, parseHTML: (span: HTMLElement) => span.dataset.label },
    type: { default: 'user', parseHTML: (span: HTMLElement) => span.dataset.type },
  }),
  parseHTML: () => [{ tag: 'span[data-mention]' }],
  renderHTML({ node: { attrs } }) {
    return ['span', { 'data-mention': '', 'data-id': attrs.id, 'data-label': attrs.label, 'data-type': attrs.type, class: 'ed-mention' }, `@${text(attrs.label)}`];
  },
  renderText: ({ node }) => `@${text(node.attrs.label)}`,
  addNodeView() {
    return ({ node, editor }) => {
      const { options } = contextOf(editor);
      const type = (text(node.attrs.type) || 'user') as MentionType;
      const href = options.mentionHref?.({ id: text(node.attrs.id), type });
      const dom = document.createElement(href ? 'a' : 'span');
      dom.className = `ed-mention ed-mention-${type}`;
      dom.contentEditable = 'false';
      if (href) dom.setAttribute('href', href);
      if (type === 'user') dom.append(`@${text(node.attrs.label)}`);
      else dom.append(icon(mentionIcons[type] ?? 'file-text'), text(node.attrs.label));
      return { dom };
    };
  },
});
