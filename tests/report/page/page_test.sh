#!/bin/sh
# Runs the test with the distribution's Python: the packages chromium, chromium-driver and
# python3-selenium belong to it.
exec /usr/bin/python3 "$(dirname "$0")/page_test.py" "$1"
