"""Rigs of the tests may name every kind of target, as those of the command line do."""

import bridge.targets.dispatch  # noqa: F401  # it registers the kinds
