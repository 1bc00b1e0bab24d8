#!/bin/bash
# A Lambda function in shell. Until the loop begins it initialises, once per environment; then every
# turn of the loop is one invocation. Where a command fails the script ends, and with it the
# environment: the caller is told Runtime.ExitError, and the next invocation finds a new one.
set -euo pipefail

readonly api="http://${AWS_LAMBDA_RUNTIME_API:?is set by the platform}/2018-06-01/runtime/invocation"
here=$(cd "$(dirname "$0")" && pwd)
readonly work="${SITE_DIRECTORY:-/tmp}" # Only /tmp can be written to.

# Initialisation: the Hugo release comes as an archive and is unpacked where there is room for it.
mkdir -p "$work/hugo"
tar -xzf "${HUGO_ARCHIVE:-/opt/hugo.tar.gz}" -C "$work/hugo"
export PATH="$work/hugo:$PATH"

while true; do
  # Waits until there is an invocation; meanwhile the environment is frozen.
  event=$(curl -sS --fail -D "$work/headers" "$api/next")
  request_id=$(grep -i '^lambda-runtime-aws-request-id:' "$work/headers" | cut -d: -f2 | tr -d ' \r\n')

  result=$("${here%/}/businesscode.sh" "$event")

  # The answer has the form that API Gateway makes an HTTP response of.
  body=${result//\\/\\\\}
  body=${body//\"/\\\"}
  printf '{"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "%s"}' "$body" |
    curl -sS --fail -o "$work/answer" --data-binary @- "$api/$request_id/response"
done
