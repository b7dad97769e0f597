#!/bin/sh
# Sets up where needed, then starts the program: by a double click, or ./run.sh --port 8000.
here=$(readlink -f -- "$0" 2>/dev/null) || here=$0 # a link to this file may lie anywhere
CDPATH='' cd -- "$(dirname -- "$here")" || exit 1
unset PYTHONHOME PYTHONPATH # another program's packages are not what was tested

# One that all packages are ready for; else whichever there is, which says what is wrong with it.
python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    "$name" -c "" >/dev/null 2>&1 || continue # not there, or Apple's stand-in for it
    python=${python:-$name}
    "$name" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" || continue
    python=$name
    break
done

if [ -n "$python" ]; then
    trap : INT # Ctrl+C is for the program; this waits for its last words
    "$python" install.py
    status=$?
    if [ "$status" -eq 0 ]; then
        [ -t 0 ] && [ -t 1 ] || exec .venv/bin/python app.py "$@" # what ends this ends the program
        .venv/bin/python app.py "$@"
        status=$?
    fi
else
    echo "Python is missing. Get version 3.14 from https://www.python.org/downloads/ and start again." >&2
    status=1
fi

# A window that a double click opened would take the reason away with it. 130 is Ctrl+C.
if [ "$status" -ne 0 ] && [ "$status" -ne 130 ] && [ -t 0 ] && [ -t 1 ]; then
    printf "Press Enter to close this. "
    read -r _
fi
exit "$status"
