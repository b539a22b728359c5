// Bundles app/editor into public/editor: `index.js` under its own name, and everything it loads under names with hashes.
//   node app/editor/build.mjs            once; --sizes also tells how large each piece is when it travels
//   node app/editor/build.mjs --watch    again on each change, until whoever started it is gone
import * as esbuild from 'esbuild';
import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, '../../public/editor');
const watch = process.argv.includes('--watch');

/** Style sheets come with the code that needs them (ui/sheet.ts), not with every page. */
const sheets = {
  name: 'sheets',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code, loader: 'text', watchFiles: [path] };
    });
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: ['src/index.ts'],
  outdir,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: watch ? 'inline' : false,
  legalComments: 'none',
  metafile: true,
  plugins: [sheets],
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** What a piece needs before it runs, itself first. */
function closure(outputs, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') closure(outputs, path, seen);
  return seen;
}

function sizes({ outputs }) {
  const packed = Object.fromEntries(Object.keys(outputs).map((name) => [name, brotliCompressSync(readFileSync(join(here, name))).length]));
  const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  for (const [name, output] of Object.entries(outputs)) {
    if (!output.entryPoint?.startsWith('src/')) continue;
    const all = [...closure(outputs, name)];
    const whole = all.reduce((sum, piece) => sum + packed[piece], 0);
    console.log(`${output.entryPoint}: ${kb(whole)} brotli in ${all.length} files (${basename(name)} alone ${kb(packed[name])})`);
  }
}

// Old names would be served for good beside the new ones.
rmSync(outdir, { recursive: true, force: true });
if (watch) {
  await (await esbuild.context(options)).watch();
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(), 1000);
} else {
  const { metafile } = await esbuild.build(options);
  if (process.argv.includes('--sizes')) sizes(metafile);
}
