/** A document that several people edit at once: its Yjs copy here, in step with the server's. */
import { Awareness, applyAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Session, SessionOptions, SessionState } from '../host';
import * as frames from './frames';
import { Kept } from './kept';
import { hue, people } from './people';

/** The server closes with these: no right (any more), the document is deleted. */
const DENIED = 4403;
const DELETED = 4410;
const REFUSED_FRAME = 1003;
const TOO_LARGE = 1009;

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 15_000;
/** After this silence the server is asked whether it is there, and after the second it is not. */
const SILENT_MS = 15_000;
const GONE_MS = 30_000;
/** Storing takes a quarter of a second; what takes longer is told. */
const LATE_MS = 2_500;

export async function connect(options: SessionOptions): Promise<Session> {
  const kept = await Kept.open(`${options.user.id}/${options.documentId}`);
  const live = new LiveSession(options, kept);
  await live.takeOver();
  live.open();
  return live;
}

class LiveSession implements Session {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  readonly user: SessionOptions['user'];
  readonly #url: string;
  readonly #kept: Kept;
  readonly #listeners = new Set<(state: SessionState) => void>();
  #socket: WebSocket | null = null;
  #state: SessionState;
  #tries = 0;
  #refusals = 0;
  #retry = 0;
  #heartbeat = 0;
  #lateTimer = 0;
  #heard = 0;
  /** Frames with changes that this connection brought, and how many of them are stored. */
  #sent = 0;
  #stored = 0;
  /** Changes made or taken over since everything was stored the last time. */
  #unsaved: Uint8Array[] = [];
  /** Whether this server says what it has stored; a plain y-websocket server does not. */
  #tells = false;
  #over = false;

  constructor(options: SessionOptions, kept: Kept) {
    this.user = options.user;
    this.#kept = kept;
    this.#url = new URL(options.url ?? `/api/collab/${options.documentId}`, location.href).href.replace(/^http/, 'ws');
    this.#state = { status: 'connecting', synced: false, saved: true, readOnly: false, reason: null, kept: kept.able, people: [] };
    if (options.onState) this.#listeners.add(options.onState);
    this.awareness.setLocalStateField('user', { id: this.user.id, name: this.user.name, color: hue(this.user.id) });
    this.doc.on('update', this.#changed);
    this.awareness.on('update', this.#presence);
    this.awareness.on('change', this.#whoIsHere);
    this.#whoIsHere();
    addEventListener('online', this.#hurry);
    addEventListener('offline', this.#lost);
    addEventListener('beforeunload', this.#leaving);
    addEventListener('pagehide', this.#hidden);
    document.addEventListener('visibilitychange', this.#hurry);
  }

  get state(): SessionState {
    return this.#state;
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  /** Changes of an earlier tab that never reached the server. */
  async takeOver(): Promise<void> {
    const left = await this.#kept.left().catch(() => []);
    if (left.length === 0) return;
    this.#unsaved.push(...left);
    this.doc.transact(() => left.forEach((update) => Y.applyUpdate(this.doc, update, this)), this);
    this.#set({ saved: false });
  }

  open(): void {
    clearTimeout(this.#retry);
    if (this.#over || this.#socket) return;
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#sent = this.#stored = 0;
    this.#tells = false;
    socket.onopen = () => {
      this.#heard = Date.now();
      this.#heartbeat = window.setInterval(this.#beat, 5_000);
      this.#send(frames.step1(this.doc));
      if (this.awareness.getLocalState()) this.#send(frames.awareness(this.awareness, [this.doc.clientID]));
    };
    socket.onmessage = ({ data }) => {
      this.#heard = Date.now();
      if (data instanceof ArrayBuffer) for (const told of frames.read(data)) this.#receive(told);
    };
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  async stored(): Promise<void> {
    if (this.#state.saved) return;
    await new Promise<void>((done) => {
      const end = this.onState(({ saved }) => {
        if (!saved) return;
        // Not before `onState` has answered.
        queueMicrotask(() => end());
        done();
      });
    });
  }

  retry(): void {
    this.#tries = this.#refusals = 0;
    this.#set({ status: 'connecting', reason: null });
    this.open();
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#lateTimer);
    removeEventListener('online', this.#hurry);
    removeEventListener('offline', this.#lost);
    removeEventListener('beforeunload', this.#leaving);
    removeEventListener('pagehide', this.#hidden);
    document.removeEventListener('visibilitychange', this.#hurry);
    this.#listeners.clear();
    // Others see at once that this person has left.
    this.awareness.destroy();
    this.#drop();
    this.#kept.close();
    this.doc.destroy();
  }

  #receive(told: frames.Told): void {
    switch (told.kind) {
      case 'step1':
        return this.#answer(told.vector);
      case 'step2':
      case 'update':
        Y.applyUpdate(this.doc, told.update, this);
        if (told.kind === 'step2') {
          this.#tries = this.#refusals = 0;
          this.#set({ status: 'live', synced: true, reason: null });
          this.#settle();
        }
        return;
      case 'awareness':
        return applyAwarenessUpdate(this.awareness, told.update, this);
      case 'query':
        this.#send(frames.awareness(this.awareness, [...this.awareness.getStates().keys()]));
        return;
      case 'refused':
        return this.#set({ reason: told.reason });
      case 'allowed':
        return this.#set({ readOnly: !told.write });
      case 'waiting':
        if (this.#state.status === 'live' && !this.#state.saved) this.#set({ status: 'unsaved' });
        return;
      case 'stored':
        this.#tells = true;
        this.#stored = told.count;
        return this.#settle();
    }
  }

  /** What the server lacks; in pieces where one frame would be refused. */
  #answer(vector: Uint8Array): void {
    const missing = Y.encodeStateAsUpdate(this.doc, vector);
    if (missing.length < frames.LARGEST_FRAME || this.#unsaved.length === 0) {
      this.#bring(frames.step2(missing));
    } else {
      this.#unsaved.forEach((update) => this.#bring(frames.update(update)));
    }
  }

  readonly #changed = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.#unsaved.push(update);
    this.#kept.add(update);
    // While the connection opens, step 2 brings it.
    if (this.#state.status === 'live' || this.#state.status === 'unsaved') this.#bring(frames.update(update));
    this.#set({ saved: false });
    this.#settle();
  };

  /** Sends changes, and counts them for the server's acknowledgement. */
  #bring(frame: Uint8Array): void {
    if (this.#send(frame)) this.#sent += 1;
  }

  #send(frame: Uint8Array): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
    return true;
  }

  /** After a change, an acknowledgement or a new connection: is everything stored? */
  #settle(): void {
    const live = this.#state.status === 'live' || this.#state.status === 'unsaved';
    if (this.#unsaved.length === 0 || !live) return;
    if (this.#tells ? this.#stored < this.#sent : this.#socket?.bufferedAmount) {
      this.#lateTimer ||= window.setTimeout(() => {
        this.#lateTimer = 0;
        if (!this.#tells) this.#settle();
        else if (this.#state.status === 'live' && !this.#state.saved) this.#set({ status: 'unsaved' });
      }, LATE_MS);
      return;
    }
    clearTimeout(this.#lateTimer);
    this.#lateTimer = 0;
    this.#unsaved = [];
    this.#kept.forget();
    this.#set({ status: 'live', saved: true });
  }

  readonly #presence = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>, origin: unknown): void => {
    if (origin !== this) this.#send(frames.awareness(this.awareness, [...added, ...updated, ...removed]));
  };

  readonly #whoIsHere = (): void => {
    const here = people(this.awareness, this.user.id);
    if (JSON.stringify(here) !== JSON.stringify(this.#state.people)) this.#set({ people: here });
  };

  #closed(code: number, reason: string): void {
    this.#drop();
    // The others are not here any more as far as this window knows.
    removeAwarenessStates(this.awareness, [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID), this);
    if (this.#over) return;
    if (code === DENIED) return this.#set({ status: 'denied', reason: this.#state.reason ?? (reason || null) });
    if (code === DELETED) return this.#set({ status: 'deleted', reason: reason || null });
    if (code === TOO_LARGE || code === REFUSED_FRAME) {
      // The same change would be refused for ever.
      this.#refusals += 1;
      if (this.#refusals > 2) return this.#set({ status: 'denied', reason: code === TOO_LARGE ? 'too_large' : 'malformed' });
    }
    this.#set({ status: this.#state.synced || this.#tries > 1 ? 'offline' : 'connecting' });
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#tries++, LONGEST_WAIT_MS) * (0.5 + Math.random());
    this.#retry = window.setTimeout(() => this.open(), wait);
  }

  /** Lets go of the connection without waiting for its end. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#heartbeat);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  readonly #beat = (): void => {
    const silent = Date.now() - this.#heard;
    if (!this.#tells) return;
    if (silent > GONE_MS) this.#closed(1006, '');
    else if (silent > SILENT_MS) this.#send(frames.queryAwareness());
  };

  readonly #lost = (): void => {
    if (this.#socket) this.#closed(1006, '');
  };

  readonly #hurry = (): void => {
    if (!document.hidden && (this.#state.status === 'offline' || this.#state.status === 'connecting')) this.open();
  };

  readonly #hidden = (): void => this.#kept.flush();

  readonly #leaving = (event: BeforeUnloadEvent): void => {
    this.#kept.flush();
    if (!this.#state.saved && !this.#kept.able) event.preventDefault();
  };

  #set(part: Partial<SessionState>): void {
    const before = this.#state;
    this.#state = { ...before, ...part };
    const changed = (Object.keys(part) as (keyof SessionState)[]).some((key) => before[key] !== this.#state[key]);
    if (changed) this.#listeners.forEach((listener) => listener(this.#state));
  }
}
