#!/bin/sh
# The command line of a checkout: npm run -s prelector -- status
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
sh "$here/scripts/bootstrap.sh"
PATH="$here/node_modules/.bin:$PATH" exec node "$here/apps/prelector/dist/main.js" "$@"
