"""One English text has one Chinese: the catalogues of all rooms are one when they are read."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from config import catalogues

Said = dict[tuple[str | None, str], dict[str, set[str]]]


def _kept() -> Iterator[tuple[str, Catalog]]:
    for room in catalogues.rooms():
        path = catalogues.catalogue_path(room)
        if path.exists():
            with path.open("rb") as file:
                yield room, read_po(file, "zh_Hans")


def collisions(kept: Iterator[tuple[str, Catalog]]) -> list[str]:
    """Return each text that two rooms translate differently, with who says what.

    A text is keyed as gettext does it: context and singular.
    """
    said: Said = defaultdict(lambda: defaultdict(set))
    for room, catalogue in kept:
        for message in catalogue:
            if message.id:
                text = message.id if isinstance(message.id, str) else message.id[0]
                said[message.context, text][str(message.string)].add(room)
    return [
        f"{text!r}: {', '.join(f'{chinese} ({sorted(rooms)})' for chinese, rooms in ways.items())}"
        for (_, text), ways in sorted(said.items(), key=lambda row: row[0][1])
        if len(ways) > 1
    ]


def test_no_text_has_two_translations() -> None:
    assert collisions(_kept()) == []


@pytest.mark.parametrize(
    ("text", "context", "found"),
    [
        ("Member", None, 1),
        (("Member", "Members"), None, 1),
        ("Member", "role", 0),
        ("Room", None, 0),
    ],
)
def test_a_second_translation_is_found_unless_a_context_parts_them(
    text: str | tuple[str, str], context: str | None, found: int
) -> None:
    first, second = Catalog("zh_Hans"), Catalog("zh_Hans")
    first.add("Member", "会员")
    second.add(text, ("成员",) if isinstance(text, tuple) else "成员", context=context)

    assert len(collisions(iter([("accounts", first), ("desk", second)]))) == found
