// Writes public/icons.svg (one <symbol> per icon) and app/kit/src/icons.rs (the enum) from scripts/icons.txt, and the icons of
// the editor, which come with its code, from app/editor/icons.txt.
// Usage: node scripts/icons.mjs <folder of lucide-static/icons>   (npm package lucide-static, ISC licence)
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = process.argv[2] ?? join(root, 'node_modules/lucide-static/icons');
const listed = (path) => readFileSync(join(root, path), 'utf8')
  .split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
const names = listed('scripts/icons.txt');
const editor = listed('app/editor/icons.txt').sort();
const missing = [...names, ...editor].filter((name) => !existsSync(join(source, `${name}.svg`)));
if (missing.length) {
  console.error(`Not in this version of lucide-static: ${missing.join(', ')}`);
  process.exit(1);
}
const shapes = (name) => {
  const svg = readFileSync(join(source, `${name}.svg`), 'utf8');
  const body = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
  return body.replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>').trim();
};
const symbols = names.map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${shapes(name)}</symbol>`);
const sprite = `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence, lucide.dev -->${symbols.join('')}</svg>\n`;
const version = createHash('sha256').update(sprite).digest('hex').slice(0, 8);
writeFileSync(join(root, 'public/icons.svg'), sprite);

const pascal = (name) => name.split('-').map((part) => part[0].toUpperCase() + part.slice(1)).join('');
const rust = `//! Lucide icons. Written by scripts/icons.mjs from scripts/icons.txt; do not edit.

/// The sprite with its version, for a preload in the page head.
pub const SPRITE: &str = "/icons.svg?v=${version}";

/// An icon of the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
${names.map((name) => `    ${pascal(name)},`).join('\n')}
}

impl Icon {
    /// Every icon, for the gallery.
    pub const ALL: &[Icon] = &[
${names.map((name) => `        Icon::${pascal(name)},`).join('\n')}
    ];

    /// The Lucide name, which is the id in the sprite.
    pub const fn name(self) -> &'static str {
        match self {
${names.map((name) => `            Icon::${pascal(name)} => "${name}",`).join('\n')}
        }
    }
}
`;
writeFileSync(join(root, 'app/kit/src/icons.rs'), rust);
writeFileSync(join(root, 'app/editor/src/ui/icons.ts'), `// Lucide icons (ISC licence, lucide.dev). Written by scripts/icons.mjs from app/editor/icons.txt; do not edit.
export const icons = {
${editor.map((name) => `  '${name}': '${shapes(name)}',`).join('\n')}
} as const;

export type IconName = keyof typeof icons;
`);
console.log(`${names.length} icons, ${sprite.length} bytes, version ${version}`);
