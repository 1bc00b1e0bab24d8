#!/bin/sh
# A Lambda runtime in a few lines of shell, as people write them: answers two invocations with their
# payload in capitals, reports the third as an error, and ends.
# Usage: shell_runtime.sh HOST:PORT
set -eu
api="http://$1/2018-06-01/runtime"
headers="$(mktemp -p "${TEST_TMPDIR:-/tmp}")"
trap 'rm -f "$headers"' EXIT
count=0
while [ "$count" -lt 3 ]; do
  count=$((count + 1))
  event="$(curl -sS -LD "$headers" "$api/invocation/next")"
  id="$(grep -Fi Lambda-Runtime-Aws-Request-Id "$headers" | tr -d '[:space:]' | cut -d: -f2)"
  if [ "$count" -lt 3 ]; then
    curl -sS -f "$api/invocation/$id/response" -d "$(printf '%s' "$event" | tr a-z A-Z)" >/dev/null
  else
    curl -sS -f -H 'Lambda-Runtime-Function-Error-Type: Function.Tired' \
      "$api/invocation/$id/error" -d '{"errorMessage":"enough","errorType":"Tired"}' >/dev/null
  fi
done
