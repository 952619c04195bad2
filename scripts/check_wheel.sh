#!/bin/sh
# Build the wheel, install it alone in a new environment without torch, and play the demo there.
set -eu

python="$1"
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m build --quiet --wheel --no-isolation --outdir "$work"
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --constraint "$root/constraints.txt" "$work"/ghostnote-*.whl

cd "$work"
if venv/bin/python -c 'import torch' 2>/dev/null; then
    echo "torch came along with a play-only install" >&2
    exit 1
fi
venv/bin/ghostnote demo --quiet --out demo
for file in mix.wav synth.wav performance.mid messages.jsonl hits.csv report.png; do
    test -s "demo/$file" || { echo "the installed demo wrote no $file" >&2; exit 1; }
done
venv/bin/ghostnote rig 808 >my-rig.toml
venv/bin/ghostnote check my-rig.toml >/dev/null
venv/bin/ghostnote docs rig | grep -q '^# Rig reference' || { echo "the wheel lacks its documentation" >&2; exit 1; }
for kind in rigs presets panels synths patches experiments; do
    venv/bin/ghostnote files $kind | grep -q . || { echo "the wheel lacks its $kind" >&2; exit 1; }
done
venv/bin/ghostnote files patches ghostnote-snare.pd | grep -q '^#N canvas' || { echo "no patch came out" >&2; exit 1; }
venv/bin/ghostnote check 808 >/dev/null
mkdir -p beside/models beside/synth && touch beside/models/__init__.py beside/synth/__init__.py
(cd beside && ../venv/bin/ghostnote check 808 >/dev/null) || { echo "a folder models/ disturbs the command" >&2; exit 1; }
venv/bin/python -c 'import ghostnote; ghostnote.load_rig("808"); ghostnote.Bundle; ghostnote.Session'
if said=$(cd beside && ../venv/bin/python -c 'import ghostnote' 2>&1) || ! echo "$said" | grep -q 'Rename that folder'; then
    echo "beside a folder models/ the library must say so; it said: $said" >&2
    exit 1
fi
code=0
said=$(venv/bin/ghostnote train demo/drum.wav --preset snare-1 2>&1) || code=$?
if [ "$code" != 2 ] || ! echo "$said" | grep -q "pip install .torch"; then
    echo "without torch, train must say how to get it and exit with 2; it exited with $code and said: $said" >&2
    exit 1
fi
echo "The wheel plays without torch."
