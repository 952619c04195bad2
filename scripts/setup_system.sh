#!/bin/sh
# Install the system packages that the play path (PortAudio) and the live tests (JACK, Pd, SuperCollider, FluidSynth) need.
# Without the right to install, say what is missing and go on: files, demo and most tests need none of it.
set -u

debian_packages="libportaudio2 libjack-jackd2-0 jackd2 python3-venv puredata-core supercollider-server fluidsynth timgm6mb-soundfont amsynth zynaddsubfx"

# A Python without a wheel of python-rtmidi builds it, and leaves out every MIDI system whose headers are not there.
python=$(sh "$(dirname "$0")/choose_python.sh") || python=""
if [ -n "$python" ] && ! "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then
    debian_packages="$debian_packages build-essential python3-dev pkg-config libasound2-dev libjack-jackd2-dev"
fi

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $debian_packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && exit 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        echo "To play live and to run every test, install:$missing  (sudo apt-get install$missing)"
        exit 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    # jackd2 recommends a desktop; a machine that renders files needs none of it.
    $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        echo "These could not be installed:$missing. Files and the demo work without them."
elif [ "$(uname)" = Darwin ] && ! command -v pd >/dev/null 2>&1; then
    echo "The live tests need jack2, fluid-synth, Pd and SuperCollider (brew install jack fluid-synth); everything else works without."
fi
exit 0
