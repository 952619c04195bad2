#!/bin/sh
# Print the Python to use: 3.11 or 3.12 first, for which python-rtmidi has wheels; newer ones build it from source.
set -u

try() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < ($2))" 2>/dev/null
}

for below in "3, 13" "4, 0"; do
    for python in python3 python3.12 python3.11 python3.13 python3.14 python3.15; do
        if try "$python" "$below"; then
            echo "$python"
            exit 0
        fi
    done
done
exit 1
