import type { Page } from '@playwright/test';
import { eachLook } from './axe';

/** Pictures of a page in light and dark, wide and narrow: end2end/shots/<name>-<width>-<theme>.png. */
export async function shots(page: Page, name: string): Promise<void> {
  await eachLook(page, async (look) => {
    await page.screenshot({ path: `shots/${name}-${look}.png`, animations: 'disabled', caret: 'hide' });
  });
}
