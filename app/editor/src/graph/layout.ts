/**
 * Places nodes by forces, a little in each frame, so that the page answers while thousands of nodes find their place. The stream's
 * order pulls from left to right: features and documents, work orders, code and feedback.
 */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationLinkDatum, type SimulationNodeDatum } from 'd3-force';
import type { GraphEdge, GraphNode, NodeType } from '../host';

export interface Spot extends SimulationNodeDatum {
  id: string;
  x: number;
  y: number;
}

const COLUMN: Record<NodeType, number> = { feature: 0, document: 1, artifact: 1, work_order: 2, feedback_item: 3, codebase_file: 3 };
const FRAME_MS = 10;

/** Answers how to stop it. `moved` hears of each frame, `settled` of the end. */
export function place(nodes: GraphNode[], edges: GraphEdge[], before: Map<string, { x: number; y: number }>, moved: (spots: Spot[], done: boolean) => void, settled: () => void): () => void {
  const spread = 60 + Math.sqrt(nodes.length) * 26;
  const rows = new Map<number, number>();
  let known = 0;
  const spots: Spot[] = nodes.map(({ id, type }) => {
    const old = before.get(id);
    if (old) {
      known += 1;
      return { id, ...old };
    }
    const column = COLUMN[type] ?? 1;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    // Above and below the middle by turns: no chance in it, the same graph looks the same again.
    return { id, x: (column - 1.5) * spread, y: (row % 2 ? -1 : 1) * Math.ceil(row / 2) * 34 };
  });
  const type = new Map(nodes.map((node) => [node.id, node.type]));
  const links: SimulationLinkDatum<Spot>[] = edges.map(({ source, target }) => ({ source, target }));
  const simulation = forceSimulation(spots)
    .force('link', forceLink<Spot, SimulationLinkDatum<Spot>>(links).id(({ id }) => id).distance(72).strength(0.35))
    .force('charge', forceManyBody<Spot>().strength(-240).distanceMax(600).theta(1.1))
    .force('collide', forceCollide<Spot>(30).iterations(1))
    .force('x', forceX<Spot>(({ id }) => ((COLUMN[type.get(id) ?? 'document'] ?? 1) - 1.5) * spread).strength(0.09))
    .force('y', forceY<Spot>(0).strength(0.045))
    // Most of it stands already: only a little moves.
    .alpha(known > nodes.length / 2 ? 0.3 : 1)
    .alphaDecay(nodes.length > 2000 ? 0.05 : 0.03)
    .stop();
  let frame = 0;
  const step = () => {
    const until = performance.now() + FRAME_MS;
    do simulation.tick();
    while (simulation.alpha() >= simulation.alphaMin() && performance.now() < until);
    const done = simulation.alpha() < simulation.alphaMin();
    moved(spots, done);
    if (done) settled();
    else frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
