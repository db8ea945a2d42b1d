"""The interface stays what it is: small, from tokens, without inline style, in both languages."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from config import catalogues

ROOT = Path(settings.BASE_DIR)
STYLE = ROOT / "static" / "css" / "gridhour.css"
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MOST_BYTES = 32 * 1024


def test_the_stylesheet_stays_small() -> None:
    assert len(STYLE.read_bytes()) <= MOST_BYTES


def test_colours_stand_in_the_tokens_alone() -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", STYLE.read_text()) in ([], ["#fff", "#000", "#000"])


def test_the_dark_theme_is_the_same_chosen_or_followed() -> None:
    blocks = re.findall(r"\{\s*(color-scheme:dark;.*?)\}", TOKENS, re.DOTALL)

    assert len(blocks) == 2
    assert blocks[0].split() == blocks[1].split()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_style_nor_script(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=|hx-on|hx-live|js:", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


def test_the_gallery_shows_every_component() -> None:
    shown = "".join(path.read_text() for path in (ROOT / "templates" / "gallery").iterdir())
    shown += "".join(path.read_text() for path in (ROOT / "templates" / "_components").iterdir())
    names = {
        path.stem.replace("_", "-") for path in (ROOT / "templates" / "_components").glob("*.html")
    }
    # These need a form or a POST of their own; sign-in and the Request page show them.
    elsewhere = {"post", "form-errors", "part"}

    assert {
        name for name in names - elsewhere if not re.search(rf"<c-{name}[\s/>]", shown)
    } == set()


def test_vendored_files_are_what_their_packages_brought() -> None:
    vendor = ROOT / "static" / "vendor"
    packages = json.loads((vendor / "manifest.json").read_text())
    listed = {file["to"]: file["sha256"] for package in packages for file in package["files"]}
    present = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }

    assert present == listed


@pytest.mark.parametrize("room", catalogues.rooms())
def test_every_text_has_its_chinese(room: str) -> None:
    assert catalogues.missing(catalogues.refreshed(room)) == []
