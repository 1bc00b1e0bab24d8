#!/bin/sh
# Runs the test with the distribution's Python.
exec /usr/bin/python3 "$(dirname "$0")/commands_test.py" "$@"
