#!/bin/sh
# Make a virtual environment with the Python that fits best.
set -eu

venv="$1"
here=$(dirname "$0")
if ! python=$(sh "$here/choose_python.sh"); then
    echo "Ghostnote needs Python 3.11 or newer with its venv module; none was found." >&2
    exit 2
fi
"$python" -m venv "$venv"
