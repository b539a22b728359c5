/**
 * Changes that the server has not stored yet, kept on this device until it has: a closed tab, a crash or a journey without a
 * network loses nothing. Nothing else is kept, so no copy of a document stays on a shared computer.
 */
import * as Y from 'yjs';

const STORE = 'updates';

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('millrace-edits', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true }).createIndex('of', 'of');
  return answer(request);
}

export class Kept {
  /** Rows of this tab, and of earlier ones that it has taken over. */
  #rows: IDBValidKey[] = [];
  #waiting: Uint8Array[] = [];
  #timer = 0;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(readonly of: string, private readonly database: IDBDatabase | null) {}

  /** `of` names the person and the document. */
  static async open(of: string): Promise<Kept> {
    // Some private windows have no database; then a page with unsaved changes asks before it closes.
    return new Kept(of, await open().catch(() => null));
  }

  /** Whether there is a place to keep anything. */
  get able(): boolean {
    return this.database !== null;
  }

  /** What earlier tabs left behind. */
  async left(): Promise<Uint8Array[]> {
    if (!this.database) return [];
    const index = this.database.transaction(STORE).objectStore(STORE).index('of');
    const [keys, rows] = await Promise.all([answer(index.getAllKeys(this.of)), answer(index.getAll(this.of))]);
    this.#rows.push(...keys);
    return rows.map((row: { update: Uint8Array }) => row.update);
  }

  /** Notes a change; those of a moment are written together. */
  add(update: Uint8Array): void {
    this.#waiting.push(update);
    this.#timer ||= window.setTimeout(() => this.flush(), 150);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const updates = this.#waiting.splice(0);
    if (!this.database || updates.length === 0) return;
    const row = { of: this.of, update: Y.mergeUpdates(updates) };
    this.#queue(async (store) => this.#rows.push(await answer(store.add(row))));
  }

  /** All of it is stored by the server. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#waiting = [];
    this.#queue(async (store) => {
      await Promise.all(this.#rows.splice(0).map((row) => answer(store.delete(row))));
    });
  }

  /** In turn: a deletion must not overtake the addition before it. */
  #queue(work: (store: IDBObjectStore) => Promise<unknown>): void {
    const database = this.database;
    if (!database) return;
    this.#work = this.#work
      .then(() => work(database.transaction(STORE, 'readwrite').objectStore(STORE)))
      .catch((error) => console.warn('Changes could not be kept on this device.', error));
  }

  close(): void {
    this.flush();
    void this.#work.then(() => this.database?.close());
  }
}
