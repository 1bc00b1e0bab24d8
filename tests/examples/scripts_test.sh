#!/bin/bash
# The scripts of the examples are clean, explain themselves, and refuse what makes no sense.
set -euo pipefail

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

shellcheck "$@" || fail "shellcheck"

for script in examples/light_function/build-root examples/site_builder/build-image; do
  "$script" --help | grep -q '^usage:' || fail "$script --help gives no usage"
  if "$script" --nonsense 2>/dev/null; then fail "$script takes any option"; fi
  if "$script" --output 2>/dev/null; then fail "$script --output takes no value"; fi
done

# What was not made by the script is not removed by it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/precious"
if examples/site_builder/build-image --output "$work" 2>/dev/null; then
  fail "build-image replaces a directory of somebody else"
fi
[[ -f $work/precious ]] || fail "build-image has removed a file of somebody else"

# The light function's root: complete, and made once.
output=$work/light
examples/light_function/build-root --output "$output" --bootstrap "$work/precious" | grep -q '^made'
examples/light_function/build-root --output "$output" --bootstrap "$work/precious" | grep -q 'up to date'
for directory in proc dev tmp var/task; do
  [[ -d $output/root/$directory ]] || fail "build-root makes no /$directory"
done
[[ -x $output/task/bootstrap ]] || fail "build-root makes no executable bootstrap"
"$output/root/bin/busybox" true || fail "build-root's busybox does not run"
[[ $(cd "$output" && echo *) == 'root stamp task' ]] || fail "build-root leaves drafts behind"
