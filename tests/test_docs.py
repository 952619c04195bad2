"""Pages that are generated equal what the tables generate; pages that point somewhere point at something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.cli.reference import DOCS, PAGES
from tests.structure import ORDER

ROOT = DOCS.parent
WRITTEN = [
    path for place in ("*.md", "docs/**/*.md", "config/*/*.md", "bench/*.md") for path in sorted(ROOT.glob(place))
]
FOLDERS = (
    "bench/",
    "bridge/",
    "config/",
    "docs/",
    "examples/",
    "ghostnote/",
    "models/",
    "scripts/",
    "synth/",
    "tests/",
)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_equals_its_tables(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_that_a_page_names_exist(page: Path) -> None:
    named = [path for path in re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8")) if path.startswith(FOLDERS)]
    assert not [path for path in named if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_programs_that_a_page_starts_exist(page: Path) -> None:
    modules = re.findall(r"python -m ((?:bridge|models|synth|bench|tests)[\w.]*)", page.read_text(encoding="utf-8"))
    assert not [name for name in modules if not (ROOT / name.replace(".", "/")).with_suffix(".py").exists()]


def test_the_readme_fits_on_a_page_and_leads_to_the_glossary() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    assert "(docs/glossary.md)" in text


def test_the_architecture_fits_on_two_screens_and_has_a_line_for_every_package() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = [room for room in ORDER if (ROOT / room.replace(".", "/")).is_dir()]
    assert len(text.splitlines()) <= 100
    lines = ["  " * room.count(".") + room.split(".")[-1] for room in rooms]
    assert not [line for line in lines if f"\n{line}/ " not in text]
