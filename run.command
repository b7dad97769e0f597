#!/bin/sh
# For a double click on macOS; all of it is in run.sh.
exec "$(dirname -- "$0")/run.sh" "$@"
