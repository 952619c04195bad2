#!/bin/sh
# Make a virtual environment with the first Python that is new enough.
set -eu

venv="$1"
for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$python" -m venv "$venv"
        exit 0
    fi
done
echo "Ghostnote needs Python 3.11 or newer with its venv module; none was found." >&2
exit 2
