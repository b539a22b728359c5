/** The one file with a fixed name. What the page asks for is fetched when it is asked for; see host.ts. */
import type * as host from './host';

/** A piece, tried again when the network fails: a browser remembers no failed import. */
async function piece<T>(load: () => Promise<T>): Promise<T> {
  for (let wait = 500; ; wait *= 2) {
    try {
      return await load();
    } catch (error) {
      if (wait > 4000) throw error;
      await new Promise((wake) => setTimeout(wake, wait));
    }
  }
}

export async function connect(options: host.SessionOptions): Promise<host.Session> {
  return (await piece(() => import('./collab/session'))).connect(options);
}

export async function openEditor(element: HTMLElement, options: host.EditorOptions): Promise<host.EditorHandle> {
  return (await piece(() => import('./editor/open'))).openEditor(element, options);
}

export async function openDiagram(element: HTMLElement, options: host.DiagramOptions): Promise<host.DiagramHandle> {
  return (await piece(() => import('./diagram/open'))).openDiagram(element, options);
}

export async function drawDiagram(element: HTMLElement, options: host.PictureOptions): Promise<host.PictureHandle> {
  return (await piece(() => import('./diagram/draw'))).drawDiagram(element, options);
}

export async function openGraph(element: HTMLElement, options: host.GraphOptions): Promise<host.GraphHandle> {
  return (await piece(() => import('./graph/open'))).openGraph(element, options);
}

/** Fetches the editor ahead of its use: on hover of a link to it. */
export function prepare(): void {
  void import('./editor/open').catch(() => {});
  void import('./collab/session').catch(() => {});
}

export type * from './host';
