"""Ghostnote's commands, one module each. Door: Typer and Rich."""
