/** A picture on a board: zoomed from 25 to 400 %, moved by hand, wheel or keys. */
import { h, iconButton, rove } from '../ui/dom';
import type { Picture } from '../mermaid/picture';

const LEAST = 0.25;
const MOST = 4;
const STEP = 1.25;

export class Board {
  readonly dom: HTMLElement;
  readonly #stage: HTMLElement;
  readonly #level = h('output', { class: 'ed-zoom-level', 'aria-label': 'Size' }, '100 %');
  readonly #resized: ResizeObserver;
  #zoom = 1;
  #x = 0;
  #y = 0;
  /** Until somebody moves it, the picture fits the board. */
  #fitted = true;

  constructor(readonly picture: Picture, label: string) {
    this.#stage = h('div', { class: 'ed-stage', tabindex: '0', role: 'group', 'aria-roledescription': 'board', 'aria-label': `${label}: arrows move, plus and minus zoom, 0 fits` }, picture.dom);
    const bar = h('div', { class: 'ed-zoom', role: 'toolbar', 'aria-label': 'Zoom' },
      iconButton({ label: 'Smaller', icon: 'zoom-out', keys: '-', press: () => this.zoom(this.#zoom / STEP) }),
      this.#level,
      iconButton({ label: 'Larger', icon: 'zoom-in', keys: '+', press: () => this.zoom(this.#zoom * STEP) }),
      iconButton({ label: 'Fit', icon: 'maximize', keys: '0', press: () => this.fit() }));
    rove(bar);
    this.dom = h('div', { class: 'ed-board' }, this.#stage, bar);
    picture.dom.addEventListener('drawn', () => (this.#fitted ? this.fit() : this.#apply()));
    this.#resized = new ResizeObserver(() => this.#fitted && this.fit());
    this.#resized.observe(this.#stage);
    this.#stage.addEventListener('wheel', this.#wheel, { passive: false });
    this.#stage.addEventListener('pointerdown', this.#drag);
    this.#stage.addEventListener('keydown', this.#key);
    this.#stage.addEventListener('dblclick', () => this.fit());
  }

  /** The whole picture, no larger than it is. */
  fit(): void {
    const { width, height } = this.picture.size;
    const { clientWidth, clientHeight } = this.#stage;
    if (!width || !clientWidth) return;
    this.#zoom = Math.max(LEAST, Math.min(1, (clientWidth - 32) / width, (clientHeight - 32) / height));
    this.#x = (clientWidth - width * this.#zoom) / 2;
    this.#y = Math.max(16, (clientHeight - height * this.#zoom) / 2);
    this.#fitted = true;
    this.#apply();
  }

  /** Around a point of the board, by default its middle. */
  zoom(to: number, x = this.#stage.clientWidth / 2, y = this.#stage.clientHeight / 2): void {
    const next = Math.max(LEAST, Math.min(MOST, to));
    this.#x = x - ((x - this.#x) * next) / this.#zoom;
    this.#y = y - ((y - this.#y) * next) / this.#zoom;
    this.#zoom = next;
    this.#fitted = false;
    this.#apply();
  }

  #move(x: number, y: number): void {
    this.#x += x;
    this.#y += y;
    this.#fitted = false;
    this.#apply();
  }

  #apply(): void {
    const { width, height } = this.picture.size;
    const { style } = this.picture.dom;
    // By size, not by scale: letters stay sharp.
    style.width = `${width * this.#zoom}px`;
    style.height = `${height * this.#zoom}px`;
    style.translate = `${Math.round(this.#x)}px ${Math.round(this.#y)}px`;
    this.#level.value = `${Math.round(this.#zoom * 100)} %`;
  }

  readonly #wheel = (event: WheelEvent): void => {
    const box = this.#stage.getBoundingClientRect();
    // A pinch arrives as a wheel with Ctrl; the page itself scrolls on unless the board has the focus.
    if (event.ctrlKey || event.metaKey) this.zoom(this.#zoom * Math.exp(-event.deltaY / 200), event.clientX - box.left, event.clientY - box.top);
    else if (document.activeElement === this.#stage) this.#move(-event.deltaX, -event.deltaY);
    else return;
    event.preventDefault();
  };

  readonly #drag = (down: PointerEvent): void => {
    if (down.button !== 0) return;
    const stage = this.#stage;
    stage.setPointerCapture(down.pointerId);
    stage.classList.add('ed-moving');
    let { clientX: x, clientY: y } = down;
    const move = (event: PointerEvent) => {
      this.#move(event.clientX - x, event.clientY - y);
      ({ clientX: x, clientY: y } = event);
    };
    const up = () => {
      stage.classList.remove('ed-moving');
      stage.removeEventListener('pointermove', move);
      stage.removeEventListener('pointerup', up);
      stage.removeEventListener('pointercancel', up);
    };
    stage.addEventListener('pointermove', move);
    stage.addEventListener('pointerup', up);
    stage.addEventListener('pointercancel', up);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 160 : 40;
    if (event.key === 'ArrowLeft') this.#move(far, 0);
    else if (event.key === 'ArrowRight') this.#move(-far, 0);
    else if (event.key === 'ArrowUp') this.#move(0, far);
    else if (event.key === 'ArrowDown') this.#move(0, -far);
    else if (event.key === '+' || event.key === '=') this.zoom(this.#zoom * STEP);
    else if (event.key === '-') this.zoom(this.#zoom / STEP);
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  };

  destroy(): void {
    this.#resized.disconnect();
    this.dom.remove();
  }
}
