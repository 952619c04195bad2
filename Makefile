# Every target sets itself up on a fresh machine: system packages where the platform lets it, then .venv.

VENV := .venv
PY := $(VENV)/bin/python
OUT := demo-out

.DEFAULT_GOAL := help
.PHONY: help demo test lint live models presets docs wheel installed clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/ready-play ## Hear an acoustic drum play the 808: audio, MIDI, OSC and a picture in demo-out/
	$(VENV)/bin/ghostnote demo --out $(OUT)

test: $(VENV)/ready-dev lint ## Lint, types and tests; live tests too where a JACK server is installed
	$(PY) -m pytest -q -n auto --dist loadfile
	$(PY) -m pytest -q tests/live

lint: $(VENV)/ready-dev ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

live: $(VENV)/ready-dev ## Only the tests that need a real JACK server, Pd, SuperCollider and FluidSynth
	$(PY) -m pytest -q tests/live

models: $(VENV)/ready-dev ## Train the bundles that ship, again
	$(PY) -m bridge.learning.ship_models

presets: $(VENV)/ready-dev ## Write the presets that are made from the panels in config/panels
	$(PY) -m synth.voices.panel_presets

docs: $(VENV)/ready-dev ## Write the reference pages that are generated from the tables
	$(PY) -m bridge.cli.reference
	$(PY) -m tests.structure --write

wheel: $(VENV)/ready-dev ## Build the wheel into dist/
	$(PY) -m build --wheel --no-isolation

installed: $(VENV)/ready-dev ## Install the wheel elsewhere, without torch, and play the demo there
	sh scripts/check_wheel.sh $(PY)

clean: ## Remove what these targets made, the virtual environment too
	rm -rf $(VENV) $(OUT) dist build

$(VENV)/ready-play: pyproject.toml constraints.txt | $(VENV)/system
	$(PY) -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/ready-dev: pyproject.toml constraints.txt | $(VENV)/system
	$(PY) -m pip install --quiet --constraint constraints.txt --editable '.[train,cluster,dev]'
	@touch $@ $(VENV)/ready-play

$(VENV)/system:
	sh scripts/setup_system.sh
	sh scripts/setup_venv.sh $(VENV)
	@touch $@
