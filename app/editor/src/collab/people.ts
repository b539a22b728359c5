/** Who is here, and the colour each is shown in. */
import type { Awareness } from 'y-protocols/awareness';
import type { Person } from '../host';

/** For other Yjs clients, which want a colour by value; our own take the token `--person-n` of style/editor.css. */
const HUES = ['#2f6fb0', '#b06a1f', '#2f8a66', '#b0488a', '#6a58b5', '#2b8aa0', '#b5492f', '#6f7480'];

/** Which of the eight colours a person has: the same on every screen. */
export function colour(userId: string): number {
  let sum = 0;
  for (const letter of userId) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0;
  return (sum % HUES.length) + 1;
}

export const hue = (userId: string): string => HUES[colour(userId) - 1];

/** Everybody with this document open, each once, whoever looks first. */
export function people(awareness: Awareness, self: string): Person[] {
  const found = new Map<string, Person>();
  awareness.getStates().forEach((state) => {
    const user = state.user as { id?: unknown; name?: unknown } | undefined;
    if (typeof user?.id !== 'string' || typeof user.name !== 'string') return;
    found.set(user.id, { id: user.id, name: user.name, colour: colour(user.id), self: user.id === self });
  });
  return [...found.values()].sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name));
}
