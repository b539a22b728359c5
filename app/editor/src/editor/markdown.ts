/** Markdown to HTML that the schema reads; a piece of its own, fetched with the first Markdown that is pasted. */
import { Marked } from 'marked';

const marked = new Marked({
  gfm: true,
  breaks: false,
  // Raw HTML in Markdown is text here.
  renderer: { html: ({ text }) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;') },
});

export function toHtml(text: string): string {
  // Front matter says things about the file.
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, '');
  return marked.parse(body, { async: false });
}
