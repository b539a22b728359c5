/** What `/` offers. */
import type { Editor } from '@tiptap/core';
import { contextOf } from './context';
import { pickImages } from './image';
import { firstDiagram } from './mermaid-block';
import { trigger, type Choice } from './trigger';

/** Also found by these words. */
type Entry = Choice & { words: string; when?(editor: Editor): boolean };

const entries: Entry[] = [
  { group: 'Text', label: 'Text', icon: 'pilcrow', words: 'paragraph plain', choose: (e) => e.chain().focus().setParagraph().run() },
  { group: 'Text', label: 'Heading 1', icon: 'heading-1', hint: '#', words: 'title h1', choose: (e) => e.chain().focus().setHeading({ level: 1 }).run() },
  { group: 'Text', label: 'Heading 2', icon: 'heading-2', hint: '##', words: 'section h2', choose: (e) => e.chain().focus().setHeading({ level: 2 }).run() },
  { group: 'Text', label: 'Heading 3', icon: 'heading-3', hint: '###', words: 'h3', choose: (e) => e.chain().focus().setHeading({ level: 3 }).run() },
  { group: 'Text', label: 'Heading 4', icon: 'heading-4', hint: '####', words: 'h4', choose: (e) => e.chain().focus().setHeading({ level: 4 }).run() },
  { group: 'Lists', label: 'Bullet list', icon: 'list', hint: '-', words: 'unordered ul', choose: (e) => e.chain().focus().toggleBulletList().run() },
  { group: 'Lists', label: 'Numbered list', icon: 'list-ordered', hint: '1.', words: 'ordered ol', choose: (e) => e.chain().focus().toggleOrderedList().run() },
  { group: 'Lists', label: 'Task list', icon: 'list-checks', hint: '[ ]', words: 'todo checklist checkbox', choose: (e) => e.chain().focus().toggleTaskList().run() },
  { group: 'Blocks', label: 'Quote', icon: 'text-quote', hint: '>', words: 'blockquote', choose: (e) => e.chain().focus().toggleBlockquote().run() },
  { group: 'Blocks', label: 'Code', icon: 'square-code', hint: '```', words: 'codeblock program snippet', choose: (e) => e.chain().focus().setCodeBlock().run() },
  { group: 'Blocks', label: 'Table', icon: 'table', words: 'grid rows columns', choose: (e) => e.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run() },
  { group: 'Blocks', label: 'Divider', icon: 'minus', hint: '---', words: 'line rule hr', choose: (e) => e.chain().focus().setHorizontalRule().run() },
  { group: 'Blocks', label: 'Diagram', icon: 'workflow', words: 'mermaid flowchart sequence chart', choose: (e) => e.chain().focus().insertContent(firstDiagram).run() },
  { group: 'Blocks', label: 'Picture', icon: 'image', words: 'image photo upload', when: (e) => !!contextOf(e).options.uploadImage, choose: (e) => pickImages(e) },
  { group: 'Blocks', label: 'Mention', icon: 'user', hint: '@', words: 'person document work order feature artifact link', when: (e) => !!contextOf(e).options.findMentions, choose: (e) => e.chain().focus().insertContent('@').run() },
];

/** Whether a command has its block in this editor: a comment has no tables. */
const needs: Record<string, string> = { Heading: 'heading', Table: 'table', Divider: 'horizontalRule', Diagram: 'mermaidBlock', Picture: 'image' };
const possible = (editor: Editor, { label, when }: Entry) => {
  const node = needs[label.split(' ')[0]];
  return (!node || node in editor.schema.nodes) && (when?.(editor) ?? true);
};

export const Slash = trigger({
  char: '/',
  label: 'Insert',
  none: 'Nothing like that',
  find: (editor, query) => {
    const asked = query.toLowerCase();
    const fits = ({ label, words }: Entry) => label.toLowerCase().includes(asked) || words.split(' ').some((word) => word.startsWith(asked));
    return entries.filter((entry) => possible(editor, entry) && fits(entry));
  },
});
