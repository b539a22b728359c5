/**
 * What a page and these modules say to each other. The page loads `/editor/index.js` (a few hundred bytes) and calls one of
 *
 * - `connect(options)`: a live document (`Session`), to give to the two below;
 * - `openEditor(element, options)`: rich text, live or of one person;
 * - `openDiagram(element, options)`: Mermaid source and its picture;
 * - `drawDiagram(element, options)`: only the picture;
 * - `openGraph(element, options)`: the picture of a graph.
 *
 * Each fetches its code when it is called, fills the element (which should be empty) and resolves to a handle. Everything is
 * plain objects, functions and promises, so that any page can call it; whoever opened something calls `destroy()`.
 * docs/editor.md tells it as a story, with the schema of the text and the frames of the socket.
 */
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';

/** Rich text as chapter 20 stores it. */
export interface Json {
  type: string;
  attrs?: Record<string, unknown>;
  content?: Json[];
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  text?: string;
}

export interface Person {
  id: string;
  name: string;
  /** 1 to 8: the tokens `--person-1` to `--person-8`. */
  colour: number;
  self: boolean;
}

// --- live documents -------------------------------------------------------------------------------------------

export interface SessionOptions {
  documentId: string;
  user: { id: string; name: string };
  /** Instead of `/api/collab/{documentId}`. */
  url?: string;
  onState?(state: SessionState): void;
}

/**
 * - `connecting`: not heard of the server yet.
 * - `live`: in step with the server.
 * - `unsaved`: in step, but the server takes long to store what was typed ("Not saved yet").
 * - `offline`: "Reconnecting: changes are kept here"; tried again by itself.
 * - `denied`: no right (any more), or a change that the server refuses: see `reason`. Not tried again before `retry()`.
 * - `deleted`: somebody deleted the document. Show it read-only with *Restore*, then `retry()`.
 */
export type SessionStatus = 'connecting' | 'live' | 'unsaved' | 'offline' | 'denied' | 'deleted';

export interface SessionState {
  status: SessionStatus;
  /** The document was here in full at least once. */
  synced: boolean;
  /** The server has stored everything typed in this window. */
  saved: boolean;
  /** The server takes no changes from this person now: no right to write, or an archived project. */
  readOnly: boolean;
  reason: string | null;
  /** Changes survive the end of this window (some private windows keep nothing). */
  kept: boolean;
  /** Everybody who has the document open, this person first. */
  people: Person[];
}

export interface Session {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly user: { id: string; name: string };
  readonly state: SessionState;
  /** Hears the state now and after each change; the answer ends that. */
  onState(listener: (state: SessionState) => void): () => void;
  /** Resolves when everything typed here is stored: wait for it before asking the server for a version or an export. */
  stored(): Promise<void>;
  /** Connects again: after `denied`, when rights came back, and after `deleted`, when it was restored. */
  retry(): void;
  destroy(): void;
}

// --- rich text -------------------------------------------------------------------------------------------------

export type MentionType = 'user' | 'document' | 'work_order' | 'feature' | 'artifact';

export interface MentionItem {
  id: string;
  type: MentionType;
  label: string;
  /** A second line: "WO-12 · in progress". */
  hint?: string;
}

export interface EditorOptions {
  /** Says what is edited, for screen readers: "Sign-in requirements". */
  label: string;
  user: { id: string; name: string };
  /** A live document. Without one the text is `content`, and `onChange` brings what becomes of it. */
  session?: Session;
  content?: Json | null;
  onChange?(content: Json): void;
  /**
   * `document` (default): a page with everything. `field`: a part of a form: small toolbar, its own height.
   * `comment`: a few lines, toolbar hidden, Ctrl+Enter calls `onSubmit`.
   */
  kind?: 'document' | 'field' | 'comment';
  placeholder?: string;
  readOnly?: boolean;
  /** Typing suggests instead of changing. */
  suggesting?: boolean;
  autofocus?: boolean;
  /** Stores a picture as an artifact of the project and answers its id. A thrown error's message is shown. */
  uploadImage?(file: File): Promise<{ artifactId: string; alt?: string }>;
  /** Where the picture of an artifact lies. Without it pictures show only what they are called. */
  artifactHref?(artifactId: string): string;
  /** What `@` offers. Not called again before it answers or `signal` is aborted. */
  findMentions?(query: string, signal: AbortSignal): Promise<MentionItem[]>;
  /** Where a mention leads, if anywhere. */
  mentionHref?(mention: { id: string; type: MentionType }): string | null;
  /** A person's name by id, for suggestions whose writer is not here. */
  personName?(id: string): string | undefined;
  /** Ctrl+S. */
  onSave?(): void;
  /** Ctrl+Enter in a comment. */
  onSubmit?(): void;
  /** Somebody wants to comment on the selected text. The mark is set; `removeComment` takes it back. */
  onComment?(comment: NewComment): void;
  /** The caret entered commented text (the innermost first), or left it (empty). */
  onCommentsAt?(commentIds: string[]): void;
  /** Suggestions in the text, in its order; called when they change. */
  onSuggestions?(suggestions: Suggestion[]): void;
  onSuggesting?(suggesting: boolean): void;
  onStats?(stats: Stats): void;
  onOutline?(headings: OutlineItem[]): void;
}

export interface NewComment {
  commentId: string;
  anchor: Anchor;
}

/** Where a comment belongs, for `anchor_data`: found again by its mark, and by its words when that is gone. */
export interface Anchor {
  commentId: string;
  quote: string;
  before: string;
  after: string;
  sectionId: string | null;
}

export interface Suggestion {
  id: string;
  kind: 'add' | 'delete' | 'replace';
  added: string;
  deleted: string;
  authorId: string | null;
  author: string | null;
}

export interface Stats {
  words: number;
  characters: number;
}

export interface OutlineItem {
  level: number;
  text: string;
  sectionId: string | null;
}

export interface EditorHandle {
  json(): Json;
  /** Neither words nor pictures. */
  isEmpty(): boolean;
  /** Replaces the text of an editor without a session. */
  setContent(content: Json | null): void;
  setReadOnly(readOnly: boolean): void;
  setSuggesting(suggesting: boolean): void;
  focus(): void;
  /** Opens the search in this document. */
  find(): void;
  stats(): Stats;
  outline(): OutlineItem[];
  showSection(sectionId: string): void;
  suggestions(): Suggestion[];
  showSuggestion(id: string): void;
  /** Without an id: all of them. */
  acceptSuggestion(id?: string): void;
  rejectSuggestion(id?: string): void;
  /** Marks one comment's text as the one talked about, and brings it into sight. */
  showComment(commentId: string | null): void;
  /** The comment was resolved, deleted or not written after all. */
  removeComment(commentId: string): void;
  /** Ids of the comments whose text is still here, in its order, with how far down it begins (pixels from the editor's top). */
  comments(): { commentId: string; top: number }[];
  destroy(): void;
}

// --- diagrams --------------------------------------------------------------------------------------------------

export interface DiagramProblem {
  /** From 1; null when Mermaid does not say where. */
  line: number | null;
  message: string;
}

export interface DiagramOptions {
  label: string;
  /** A live document, whose Y.Text `diagram` is edited. Without one: `source` and `onChange`. */
  session?: Session;
  source?: string;
  onChange?(source: string): void;
  readOnly?: boolean;
  onSave?(): void;
  /** The source became wrong, or right again. */
  onProblem?(problem: DiagramProblem | null): void;
}

export interface DiagramHandle {
  source(): string;
  setSource(source: string): void;
  setReadOnly(readOnly: boolean): void;
  /** The picture as a file of its own, in light colours, for exports. Null while there is none. */
  svg(): Promise<string | null>;
  destroy(): void;
}

export interface PictureOptions {
  label: string;
  source: string;
}

export interface PictureHandle {
  setSource(source: string): void;
  svg(): Promise<string | null>;
  destroy(): void;
}

// --- graph -----------------------------------------------------------------------------------------------------

export type NodeType = 'document' | 'work_order' | 'feature' | 'feedback_item' | 'artifact' | 'codebase_file';

export interface GraphNode {
  id: string;
  type: NodeType;
  label: string;
  /** Open drift on this node. */
  drift?: 'low' | 'medium' | 'high' | null;
  /** Done, deleted, archived: shown quietly. */
  quiet?: boolean;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  type: string;
  /** The upstream end has changed since this edge was last confirmed. */
  stale?: boolean;
}

export interface GraphOptions {
  label: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
  filter?: GraphFilter;
  /** Above this many visible nodes only the neighbourhood of `focus` is drawn (500). */
  most?: number;
  focus?: string | null;
  selected?: string | null;
  onSelect?(node: GraphNode | null): void;
  /** Double click or Enter. */
  onOpen?(node: GraphNode): void;
  /** How much of the graph is drawn, after each change. */
  onShown?(shown: GraphShown): void;
}

export interface GraphFilter {
  /** Absent: all. */
  nodeTypes?: NodeType[];
  edgeTypes?: string[];
  driftOnly?: boolean;
  text?: string;
}

export interface GraphShown {
  nodes: number;
  edges: number;
  /** Nodes that pass the filter. */
  of: number;
  /** Whose neighbourhood it is, when not all are drawn. */
  around: string | null;
}

export interface GraphHandle {
  setData(nodes: GraphNode[], edges: GraphEdge[]): void;
  setFilter(filter: GraphFilter): void;
  /** Draws the neighbourhood of another node. */
  setFocus(id: string | null): void;
  select(id: string | null): void;
  zoomIn(): void;
  zoomOut(): void;
  fit(): void;
  /** The picture as a PNG. */
  png(): Promise<Blob>;
  destroy(): void;
}
