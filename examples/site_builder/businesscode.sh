#!/bin/bash
# Builds a web site: clones its repository, runs Hugo, and prints what came of it as one line of JSON.
# Knows nothing of Lambda, so it can be tried alone:
#
#   SITE_DIRECTORY=/tmp/try SITE_REPOSITORY=file:///srv/site.git ./businesscode.sh '{}'
#
# The repository is the event's member "repository", else SITE_REPOSITORY, else the one in the image.
set -euo pipefail

readonly event="${1:-}"
readonly work="${SITE_DIRECTORY:-/tmp}"
readonly source="$work/site-source"
readonly site="$work/site"

# An event is not to be trusted: no helper programs, no options in place of an address.
export GIT_ALLOW_PROTOCOL=file:git:http:https:ssh GIT_TERMINAL_PROMPT=0
repository=$(sed -n 's/.*"repository"[[:space:]]*:[[:space:]]*"\([^"\\]*\)".*/\1/p' <<<"$event" | head -n 1)
repository=${repository:-${SITE_REPOSITORY:-file:///opt/site.git}}

started_ms=$(date +%s%3N)
mkdir -p "$work"
rm -rf "$source" "$site" # An earlier invocation may have left its own here.
git clone --quiet --depth 1 -- "$repository" "$source" >&2
commit=$(git -C "$source" rev-parse --short HEAD)
cloned_ms=$(date +%s%3N)

hugo --quiet --noBuildLock --cacheDir "$work/hugo-cache" --source "$source" --destination "$site" >&2
built_ms=$(date +%s%3N)

pages=$(find "$site" -name '*.html' -type f | wc -l)
printf '{"pages": %d, "commit": "%s", "clone_ms": %d, "build_ms": %d}\n' \
  "$pages" "$commit" "$((cloned_ms - started_ms))" "$((built_ms - cloned_ms))"
