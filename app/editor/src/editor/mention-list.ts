/** What `@` offers: whatever the page finds. */
import type { MentionItem } from '../host';
import { contextOf } from './context';
import { mentionIcons } from './mention';
import { trigger } from './trigger';

const groups: [MentionItem['type'], string][] = [
  ['user', 'People'], ['document', 'Documents'], ['work_order', 'Work orders'], ['feature', 'Features'], ['artifact', 'Artifacts'],
];
/** Typing goes on while the server is asked. */
const PAUSE_MS = 120;

export const MentionList = trigger({
  char: '@',
  label: 'Mention',
  none: 'Nobody and nothing by that name',
  async find(editor, query, signal) {
    const { findMentions } = contextOf(editor).options;
    if (!findMentions) return [];
    if (query) await new Promise((wake) => setTimeout(wake, PAUSE_MS));
    if (signal.aborted) return [];
    const found = await findMentions(query, signal);
    return groups.flatMap(([type, group]) =>
      found.filter((item) => item.type === type).map(({ id, label, hint }) => ({
        label,
        hint,
        group,
        icon: mentionIcons[type],
        choose: () => void editor.chain().focus().insertContent([{ type: 'mention', attrs: { id, label, type } }, { type: 'text', text: ' ' }]).run(),
      })));
  },
});
