/** Colours of the design tokens, for parts that draw by value (Mermaid, canvas). */

const canvas = document.createElement('canvas');
canvas.width = canvas.height = 1;
const brush = canvas.getContext('2d', { willReadFrequently: true })!;

/** `--fg` and the like as `#rrggbb` over paper, in the present look or in a given one. */
export function tokens<T extends string>(names: readonly T[], look: 'light' | 'dark' | 'present' = 'present'): Record<T, string> {
  const probe = document.createElement('span');
  probe.hidden = true;
  if (look !== 'present') probe.style.colorScheme = look;
  document.body.append(probe);
  const found = {} as Record<T, string>;
  for (const name of names) {
    probe.style.color = `var(${name})`;
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
    found[name] = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  }
  probe.remove();
  return found;
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
}

/** Hears when the look changes, by the person or by the system. */
export function onLook(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  system.addEventListener('change', changed);
  return () => {
    chosen.disconnect();
    system.removeEventListener('change', changed);
  };
}
