/** Carets and selections of the others, in their colours and with their names. */
import { Extension } from '@tiptap/core';
import { yCursorPlugin } from '@tiptap/y-tiptap';
import { colour } from '../collab/people';
import type { Session } from '../host';
import { h } from '../ui/dom';

interface User {
  id?: string;
  name?: string;
}

const tone = (user: User) => `ed-person-${colour(user.id ?? user.name ?? '')}`;

export const presence = (session: Session) =>
  Extension.create({
    name: 'presence',
    priority: 999,
    addProseMirrorPlugins: () => [
      yCursorPlugin(session.awareness, {
        // The names beside the carets are for the eye; who is here is told elsewhere.
        cursorBuilder: (user: User) => h('span', { class: `ed-caret ${tone(user)}`, 'aria-hidden': 'true', 'data-name': user.name ?? 'Somebody' }),
        selectionBuilder: (user: User) => ({ class: `ed-selection ${tone(user)}` }),
      }),
    ],
  });
