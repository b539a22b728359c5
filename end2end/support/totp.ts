/** RFC 6238 with SHA-1, six digits, 30 seconds. */
export async function totp(key: string): Promise<string> {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const secret = new Uint8Array(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const step = new DataView(new ArrayBuffer(8));
  step.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000)));
  const hmac = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
  const sum = new DataView(await crypto.subtle.sign('HMAC', hmac, step.buffer));
  const at = sum.getUint8(19) & 15;
  return String((sum.getUint32(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
