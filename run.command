#!/bin/sh
# For a double click on macOS; all of it is in run.sh.
here=$(readlink -f -- "$0" 2>/dev/null) || here=$0
exec /bin/sh "$(dirname -- "$here")/run.sh" "$@"
