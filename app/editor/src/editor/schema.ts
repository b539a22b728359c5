/** The text of chapter 20, section 3, as server/richtext reads it: these nodes and marks with these attributes, and nothing else. */
import type { Extensions } from '@tiptap/core';
import { Blockquote } from '@tiptap/extension-blockquote';
import { Bold } from '@tiptap/extension-bold';
import { Code } from '@tiptap/extension-code';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Heading } from '@tiptap/extension-heading';
import { HorizontalRule } from '@tiptap/extension-horizontal-rule';
import { Italic } from '@tiptap/extension-italic';
import { BulletList, ListItem, ListKeymap, OrderedList, TaskItem, TaskList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Strike } from '@tiptap/extension-strike';
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table';
import { Text } from '@tiptap/extension-text';
import { CodeBlock } from './code-block';
import { Image } from './image';
import { Comment, Link, SuggestionAdd, SuggestionDelete } from './marks';
import { Mention } from './mention';
import { MermaidBlock } from './mermaid-block';

/** What may be written. `plain` leaves out what needs a page's width: a comment has no tables. */
export function schema(plain: boolean): Extensions {
  const always = [
    Document, Paragraph, Text, HardBreak, Bold, Italic, Strike, Link, Blockquote, ListItem, BulletList, OrderedList, TaskList, ListKeymap,
    // Comments and suggestions may lie over code.
    Code.extend({ excludes: 'code bold italic strike' }),
    TaskItem.configure({ nested: true, a11y: { checkboxLabel: (node, checked) => `${checked ? 'Done' : 'To do'}: ${node.textContent}` } }),
    CodeBlock, Mention, Comment, SuggestionAdd, SuggestionDelete,
  ];
  if (plain) return always;
  return [
    ...always,
    Heading.configure({ levels: [1, 2, 3, 4] }).extend({
      addAttributes() {
        return {
          ...this.parent?.(),
          sectionId: { default: null, keepOnSplit: false, parseHTML: () => null, renderHTML: ({ sectionId }) => (sectionId ? { 'data-section': sectionId } : {}) },
        };
      },
    }),
    HorizontalRule, Image, MermaidBlock,
    Table.configure({ resizable: true, cellMinWidth: 72, renderWrapper: true }),
    TableRow, TableCell, TableHeader,
  ];
}

