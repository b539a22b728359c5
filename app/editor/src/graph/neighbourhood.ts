/** Which part of a graph is drawn. */
import type { GraphEdge, GraphFilter, GraphNode } from '../host';

export interface Part {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Nodes that pass the filter. */
  of: number;
  around: string | null;
}

/** What passes the filter; above `most` nodes, what is nearest to `focus` (or to the node with the most edges). */
export function part(nodes: GraphNode[], edges: GraphEdge[], filter: GraphFilter, focus: string | null, most: number): Part {
  const types = filter.nodeTypes && new Set(filter.nodeTypes);
  const words = filter.text?.trim().toLowerCase();
  const kinds = filter.edgeTypes && new Set(filter.edgeTypes);
  let fits = nodes.filter((node) => (!types || types.has(node.type)) && (!words || node.label.toLowerCase().includes(words)));
  let ids = new Set(fits.map(({ id }) => id));
  let joined = edges.filter((edge) => (!kinds || kinds.has(edge.type)) && ids.has(edge.source) && ids.has(edge.target));
  if (filter.driftOnly) {
    // Drift and what it is between.
    const drifted = new Set(fits.filter(({ drift }) => drift).map(({ id }) => id));
    joined = joined.filter((edge) => edge.stale || drifted.has(edge.source) || drifted.has(edge.target));
    const touched = new Set([...drifted, ...joined.flatMap(({ source, target }) => [source, target])]);
    fits = fits.filter(({ id }) => touched.has(id));
    ids = touched;
  }
  if (fits.length <= most) return { nodes: fits, edges: joined, of: fits.length, around: null };

  const beside = new Map<string, string[]>();
  const join = (one: string, other: string) => beside.get(one)?.push(other) ?? beside.set(one, [other]);
  joined.forEach(({ source, target }) => (join(source, target), join(target, source)));
  let around = focus && ids.has(focus) ? focus : fits[0].id;
  if (around !== focus) for (const [id, others] of beside) if (others.length > (beside.get(around)?.length ?? 0)) around = id;
  const near = new Set([around]);
  for (const id of near) {
    for (const other of beside.get(id) ?? []) if (near.size < most) near.add(other);
    if (near.size >= most) break;
  }
  return {
    nodes: fits.filter(({ id }) => near.has(id)),
    edges: joined.filter(({ source, target }) => near.has(source) && near.has(target)),
    of: fits.length,
    around,
  };
}
