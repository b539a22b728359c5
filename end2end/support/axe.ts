import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export const widths = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
export const themes = ['light', 'dark'] as const;

/** Goes through light and dark at both widths, and leaves the page as it was. */
export async function eachLook(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const before = page.viewportSize();
  for (const size of widths) {
    await page.setViewportSize(size);
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      // Colours glide from one look to the other: what is in between is no look.
      // Looked at again and again: one that is replaced or loses its element tells nobody that it ended.
      await page.waitForFunction(
        () => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().iterations === Infinity),
        undefined,
        { polling: 50 },
      );
      await look(`${size.width}-${theme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}

const all = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// What can differ between light and dark: the document is the same.
const ofColour = ['color-contrast', 'link-in-text-block'];

/** No violation of WCAG 2.2 AA, light and dark, wide and narrow; nothing reaches past the edge of the window. */
export async function accessible(page: Page): Promise<void> {
  await eachLook(page, async (look) => {
    const axe = new AxeBuilder({ page });
    const found = await (look.endsWith('dark') ? axe.withRules(ofColour) : axe.withTags(all)).analyze();
    const told = found.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 5).map((node) => node.html).join('\n    ')}`);
    expect(told, `axe at ${look} on ${page.url()}`).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `sideways scrolling at ${look} on ${page.url()}`).toBeLessThanOrEqual(0);
  });
}
