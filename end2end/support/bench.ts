/**
 * An empty page of the application, with its policy, its styles and its files, for parts that are mounted by hand: what the
 * modules of app/editor do is tested here, and how screens use them in the screens' own tests.
 */
import type { Page } from '@playwright/test';
import { baseURL } from './server';

const PATH = '/bench';

/** Opens the page; `html` is what stands in its body. */
export async function bench(page: Page, html = '<main id="here"></main>'): Promise<void> {
  const model = await page.request.get(`${baseURL}/login`);
  const policy = model.headers()['content-security-policy'];
  if (!policy?.includes('script-src')) throw new Error('The page /login has no policy for scripts.');
  const styles = [...(await model.text()).matchAll(/<link[^>]+\.css[^>]*>/g)].map(([link]) => link).join('');
  await page.route(`**${PATH}`, (route) => route.fulfill({
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': policy },
    body: `<!doctype html><html lang="en"><head><title>Bench</title><meta name="viewport" content="width=device-width">${styles}</head><body>${html}</body></html>`,
  }));
  await page.goto(`${baseURL}${PATH}`);
}
