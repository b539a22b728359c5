/** The frames of y-websocket, and those Millrace adds (docs/collab.md). */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { encodeAwarenessUpdate, type Awareness } from 'y-protocols/awareness';
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';

const enum Frame { Sync = 0, Awareness = 1, Auth = 2, QueryAwareness = 3, Stored = 4, Waiting = 5 }

/** The server takes no larger frame (chapter 20, section 8). */
export const LARGEST_FRAME = 1024 * 1024;

function frame(type: Frame, write: (encoder: encoding.Encoder) => void = () => {}): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

function syncFrame(step: number, payload: Uint8Array): Uint8Array {
  return frame(Frame.Sync, (encoder) => {
    encoding.writeVarUint(encoder, step);
    encoding.writeVarUint8Array(encoder, payload);
  });
}

/** What this side has: the other side answers with the rest. */
export const step1 = (doc: Y.Doc) => syncFrame(messageYjsSyncStep1, Y.encodeStateVector(doc));
/** What the other side lacks. */
export const step2 = (update: Uint8Array) => syncFrame(messageYjsSyncStep2, update);
export const update = (update: Uint8Array) => syncFrame(messageYjsUpdate, update);
export const awareness = (of: Awareness, clients: number[]) =>
  frame(Frame.Awareness, (encoder) => encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(of, clients)));
export const queryAwareness = () => frame(Frame.QueryAwareness);

/** A frame of the server. */
export type Told =
  | { kind: 'step1'; vector: Uint8Array }
  | { kind: 'step2' | 'update'; update: Uint8Array }
  | { kind: 'awareness'; update: Uint8Array }
  | { kind: 'refused'; reason: string }
  | { kind: 'allowed'; write: boolean }
  | { kind: 'query' }
  /** So many of the frames this connection brought (step 2 and update) are stored for good. */
  | { kind: 'stored'; count: number }
  /** The database has not taken anything for so long. */
  | { kind: 'waiting'; seconds: number };

/** The frames of a message: one or more. */
export function* read(data: ArrayBuffer): Generator<Told> {
  const decoder = decoding.createDecoder(new Uint8Array(data));
  while (decoding.hasContent(decoder)) {
    const told = readFrame(decoder);
    // Of a newer server: where it ends is not known.
    if (!told) return;
    yield told;
  }
}

function readFrame(decoder: decoding.Decoder): Told | null {
  switch (decoding.readVarUint(decoder)) {
    case Frame.Sync: {
      const step = decoding.readVarUint(decoder);
      const payload = decoding.readVarUint8Array(decoder);
      if (step === messageYjsSyncStep1) return { kind: 'step1', vector: payload };
      return { kind: step === messageYjsSyncStep2 ? 'step2' : 'update', update: payload };
    }
    case Frame.Awareness:
      return { kind: 'awareness', update: decoding.readVarUint8Array(decoder) };
    case Frame.Auth: {
      const denied = decoding.readVarUint(decoder) === 0;
      const words = decoding.readVarString(decoder);
      return denied ? { kind: 'refused', reason: words } : { kind: 'allowed', write: words === 'read-write' };
    }
    case Frame.QueryAwareness:
      return { kind: 'query' };
    case Frame.Stored: {
      const count = decoding.readVarUint(decoder);
      // How far the clocks of the last batch are durable: the count says enough.
      if (decoding.hasContent(decoder)) decoding.readVarUint8Array(decoder);
      return { kind: 'stored', count };
    }
    case Frame.Waiting:
      return { kind: 'waiting', seconds: decoding.readVarUint(decoder) };
    default:
      return null;
  }
}
