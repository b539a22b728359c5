/** The picture of a graph: see GraphOptions in host.ts. Who does not see it uses the page's table; the arrows reach it too. */
import cytoscape, { type Core, type ElementDefinition, type EventObject, type NodeSingular } from 'cytoscape';
import type { GraphFilter, GraphHandle, GraphNode, GraphOptions } from '../host';
import { h } from '../ui/dom';
import { adoptStyles } from '../ui/sheet';
import { onLook, tokens } from '../ui/theme';
import { place } from './layout';
import { part } from './neighbourhood';
import { look } from './style';

const MOST = 500;
const STEP = 1.3;
/** From so many edges on a node is named from afar. */
const HUB = 8;
/** From here on names show only where somebody looks. */
const LARGE = 1500;

export function openGraph(element: HTMLElement, options: GraphOptions): GraphHandle {
  adoptStyles();
  return new OpenGraph(element, options).handle();
}

class OpenGraph {
  readonly #cy: Core;
  readonly #root: HTMLElement;
  readonly #options: GraphOptions;
  readonly #words = h('p', { class: 'sr', role: 'status' });
  readonly #unlook: () => void;
  readonly #resized: ResizeObserver;
  #nodes: GraphOptions['nodes'];
  #edges: GraphOptions['edges'];
  #filter: GraphFilter;
  #focus: string | null;
  #stop = () => {};
  #picked: string | null = null;
  #large = false;
  /** The person has moved the picture: it stays where it is while nodes move. */
  #held = false;

  constructor(element: HTMLElement, options: GraphOptions) {
    this.#options = options;
    this.#nodes = options.nodes;
    this.#edges = options.edges;
    this.#filter = options.filter ?? {};
    this.#focus = options.focus ?? null;
    const canvas = h('div', { class: 'ed-graph-canvas' });
    this.#root = h('div', { class: 'ed-graph', tabindex: '0', role: 'application', 'aria-label': `${options.label}. Arrows go from node to node, Enter opens, plus and minus zoom.` }, canvas, this.#words);
    element.append(this.#root);
    this.#cy = cytoscape({
      container: canvas,
      style: look(false),
      minZoom: 0.05,
      maxZoom: 3,
      // Thousands of edges are left out while the picture moves.
      hideEdgesOnViewport: options.nodes.length > 1000,
      textureOnViewport: options.nodes.length > 1000,
      pixelRatio: 'auto',
      boxSelectionEnabled: false,
      selectionType: 'single',
    });
    this.#cy.on('tap', (event: EventObject) => this.#pick(event.target === this.#cy ? null : (event.target as NodeSingular).isNode?.() ? (event.target as NodeSingular).id() : null, true));
    this.#cy.on('dbltap', 'node', (event: EventObject) => this.#open((event.target as NodeSingular).id()));
    this.#cy.on('scrollzoom dragpan pinchzoom grab', () => (this.#held = true));
    this.#root.addEventListener('keydown', (event) => this.#key(event));
    this.#unlook = onLook(() => void this.#cy.style(look(this.#large)));
    this.#resized = new ResizeObserver(() => {
      this.#cy.resize();
      if (!this.#held) this.#fit();
    });
    this.#resized.observe(this.#root);
    this.#draw();
    if (options.selected) this.#pick(options.selected, false);
  }

  /** The part that is drawn now. What stays keeps its place. */
  #draw(): void {
    this.#stop();
    const drawn = part(this.#nodes, this.#edges, this.#filter, this.#focus, this.#options.most ?? MOST);
    const before = new Map(this.#cy.nodes().map((node) => [node.id(), { ...node.position() }]));
    const wanted = new Set([...drawn.nodes.map(({ id }) => id), ...drawn.edges.map(({ id }) => `e:${id}`)]);
    const large = drawn.nodes.length > LARGE;
    if (large !== this.#large) {
      this.#large = large;
      this.#cy.style(look(large));
    }
    const fresh: ElementDefinition[] = [];
    this.#cy.batch(() => {
      this.#cy.elements().filter((one) => !wanted.has(one.id())).remove();
      for (const node of drawn.nodes) {
        const data = { id: node.id, type: node.type, label: node.label, drift: node.drift ?? undefined, quiet: node.quiet ?? false };
        const known = this.#cy.getElementById(node.id);
        if (known.nonempty()) known.removeData('drift').data(data);
        else fresh.push({ group: 'nodes', data });
      }
      for (const edge of drawn.edges) {
        const data = { id: `e:${edge.id}`, source: edge.source, target: edge.target, type: edge.type, words: edge.type.replaceAll('_', ' '), stale: edge.stale ?? false };
        const known = this.#cy.getElementById(data.id);
        if (known.nonempty()) known.data({ stale: data.stale });
        else fresh.push({ group: 'edges', data });
      }
      this.#cy.add(fresh);
      this.#cy.nodes().forEach((node) => void node.data('hub', node.degree(false) >= HUB));
      this.#cy.nodes().removeClass('around');
      if (drawn.around) this.#cy.getElementById(drawn.around).addClass('around');
    });
    this.#options.onShown?.({ nodes: drawn.nodes.length, edges: drawn.edges.length, of: drawn.of, around: drawn.around });
    this.#held = false;
    if (drawn.nodes.length === 0) return;
    this.#root.setAttribute('aria-busy', 'true');
    this.#stop = place(drawn.nodes, drawn.edges, before,
      (spots, done) => {
        // To draw thousands takes longer than to move them a little: those are shown when they stand.
        if (large && !done) return;
        this.#cy.batch(() => spots.forEach(({ id, x, y }) => {
          const node = this.#cy.getElementById(id);
          if (!node.grabbed()) node.position({ x, y });
        }));
        if (!this.#held) this.#fit();
      },
      () => this.#root.setAttribute('aria-busy', 'false'));
    this.#show();
  }

  #fit(): void {
    this.#cy.fit(undefined, 40);
    // A few nodes are not blown up.
    if (this.#cy.zoom() > 1.25) {
      this.#cy.zoom(1.25);
      this.#cy.center();
    }
  }

  #node(id: string | null): GraphNode | null {
    return this.#nodes.find((node) => node.id === id) ?? null;
  }

  #pick(id: string | null, told: boolean): void {
    this.#picked = id;
    this.#show();
    if (told) this.#options.onSelect?.(this.#node(id));
    const node = this.#node(id);
    if (node) this.#words.textContent = this.#say(node);
  }

  #say({ id, label, type, drift }: GraphNode): string {
    const degree = this.#cy.getElementById(id).connectedEdges().length;
    return `${label}, ${type.replaceAll('_', ' ')}, ${degree} ${degree === 1 ? 'connection' : 'connections'}${drift ? `, ${drift} drift` : ''}`;
  }

  /** The selected node and what it touches stand out. */
  #show(): void {
    const node = this.#picked ? this.#cy.getElementById(this.#picked) : this.#cy.collection();
    this.#cy.batch(() => {
      this.#cy.elements().removeClass('far near').unselect();
      if (node.empty()) return;
      const near = node.closedNeighborhood();
      this.#cy.elements().not(near).addClass('far');
      near.addClass('near');
      node.select();
    });
  }

  #open(id: string | null): void {
    const node = this.#node(id);
    if (node) this.#options.onOpen?.(node);
  }

  /** To the nearest node in that direction: first among those joined to it. */
  #go(x: number, y: number): void {
    const from = this.#picked ? this.#cy.getElementById(this.#picked) : this.#cy.collection();
    const nodes = this.#cy.nodes();
    if (from.empty()) return this.#pick((nodes.filter('.around').nonempty() ? nodes.filter('.around') : nodes)[0]?.id() ?? null, true);
    const here = from.position();
    const joined = from.neighborhood();
    let best: { id: string; cost: number } | null = null;
    nodes.forEach((node) => {
      const dx = node.position().x - here.x;
      const dy = node.position().y - here.y;
      const along = dx * x + dy * y;
      if (node.id() === this.#picked || along <= 0) return;
      const aside = Math.abs(dx * y - dy * x);
      // Within 60 degrees of the way.
      if (aside > along * 1.8) return;
      const cost = (along + aside * 1.5) * (joined.contains(node) ? 0.5 : 1);
      if (!best || cost < best.cost) best = { id: node.id(), cost };
    });
    if (!best) return;
    this.#pick((best as { id: string }).id, true);
    const node = this.#cy.getElementById(this.#picked!);
    const { x1, x2, y1, y2 } = this.#cy.extent();
    const { x: px, y: py } = node.position();
    if (px < x1 || px > x2 || py < y1 || py > y2) {
      this.#held = true;
      this.#cy.center(node);
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) this.#go(way[0], way[1]);
    else if (event.key === 'Enter') this.#open(this.#picked);
    else if (event.key === 'Escape' && this.#picked) this.#pick(null, true);
    else if (event.key === '+' || event.key === '=') this.#zoom(STEP);
    else if (event.key === '-') this.#zoom(1 / STEP);
    else if (event.key === '0') this.#again();
    else return;
    event.preventDefault();
  }

  #zoom(by: number): void {
    this.#held = true;
    this.#cy.zoom({ level: this.#cy.zoom() * by, renderedPosition: { x: this.#cy.width() / 2, y: this.#cy.height() / 2 } });
  }

  #again(): void {
    this.#held = false;
    this.#fit();
  }

  handle(): GraphHandle {
    return {
      setData: (nodes, edges) => {
        this.#nodes = nodes;
        this.#edges = edges;
        this.#draw();
      },
      setFilter: (filter) => {
        this.#filter = filter;
        this.#draw();
      },
      setFocus: (id) => {
        this.#focus = id;
        this.#draw();
      },
      select: (id) => this.#pick(id, false),
      zoomIn: () => this.#zoom(STEP),
      zoomOut: () => this.#zoom(1 / STEP),
      fit: () => this.#again(),
      png: () => this.#cy.png({ output: 'blob-promise', full: true, scale: 2, maxWidth: 8000, maxHeight: 8000, bg: tokens(['--surface'])['--surface'] }),
      destroy: () => {
        this.#stop();
        this.#unlook();
        this.#resized.disconnect();
        this.#cy.destroy();
        this.#root.remove();
      },
    };
  }
}
