/**
 * The other end of a live document, played by the tests: one Y.Doc and whoever is connected. It speaks the frames of
 * docs/collab.md and can lose its connections, forget what it had not stored, or be slow to store.
 */
import type { Page, WebSocketRoute } from '@playwright/test';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';

interface Guest {
  socket: WebSocketRoute;
  brought: number;
}

export class CollabDouble {
  doc = new Y.Doc();
  /** Whether it says what it has stored. */
  storing = true;
  /** Whether it takes changes. */
  readOnly = false;
  #guests = new Set<Guest>();
  #away = false;

  /** Takes the connections of a page. */
  async serve(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/collab\//, (socket) => {
      if (this.#away) return void socket.close({ code: 4000, reason: 'away' });
      const guest: Guest = { socket, brought: 0 };
      this.#guests.add(guest);
      socket.onMessage((message) => this.#hear(guest, typeof message === 'string' ? Buffer.from(message) : message));
      socket.onClose(() => this.#guests.delete(guest));
      // Several frames in one message.
      this.#send(guest, 2, (e) => {
        encoding.writeVarUint(e, 2);
        encoding.writeVarString(e, this.readOnly ? 'readonly' : 'read-write');
        encoding.writeVarUint(e, 4);
        encoding.writeVarUint(e, 0);
        encoding.writeVarUint8Array(e, new Uint8Array([0]));
      });
      this.#send(guest, 0, (e) => sync.writeSyncStep1(e, this.doc));
    });
  }

  get guests(): number {
    return this.#guests.size;
  }

  /** The text, one line for each block. */
  get text(): string {
    return this.doc.getXmlFragment('default').toArray().map((block) => block.toString().replace(/<[^>]+>/g, '')).join('\n');
  }

  /** Every connection breaks, and none comes back before `back`. */
  lose(): void {
    this.#away = true;
    this.#guests.forEach(({ socket }) => void socket.close({ code: 4000, reason: 'lost' }));
    this.#guests.clear();
  }

  back(): void {
    this.#away = false;
  }

  /** A server that was killed before it stored anything since this state. */
  forgetSince(state: Uint8Array): void {
    this.doc = new Y.Doc();
    Y.applyUpdate(this.doc, state);
  }

  /** Ends every connection with a code of its own. */
  close(code: number, reason: string): void {
    this.#guests.forEach((guest) => {
      if (code === 4403) this.#send(guest, 2, (e) => (encoding.writeVarUint(e, 0), encoding.writeVarString(e, reason)));
      void guest.socket.close({ code, reason });
    });
    this.#guests.clear();
  }

  /** Everything that was brought is stored. */
  store(): void {
    this.storing = true;
    this.#guests.forEach((guest) => this.#stored(guest));
  }

  #hear(guest: Guest, message: Buffer): void {
    const decoder = decoding.createDecoder(new Uint8Array(message));
    const type = decoding.readVarUint(decoder);
    if (type === 0) {
      const before = Y.encodeStateVector(this.doc);
      const reply = encoding.createEncoder();
      encoding.writeVarUint(reply, 0);
      const step = sync.readSyncMessage(decoder, reply, this.doc, guest);
      if (encoding.length(reply) > 1) guest.socket.send(Buffer.from(encoding.toUint8Array(reply)));
      if (step === sync.messageYjsSyncStep1) return;
      guest.brought += 1;
      const news = Y.encodeStateAsUpdate(this.doc, before);
      this.#guests.forEach((other) => other !== guest && this.#send(other, 0, (e) => sync.writeUpdate(e, news)));
      if (this.storing) this.#stored(guest);
    } else if (type === 1 || type === 3) {
      // Who is here, passed on as it came.
      this.#guests.forEach((other) => other !== guest && other.socket.send(message));
    }
  }

  #stored(guest: Guest): void {
    this.#send(guest, 4, (e) => {
      encoding.writeVarUint(e, this.storing ? guest.brought : 0);
      encoding.writeVarUint8Array(e, Y.encodeStateVector(this.doc));
    });
  }

  #send(guest: Guest, type: number, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, type);
    write(encoder);
    guest.socket.send(Buffer.from(encoding.toUint8Array(encoder)));
  }
}
