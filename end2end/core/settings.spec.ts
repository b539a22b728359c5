import { deflateSync } from 'node:zlib';
import { accessible, expect, test } from '../support';

/** A square picture of one colour. */
function png(size: number): Buffer {
  const crcs = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const crc = body.reduce((c, byte) => (crcs[(c ^ byte) & 255] ^ (c >>> 8)) >>> 0, 0xffffffff) ^ 0xffffffff;
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc >>> 0);
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: size }, () => Buffer.from([20, 120, 90]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: size }, () => row)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('an organization uploads its logo, which its members see at once', async ({ acme }) => {
  const page = await acme.page('admin', '/settings/general');
  const field = page.locator('input[type="file"]');
  await field.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)"/>') });
  await expect(page.locator('.toast').filter({ hasText: 'PNG, JPEG or WebP' })).toBeVisible();
  await field.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png(64) });
  await expect(page.locator('.toast').filter({ hasText: 'Logo saved' })).toBeVisible();
  const switcher = page.locator('button.switcher img');
  await expect(switcher).toHaveAttribute('src', /^\/api\/logos\/[0-9a-f]{64}$/);
  await expect.poll(() => switcher.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(64);
  await accessible(page);

  // The form beside it saves on from there.
  await page.getByLabel('Name', { exact: true }).fill('Acme Works');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.locator('.toast').filter({ hasText: 'Settings saved' })).toBeVisible();
  const member = await acme.page('member', '');
  await expect(member.locator('button.switcher img')).toHaveAttribute('src', /\/api\/logos\//);
  await page.getByRole('button', { name: 'Remove' }).click();
  await expect(switcher).toHaveCount(0);
});
