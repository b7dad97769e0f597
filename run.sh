#!/bin/sh
# Sets up where needed, then starts the program: by a double click, or ./run.sh --port 8000.
CDPATH='' cd -- "$(dirname -- "$0")" || exit 1

python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    "$name" -c "" >/dev/null 2>&1 || continue # not there, or Apple's stand-in for it
    python=$name
    "$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" && break
done

if [ -n "$python" ]; then
    trap : INT # Ctrl+C is for the program; this waits for its last words
    "$python" install.py && .venv/bin/python app.py "$@"
    status=$?
else
    echo "Python is missing. Get version 3.11 or newer from https://www.python.org/downloads/ and start again." >&2
    status=1
fi

# A window that a double click opened would take the reason away with it. 130 is Ctrl+C.
if [ "$status" -ne 0 ] && [ "$status" -ne 130 ] && [ -t 0 ] && [ -t 1 ]; then
    printf "Press Enter to close this. "
    read -r _
fi
exit "$status"
