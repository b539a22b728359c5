/** Draws Mermaid source in the colours of the page. A piece of its own: Mermaid is large, and fetches each kind of diagram apart. */
import mermaid from 'mermaid';
import type { DiagramProblem } from '../host';
import { isDark, tokens } from '../ui/theme';
import { problemOf, tooLarge } from './problem';

export type Drawn = { svg: string; problem: null } | { svg: null; problem: DiagramProblem };

const names = ['--surface', '--sunken', '--fg', '--soft', '--muted', '--line', '--line-strong', '--control-line', '--accent', '--accent-soft',
  '--accent-line', '--accent-text', '--warning-soft', '--warning-text', '--danger-soft', '--danger-text', '--success-soft', '--info-soft', '--violet-soft'] as const;

function configure(look: 'light' | 'dark' | 'present'): void {
  const t = tokens(names, look);
  mermaid.initialize({
    startOnLoad: false,
    // Labels are cleaned, clicks and scripts do nothing.
    securityLevel: 'strict',
    suppressErrorRendering: true,
    // Flat, as the rest of the page.
    look: 'classic',
    // Text as SVG text: the picture can leave the page.
    htmlLabels: false,
    flowchart: { htmlLabels: false, curve: 'basis', padding: 12 },
    maxTextSize: 102_400,
    maxEdges: 2000,
    fontFamily: 'Inter, "Inter fallback", ui-sans-serif, system-ui, sans-serif',
    theme: 'base',
    darkMode: look === 'present' ? isDark() : look === 'dark',
    themeVariables: {
      fontSize: '14px',
      background: t['--surface'],
      primaryColor: t['--accent-soft'],
      primaryTextColor: t['--fg'],
      primaryBorderColor: t['--accent-line'],
      secondaryColor: t['--violet-soft'],
      secondaryTextColor: t['--fg'],
      secondaryBorderColor: t['--control-line'],
      tertiaryColor: t['--sunken'],
      tertiaryTextColor: t['--fg'],
      tertiaryBorderColor: t['--line-strong'],
      mainBkg: t['--accent-soft'],
      nodeBorder: t['--accent-line'],
      clusterBkg: t['--sunken'],
      clusterBorder: t['--line-strong'],
      lineColor: t['--muted'],
      textColor: t['--fg'],
      titleColor: t['--fg'],
      edgeLabelBackground: t['--surface'],
      noteBkgColor: t['--warning-soft'],
      noteTextColor: t['--fg'],
      noteBorderColor: t['--line-strong'],
      actorBkg: t['--accent-soft'],
      actorBorder: t['--accent-line'],
      actorTextColor: t['--fg'],
      actorLineColor: t['--line-strong'],
      signalColor: t['--soft'],
      signalTextColor: t['--fg'],
      labelBoxBkgColor: t['--sunken'],
      labelBoxBorderColor: t['--line-strong'],
      labelTextColor: t['--fg'],
      loopTextColor: t['--fg'],
      activationBkgColor: t['--sunken'],
      activationBorderColor: t['--control-line'],
      attributeBackgroundColorOdd: t['--surface'],
      attributeBackgroundColorEven: t['--sunken'],
      rowOdd: t['--surface'],
      rowEven: t['--sunken'],
      errorBkgColor: t['--danger-soft'],
      errorTextColor: t['--danger-text'],
    },
  });
}

let count = 0;
let turn: Promise<unknown> = Promise.resolve();

/** One at a time: Mermaid's settings are global. */
export function draw(source: string, look: 'light' | 'dark' | 'present' = 'present'): Promise<Drawn> {
  const drawn = turn.then(() => drawNow(source, look));
  turn = drawn;
  return drawn;
}

async function drawNow(source: string, look: 'light' | 'dark' | 'present'): Promise<Drawn> {
  const large = tooLarge(source);
  if (large) return { svg: null, problem: large };
  // Measured out of sight, with the page's fonts.
  const bench = document.createElement('div');
  bench.className = 'ed-bench';
  bench.setAttribute('aria-hidden', 'true');
  document.body.append(bench);
  try {
    await document.fonts.load('14px Inter').catch(() => {});
    configure(look);
    const { svg } = await mermaid.render(`mermaid-${++count}`, source, bench);
    return { svg, problem: null };
  } catch (error) {
    return { svg: null, problem: problemOf(source, error) };
  } finally {
    bench.remove();
  }
}
