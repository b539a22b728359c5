/** A diagram's picture: the last good one stays while the source is wrong, and it follows the look of the page. */
import type { DiagramProblem } from '../host';
import { quiet } from '../ui/dom';
import { onLook } from '../ui/theme';

const fetched = () => import('./render');

export class Picture {
  readonly dom: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #frame: HTMLElement;
  readonly #unlook: () => void;
  readonly #told: (problem: DiagramProblem | null) => void;
  readonly #soon = quiet(250, () => void this.#draw());
  #source = '';
  #drawn = '';
  #version = 0;
  /** What the picture measures by itself. */
  size = { width: 0, height: 0 };

  constructor(label: string, told: (problem: DiagramProblem | null) => void = () => {}) {
    this.dom = document.createElement('div');
    this.dom.className = 'ed-picture';
    // Its styles and ids stay inside: several pictures share a page.
    this.#root = this.dom.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':host { display: block } svg { display: block; max-width: none !important; width: 100%; height: 100% }');
    this.#root.adoptedStyleSheets = [sheet];
    this.#frame = document.createElement('div');
    this.#frame.setAttribute('role', 'img');
    this.#frame.setAttribute('aria-label', label);
    this.#frame.style.display = 'contents';
    this.#root.append(this.#frame);
    this.#told = told;
    this.#unlook = onLook(() => void this.#draw());
  }

  /** Whether there is a picture. */
  get there(): boolean {
    return this.#drawn !== '';
  }

  set(source: string, now = false): void {
    if (source === this.#source && this.#version > 0) return;
    this.#source = source;
    if (now) void this.#draw();
    else this.#soon();
  }

  async #draw(): Promise<void> {
    this.#soon.cancel();
    const version = ++this.#version;
    const source = this.#source;
    if (!source.trim()) {
      this.#frame.replaceChildren();
      this.#drawn = '';
      this.size = { width: 0, height: 0 };
      this.dom.dispatchEvent(new Event('drawn'));
      return this.#told(null);
    }
    const { draw } = await fetched();
    const { svg, problem } = await draw(source);
    // Somebody typed on meanwhile.
    if (version !== this.#version) return;
    if (svg !== null) {
      this.#frame.innerHTML = svg;
      this.#drawn = source;
      const box = this.#frame.querySelector('svg')?.viewBox.baseVal;
      this.size = { width: box?.width ?? 0, height: box?.height ?? 0 };
      this.dom.dispatchEvent(new Event('drawn'));
    }
    this.#told(problem);
  }

  /** The last good picture as a file of its own, in light colours. */
  async svg(): Promise<string | null> {
    if (!this.#drawn && !this.#source.trim()) return null;
    const { draw } = await fetched();
    const now = await draw(this.#source, 'light');
    const good = now.svg ?? (this.#drawn ? (await draw(this.#drawn, 'light')).svg : null);
    if (good === null) return null;
    const parsed = new DOMParser().parseFromString(good, 'text/html').querySelector('svg');
    if (!parsed) return null;
    // A width in per cent means nothing outside of a page.
    const { width, height } = parsed.viewBox.baseVal;
    parsed.setAttribute('width', String(Math.ceil(width)));
    parsed.setAttribute('height', String(Math.ceil(height)));
    return new XMLSerializer().serializeToString(parsed);
  }

  destroy(): void {
    this.#soon.cancel();
    this.#version = Number.MAX_SAFE_INTEGER;
    this.#unlook();
    this.dom.remove();
  }
}
