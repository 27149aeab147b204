#!/bin/sh
# npm run test:peers: our output before other people's software. Needs Python 3 with venv, Java 17, Maven, PyPI and
# Maven Central. What it downloads and makes stays in .cache/peers.
set -eu
cd "$(dirname "$0")/.."
for tool in python3 java mvn; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "The peer tests need $tool. On Debian: apt-get install python3-venv openjdk-17-jdk-headless maven" >&2
    exit 69
  }
done
sh scripts/bootstrap.sh
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
cache=$PWD/.cache/peers
mkdir -p "$cache"
passed=0
failed=0
check() { # name, command ...
  name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "failed: $name" >&2
  fi
}

[ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet --disable-pip-version-check \
  -r models/ct-lung-densitometry/requirements.txt -r test/peers/requirements.txt

generated() {
  "$cache/venv/bin/python" models/ct-lung-densitometry/generate.py "$cache/model.onnx" >&2 &&
    cmp "$cache/model.onnx" models/ct-lung-densitometry/model.onnx &&
    echo "onnx: the script of the model package makes the graph that ships, byte for byte"
}
check 'the graph is made by its script' generated

reports() {
  node apps/prelector/dist/main.js demo --json --data "$cache/demo" >"$cache/demo.json" &&
    "$cache/venv/bin/python" test/peers/check_reports.py "$cache/demo.json"
}
check 'highdicom and pydicom read our reports' reports

mutations() {
  rm -rf "$cache/mutations"
  node test/phantoms/dist/main.js header-mutations --out "$cache/mutations" >&2 &&
    "$cache/venv/bin/python" test/peers/header_mutations.py "$cache/mutations" test/peers/header-mutations.json
}
check 'pydicom gives the numbers that ours are held against' mutations

hapi() {
  rm -rf "$cache/hl7" "$cache/stdin" "$cache/port"
  mvn -q -B -Dstyle.color=never -f test/peers/hapi/pom.xml -DbuildDirectory="$cache/hapi" package dependency:build-classpath \
    -Dmdep.outputFile="$cache/classpath" || return 1
  mkfifo "$cache/stdin"
  node test/peers/hl7-peer.mjs "$cache/hl7" <"$cache/stdin" >"$cache/port" &
  peer=$!
  # The peer ends when this end of its standard input is closed.
  exec 3>"$cache/stdin"
  tries=0
  while [ ! -s "$cache/port" ] && kill -0 "$peer" 2>/dev/null && [ "$tries" -lt 30 ]; do
    tries=$((tries + 1))
    sleep 1
  done
  result=0
  java -cp "$cache/hapi/classes:$(cat "$cache/classpath")" prelector.Peer "$cache/hl7" "$(cat "$cache/port")" || result=1
  exec 3>&-
  wait "$peer" || result=1
  return "$result"
}
check 'HAPI reads our messages and acknowledgements' hapi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
