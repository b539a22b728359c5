/** What the parts of one editor share. */
import type { Editor } from '@tiptap/core';
import type { EditorOptions } from '../host';

export interface Context {
  options: EditorOptions;
  /** The element that the page gave, positioned: floating parts live in it. */
  root: HTMLElement;
  /** Says something to screen readers, and shows it when it matters. */
  say(words: string, tone?: 'info' | 'danger'): void;
}

/** Kept in the editor's storage, where every extension finds it. */
declare module '@tiptap/core' {
  interface Storage {
    millrace: { context: Context };
  }
}

export const contextOf = (editor: Editor): Context => editor.storage.millrace.context;
