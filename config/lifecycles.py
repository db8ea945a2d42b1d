"""Find every lifecycle table of the house, and write them as one page."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from config.state_owners import STATE_OWNERS_OF, Owners
from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle

HEAD = """# Lifecycles

Where each thing may go. Written by `manage.py lifecycles`; a test fails when this page and the
tables in the code differ. A move that is not here is refused with `E-STATE-01`. The task named
beside a state ends it when its time is up; it is on the timetable (`config/conductor.py`).
"""


def all_lifecycles() -> Iterator[tuple[str, str, Lifecycle[Any]]]:
    """Yield room, name and table, in the order of the rooms; each table once."""
    for room in settings.ROOMS:
        seen: set[int] = set()
        for module in _domain_modules(room):
            for name, value in sorted(vars(module).items()):
                if isinstance(value, Lifecycle) and id(value) not in seen:
                    seen.add(id(value))
                    yield room, _spoken(name, module.__name__), value


def _domain_modules(room: str) -> Iterator[Any]:
    try:
        domain = importlib.import_module(f"{room}.domain")
    except ModuleNotFoundError:
        return
    for found in sorted(pkgutil.iter_modules(domain.__path__), key=lambda found: found.name):
        yield importlib.import_module(f"{domain.__name__}.{found.name}")


def _spoken(name: str, module: str) -> str:
    """`AGREEMENT_LIFECYCLE` is spoken "agreement"; a table called only LIFECYCLE, by its file."""
    words = name.replace("LIFECYCLE", "").strip("_") or module.rpartition(".")[2]
    return words.replace("_", " ").lower()


def page() -> str:
    """Return the page of all lifecycles as Markdown."""
    parts = [HEAD]
    room_before = ""
    for room, name, table in all_lifecycles():
        if room != room_before:
            parts.append(f"\n## {room}\n")
            room_before = room
        parts.append(f"\n### {name}\n\n{_table(table, STATE_OWNERS_OF[room, name])}")
    return "".join(parts)


def _table(table: Lifecycle[Any], owners: Owners) -> str:
    rows = ["| State | May become | When its time is up |", "|---|---|---|"]
    for state in _in_order(table):
        after = sorted(str(next_state) for next_state in table.moves.get(state, ()))
        mark = " (start)" if state == table.start else ""
        moves = ", ".join(f"`{one}`" for one in after) or "the end"
        rows.append(f"| `{state}`{mark} | {moves} | {_due(owners.get(str(state)))} |")
    return "\n".join(rows) + "\n"


def _due(owner: StateOwner | None) -> str:
    if owner is None:
        return ""
    return f"`{owner.task}`: {owner.when_due}" if owner.task else f"never: {owner.when_due}"


def _in_order(table: Lifecycle[Any]) -> list[Any]:
    """The start first, then as the table lists them, then what only ends."""
    listed = [table.start, *(state for state in table.moves if state != table.start)]
    return [*listed, *sorted(table.states - set(listed))]
