"""Every room has the same plan, so that a reader knows where to look before opening a folder."""

from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS_WITH_FLOORS = [room for room in settings.ROOMS if room != "counter"]
FLOORS = {
    "actions",
    "adapters",
    "admin",
    "api",
    "domain",
    "engine",
    "management",
    "migrations",
    "models",
    "pages",
    "queries",
    "tasks",
    "templatetags",
}
# `seed` holds tables of data, no code.
FURNITURE = {"__init__", "apps", "seed"}
DUMPING_GROUNDS = {"base", "common", "core", "helpers", "misc", "mixins", "util", "utils"}


@pytest.mark.parametrize("room", ROOMS_WITH_FLOORS)
def test_a_room_has_only_the_known_floors(room: str) -> None:
    present = {
        item.stem if item.suffix == ".py" else item.name
        for item in (ROOT / room).iterdir()
        if item.suffix == ".py" or (item.is_dir() and item.name != "__pycache__")
    }

    assert present - FLOORS - FURNITURE == set()


@pytest.mark.parametrize("room", ["exchange", *settings.ROOMS, "config", "sandbox"])
def test_no_module_is_a_dumping_ground(room: str) -> None:
    named = {file.stem for file in (ROOT / room).rglob("*.py")}
    folders = {folder.name for folder in (ROOT / room).rglob("*") if folder.is_dir()}

    assert (named | folders) & DUMPING_GROUNDS == set()


def test_rooms_come_in_the_order_of_the_trade() -> None:
    order = ["timetable", "counter", "accounts", "ledger", "marketplace", "contracts"]

    assert [*order, "delivery", "billing", "oversight", "desk"] == settings.ROOMS
