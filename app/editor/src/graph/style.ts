/** How nodes and edges look, in the colours of the page. */
import type { StylesheetJson } from 'cytoscape';
import type { NodeType } from '../host';
import { tokens } from '../ui/theme';

/** A shape for each kind too: colour alone tells nobody who does not see it. */
const KINDS: Record<NodeType, { shape: string; token: string }> = {
  feature: { shape: 'round-diamond', token: '--chart-1' },
  document: { shape: 'round-rectangle', token: '--chart-3' },
  work_order: { shape: 'ellipse', token: '--chart-2' },
  feedback_item: { shape: 'round-triangle', token: '--chart-4' },
  artifact: { shape: 'round-pentagon', token: '--chart-6' },
  codebase_file: { shape: 'round-hexagon', token: '--chart-5' },
};

const names = ['--surface', '--fg', '--muted', '--line-strong', '--control-line', '--accent', '--ring', '--danger-solid', '--warning-solid', '--info-solid',
  '--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5', '--chart-6'] as const;

export function look(large: boolean): StylesheetJson {
  const t = tokens(names);
  const quiet = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120;
  return [
    {
      selector: 'node',
      style: {
        width: 18, height: 18,
        'background-color': t['--muted'],
        label: large ? '' : 'data(label)', color: t['--fg'],
        'font-family': 'Inter, ui-sans-serif, system-ui, sans-serif', 'font-size': 11, 'font-weight': 500,
        'text-valign': 'bottom', 'text-margin-y': 5, 'text-wrap': 'ellipsis', 'text-max-width': '120px',
        'text-background-color': t['--surface'], 'text-background-opacity': 0.85, 'text-background-padding': '2px', 'text-background-shape': 'roundrectangle',
        // Letters too small to read only cost time.
        'min-zoomed-font-size': 8,
        'border-width': 2, 'border-color': t['--surface'],
        'transition-property': 'opacity', 'transition-duration': quiet,
      },
    },
    ...Object.entries(KINDS).map(([type, { shape, token }]) => ({
      selector: `node[type = "${type}"]`,
      style: { shape: shape as 'ellipse', 'background-color': t[token as (typeof names)[number]] },
    })),
    // What much hangs on is named from afar.
    { selector: 'node[?hub]', style: { width: 26, height: 26, label: 'data(label)', 'font-size': 22, 'font-weight': 600, 'text-max-width': '300px', 'min-zoomed-font-size': 6 } },
    { selector: 'node[?quiet]', style: { opacity: 0.5 } },
    { selector: 'node[drift = "low"]', style: { 'underlay-color': t['--info-solid'], 'underlay-opacity': 0.35, 'underlay-padding': 6, 'border-color': t['--info-solid'] } },
    { selector: 'node[drift = "medium"]', style: { 'underlay-color': t['--warning-solid'], 'underlay-opacity': 0.35, 'underlay-padding': 6, 'border-color': t['--warning-solid'] } },
    { selector: 'node[drift = "high"]', style: { 'underlay-color': t['--danger-solid'], 'underlay-opacity': 0.35, 'underlay-padding': 6, 'border-color': t['--danger-solid'] } },
    { selector: 'node[drift]', style: { 'border-width': 3 } },
    {
      selector: 'edge',
      style: {
        width: 1.75, 'line-color': t['--control-line'], 'curve-style': large ? 'haystack' : 'straight', opacity: 0.7,
        'target-arrow-shape': large ? 'none' : 'triangle', 'target-arrow-color': t['--control-line'], 'arrow-scale': 0.8,
        color: t['--muted'], 'font-size': 9, 'font-family': 'Inter, ui-sans-serif, system-ui, sans-serif',
        'text-background-color': t['--surface'], 'text-background-opacity': 0.9, 'text-background-padding': '2px', 'min-zoomed-font-size': 8,
        'text-rotation': 'autorotate',
      },
    },
    { selector: 'edge[type = "blocks"]', style: { 'line-style': 'dashed' } },
    { selector: 'edge[type = "references"], edge[type = "related_to"]', style: { 'line-style': 'dotted' } },
    { selector: 'edge[?stale]', style: { 'line-color': t['--warning-solid'], 'target-arrow-color': t['--warning-solid'], 'line-style': 'dashed', width: 2 } },
    { selector: '.far', style: { opacity: 0.15 } },
    { selector: 'node.near, node:selected', style: { label: 'data(label)', 'font-size': 16, 'text-max-width': '200px', 'min-zoomed-font-size': 6 } },
    { selector: 'edge.near', style: { 'line-color': t['--accent'], 'target-arrow-color': t['--accent'], width: 2, label: 'data(words)', opacity: 1 } },
    { selector: 'node:selected', style: { 'border-color': t['--accent'], 'border-width': 3, 'underlay-color': t['--ring'], 'underlay-opacity': 0.25, 'underlay-padding': 7, 'text-max-width': '260px' } },
    { selector: 'node.around', style: { width: 26, height: 26 } },
    { selector: ':active', style: { 'overlay-opacity': 0 } },
  ] as StylesheetJson;
}
