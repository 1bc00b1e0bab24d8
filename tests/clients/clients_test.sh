#!/bin/sh
# Runs the clients against the server given as first argument, with the distribution's Python: the
# packages awscli and python3-boto3 belong to it.
exec /usr/bin/python3 "$(dirname "$0")/clients_test.py" --server "$1"
