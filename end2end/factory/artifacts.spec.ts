/** Files of a project: brought, kept in folders, seen, found by their text, deleted and brought back. */
import { accessible, expect, hydrated, project, test } from '../support';

/** A PDF of one page that draws this line. */
function pdf(line: string): Buffer {
  const drawn = `BT /F1 12 Tf 72 700 Td (${line}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let out = '%PDF-1.4\n';
  const places = objects.map((object, n) => {
    const at = out.length;
    out += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

// The smallest picture there is.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test('a20_17 a PDF is uploaded, found by its text with Ctrl+K, and comes back as it was', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/artifacts'));
  await expect(page.getByText('No files yet')).toBeVisible();
  await hydrated(page);
  await accessible(page);
  const bytes = pdf('Quarterly umbrella report');
  await page.locator('#f-artifact').setInputFiles({ name: 'report.pdf', mimeType: 'application/pdf', buffer: bytes });
  const row = page.getByRole('row').filter({ hasText: 'report.pdf' });
  await expect(row).toContainText('Ready');
  await row.getByRole('link', { name: 'report.pdf' }).click();
  const drawer = page.getByRole('complementary', { name: 'File' });
  await expect(drawer.getByLabel('Text of the file')).toHaveText('Quarterly umbrella report');
  const first = drawer.getByRole('img', { name: 'report.pdf, page 1' });
  await expect(first).toHaveJSProperty('naturalHeight', 1600);
  await expect(drawer.getByText('Page 1 of 1')).toBeVisible();
  const href = await drawer.getByRole('link', { name: 'Download' }).getAttribute('href');
  const answer = await page.request.get(href ?? '');
  expect(Buffer.compare(await answer.body(), bytes)).toBe(0);
  expect(answer.headers()['content-disposition']).toContain('attachment');
  expect(answer.headers()['x-content-type-options']).toBe('nosniff');
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();

  await page.goto(acme.path('/factory/web-shop'));
  await hydrated(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('umbrella');
  const hit = palette.getByRole('option').filter({ hasText: 'report.pdf' });
  await expect(hit).toContainText('Quarterly umbrella report');
  await expect(palette.getByText('Artifacts', { exact: true }).first()).toBeVisible();
  await hit.click();
  await expect(page.getByRole('complementary', { name: 'File' })).toBeVisible();
  await expect(page).toHaveURL(/\/artifacts\?open=/);
  // What nothing answers is said.
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').fill('zzqqzzqq');
  await expect(palette.getByText('Nothing fits.')).toBeVisible();
});

test('a20_17 files lie in folders, are moved, deleted and brought back', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/artifacts'));
  await hydrated(page);
  await page.getByRole('button', { name: 'New folder' }).click();
  const naming = page.getByRole('dialog', { name: 'New folder' });
  await naming.getByLabel('Name').fill('Pictures');
  await naming.getByRole('button', { name: 'Save name' }).click();
  await page.getByRole('link', { name: 'Pictures' }).click();
  await expect(page.getByText('Nothing lies here')).toBeVisible();
  await page.locator('#f-artifact').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: PNG },
    { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Notes') },
  ]);
  // Rows are drawn anew while files are read: a press meanwhile could be lost.
  for (const name of ['dot.png', 'notes.md']) await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Ready');
  await page.getByRole('link', { name: 'dot.png' }).click();
  const drawer = page.getByRole('complementary', { name: 'File' });
  await expect(drawer.getByRole('img', { name: 'dot.png' })).toBeVisible();
  expect(await drawer.getByRole('img', { name: 'dot.png' }).evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth))).toBe(1);
  await drawer.getByRole('button', { name: 'Rename' }).click();
  const renaming = page.getByRole('dialog', { name: 'Rename the file' });
  await renaming.getByLabel('Name').fill('The dot');
  await renaming.getByRole('button', { name: 'Save name' }).click();
  await expect(drawer.getByRole('heading', { name: 'The dot' })).toBeVisible();
  await drawer.getByRole('button', { name: 'Move' }).click();
  const moving = page.getByRole('dialog', { name: 'Move to a folder' });
  await moving.getByLabel('Folder').selectOption({ label: 'No folder' });
  await moving.getByRole('button', { name: 'Move' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'The dot' })).toHaveCount(0);
  await expect(page.getByRole('row').filter({ hasText: 'notes.md' })).toBeVisible();

  await page.goto(acme.path('/factory/web-shop/artifacts'));
  await hydrated(page);
  await page.getByRole('link', { name: 'The dot' }).click();
  await drawer.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'The dot' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'The dot' })).toBeVisible();
});

test('a20_17 a file that is not what its name says is refused beside its name, one that cannot be read says why', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/artifacts'));
  await hydrated(page);
  await page.locator('#f-artifact').setInputFiles([
    { name: 'fake.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)">') },
    { name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 and nothing') },
  ]);
  const uploads = page.getByRole('list', { name: 'Uploads' });
  await expect(uploads.getByRole('alert')).toContainText('not what its name says');
  await uploads.getByRole('button', { name: 'Dismiss' }).click();
  await expect(uploads.getByRole('listitem')).toHaveCount(0);
  const row = page.getByRole('row').filter({ hasText: 'broken.pdf' });
  await expect(row).toContainText('Failed');
  await row.getByRole('link', { name: 'broken.pdf' }).click();
  const drawer = page.getByRole('complementary', { name: 'File' });
  await expect(drawer.getByText('The text could not be read')).toBeVisible();
  await drawer.getByRole('button', { name: 'Retry' }).click();
  await expect(drawer.getByText('The text could not be read')).toBeVisible();
});
