"""Rows of JSON read strictly, and what is found wrong with them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

MOST_MICROS: Final = 1_000_000_000
MOST_MONEY: Final = 10**30
MOST_ID: Final = 2**63 - 1


@dataclass(frozen=True)
class Finding:
    """One breach: its stable code, the row at fault, and the sentence to say."""

    code: str
    row: str
    sentence: str


class Unreadable(Exception):
    """A file that does not say what the format wants: the row, the field, and why."""

    def __init__(self, row: str, field: str, reason: str) -> None:
        self.row, self.field, self.reason = row, field, reason
        super().__init__(f"{row}, field {field}: {reason}" if field else f"{row}: {reason}")


def canonical_hash(data: object) -> str:
    """Return the sha256 of the canonical JSON of `data`."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


class Row:
    """One JSON object whose fields are taken by name; what nobody took is refused."""

    def __init__(self, data: object, name: str) -> None:
        if not isinstance(data, dict):
            raise Unreadable(name, "", "an object is wanted")
        self.data, self.name = data, name
        self._taken: set[str] = set()

    def __contains__(self, field: str) -> bool:
        return self.data.get(field) is not None

    def take(self, field: str, default: object = None) -> object:
        """Return what the field says, or the default where it is absent or null."""
        self._taken.add(field)
        found = self.data.get(field)
        return default if found is None else found

    def fail(self, field: str, reason: str) -> Unreadable:
        """Return the refusal of a field of this row."""
        return Unreadable(self.name, field, reason)

    def whole(
        self, field: str, default: int | None = None, *, least: int = 0, most: int = MOST_ID
    ) -> int:
        """Return a whole number within its limits; without a default it must be there."""
        return self._within(field, self.take(field, default), least, most)

    def _within(self, field: str, found: object, least: int, most: int) -> int:
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.fail(field, "a whole number is wanted")
        if not least <= found <= most:
            raise self.fail(field, f"{found} is not from {least} to {most}")
        return found

    def maybe(self, field: str) -> int | None:
        """Return a whole number, or None where the field is absent."""
        return None if self.take(field) is None else self.whole(field)

    def text(self, field: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        found = self.take(field, default)
        if not isinstance(found, str):
            raise self.fail(field, "a text is wanted")
        return found

    def choice(self, field: str, among: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the words that the field may say."""
        found = self.text(field, default)
        if found not in among:
            raise self.fail(field, f"one of {', '.join(among)} is wanted")
        return found

    def listed(self, field: str) -> list[object]:
        """Return a list; an absent one is empty."""
        found = self.take(field, [])
        if not isinstance(found, list):
            raise self.fail(field, "a list is wanted")
        return found

    def rows(self, field: str, key: str) -> "list[Row]":
        """Return the objects of a list, each named by its key or its place in the list."""
        return [
            Row(one, f"{self.name} {key} {_named(one, key, at)}".strip())
            for at, one in enumerate(self.listed(field))
        ]

    def wholes(self, field: str, *, least: int = 0, most: int = MOST_ID) -> tuple[int, ...]:
        """Return a list of whole numbers within their limits."""
        return tuple(self._within(field, one, least, most) for one in self.listed(field))

    def texts(self, field: str) -> frozenset[str]:
        """Return a set of texts."""
        found = self.listed(field)
        if not all(isinstance(one, str) for one in found):
            raise self.fail(field, "a list of texts is wanted")
        return frozenset(str(one) for one in found)

    def table(self, field: str, *, least: int = 0) -> dict[str, int]:
        """Return an object of whole numbers by name."""
        inner = Row(self.take(field, {}), f"{self.name} {field}")
        return {name: inner.whole(name, least=least) for name in inner.data}

    def pairs(self, field: str, read: Callable[["Row"], tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the steps of a curve, each read from its two numbers."""
        found = []
        for at, one in enumerate(self.listed(field)):
            if not isinstance(one, list) or len(one) != 2:
                raise self.fail(field, "each step is a price and an amount")
            step = Row({"price": one[0], "amount": one[1]}, f"{self.name} {field} {at}")
            found.append(read(step))
        return found

    def done(self) -> None:
        """Refuse a field that the format does not know."""
        for field in self.data:
            if field not in self._taken:
                raise self.fail(str(field), "this field is not known")


def _named(one: object, key: str, at: int) -> object:
    return one.get(key, f"#{at}") if isinstance(one, dict) else f"#{at}"
