#!/bin/sh
# Makes the web fonts in public/fonts from the npm packages that carry Inter and JetBrains Mono (both OFL 1.1).
# Run only to change weights, characters or features; the results are committed.
# Needs npm and python3 with venv.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @fontsource-variable/inter@5 @fontsource-variable/jetbrains-mono@5
python3 -m venv py
py/bin/pip install --quiet fonttools brotli

# Weights 400 to 700 are all the design uses; the axis between them stays variable.
make_font() { # package, file stem, features
  for set in latin latin-ext; do
    src="node_modules/@fontsource-variable/$1/files/$2-$set-wght-normal.woff2"
    py/bin/fonttools varLib.instancer --quiet "$src" wght=400:700 --output "$2-$set.ttf"
    py/bin/pyftsubset "$2-$set.ttf" --unicodes='*' --layout-features="$3" --no-hinting \
      --flavor=woff2 --output-file="$root/public/fonts/$2-$set.woff2"
  done
  cp "node_modules/@fontsource-variable/$1/LICENSE" "$root/public/fonts/$2-LICENSE.txt"
}
make_font inter inter 'calt,ccmp,kern,locl,mark,mkmk,tnum,frac,numr,dnom'
make_font jetbrains-mono jetbrains-mono 'ccmp,kern,locl,mark,mkmk'
ls -l "$root/public/fonts"
