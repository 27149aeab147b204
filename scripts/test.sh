#!/bin/sh
# npm test: installs what is missing, then runs every test. Arguments go to Jest.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
if ! sh scripts/install-test-services.sh; then
  # Where nobody reads what is said, half of the tests may not pass for all of them.
  [ -z "${CI:-}" ] || exit 69
  echo "Only the unit tests run: test/integration, test/faults and test/shared-data need the packages named above."
  set -- --selectProjects unit "$@"
fi
[ -f ../shared/data/README.md ] || echo "test/shared-data did not run: the folder of shared DICOM files is not beside this checkout."
NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning" exec node scripts/run-tests.mjs "$@"
