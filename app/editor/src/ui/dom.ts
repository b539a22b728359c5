/** Elements without a framework. */
import { icons, type IconName } from './icons';

type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

/** An element: `class`, `onX`, DOM properties where there is one of that name, attributes otherwise. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value as EventListener);
    else if (key === 'class') element.className = String(value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'ic');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.innerHTML = icons[name];
  return svg;
}

export interface ButtonProps {
  label: string;
  icon: IconName;
  /** "Ctrl+B", added to the tip. */
  keys?: string;
  press(): void;
  class?: string;
}

/** A button that shows only its icon; its tip says what it does. The selection stays where it is. */
export function iconButton({ label, icon: name, keys, press, class: more = '' }: ButtonProps): HTMLButtonElement {
  return h('button', {
    type: 'button',
    class: `ed-btn ${more}`,
    'aria-label': label,
    'aria-keyshortcuts': keys?.replace('Ctrl', 'Control'),
    'data-tip': keys ? `${label} (${shown(keys)})` : label,
    'data-tip-at': 'below',
    onmousedown: (event: Event) => event.preventDefault(),
    onclick: press,
  }, icon(name));
}

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** Keys as this machine writes them. */
export function shown(keys: string): string {
  return mac ? keys.replace('Ctrl+', '⌘').replace('Shift+', '⇧').replace('Alt+', '⌥') : keys;
}

export const control = (event: KeyboardEvent): boolean => (mac ? event.metaKey : event.ctrlKey);

/**
 * One tab stop for many controls (toolbars): arrows, Home and End move within. Reads the controls each time, so that they may
 * come and go.
 */
export function rove(bar: HTMLElement): void {
  const all = () => [...bar.querySelectorAll<HTMLElement>('button, select')].filter((item) => item.checkVisibility() && !item.closest('[popover]'));
  const stop = (at: HTMLElement | undefined) => all().forEach((item) => (item.tabIndex = item === at ? 0 : -1));
  bar.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLSelectElement && /^Arrow(Up|Down)$/.test(event.key)) return;
    const items = all();
    const now = items.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || now < 0) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  });
  bar.addEventListener('focusin', (event) => stop(event.target as HTMLElement));
  queueMicrotask(() => stop(all()[0]));
}

/** Where something floats: below its anchor or above it, within the window. */
export function place(popup: HTMLElement, at: DOMRect, prefer: 'above' | 'below' = 'below', gap = 6): void {
  const { offsetWidth: width, offsetHeight: height } = popup;
  const below = at.bottom + gap;
  const above = at.top - gap - height;
  const fitsBelow = below + height <= innerHeight - 8;
  const top = prefer === 'below' ? (fitsBelow || above < 8 ? below : above) : above >= 8 || !fitsBelow ? above : below;
  popup.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  popup.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}

/** Calls at most once per frame, with nothing. */
export function perFrame(work: () => void): (() => void) & { cancel(): void } {
  let frame = 0;
  const later = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      work();
    });
  };
  return Object.assign(later, { cancel: () => cancelAnimationFrame(frame) });
}

/** Calls once things have been quiet for so long; `flush` calls at once what was waiting. */
export function quiet(ms: number, work: () => void): (() => void) & { cancel(): void; flush(): void } {
  let timer = 0;
  const now = () => {
    timer = 0;
    work();
  };
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(now, ms);
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const flush = () => {
    if (!timer) return;
    clearTimeout(timer);
    now();
  };
  return Object.assign(later, { cancel, flush });
}

/** A short id of letters and digits. */
export function shortId(length = 10): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => letters[byte % letters.length]).join('');
}
