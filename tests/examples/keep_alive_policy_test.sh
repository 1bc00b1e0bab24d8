#!/bin/sh
# The example with a keep-alive rule of one's own runs, and the rule makes a difference.
set -eu
output=$("$1")
echo "$output"
fixed=$(echo "$output" | sed -n 's/^fixed, 10 minutes *\([0-9.]*\) % cold .*/\1/p')
own=$(echo "$output" | sed -n 's/^equal cost *\([0-9.]*\) % cold .*/\1/p')
test -n "$fixed"
test -n "$own"
test "$fixed" != "$own"
test "$output" = "$("$1")"
