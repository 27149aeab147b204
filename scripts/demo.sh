#!/bin/sh
# npm run demo: everything from a bare checkout to a verified report.
set -eu
exec sh "$(dirname "$0")/prelector.sh" demo "$@"
