"""A refusal's code means one thing, in whichever room it is raised."""

from collections import defaultdict
from collections.abc import Iterator

from django.urls import get_resolver

from exchange.refusal import Refused

# An idempotency key that names another content already: one meaning, at the doors of three rooms.
SAME_MEANING = {"E-IDEM-01"}


def _below(kind: type[Refused]) -> Iterator[type[Refused]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def test_no_two_refusals_share_a_code() -> None:
    assert get_resolver().url_patterns, "the doors load every room"
    classes: dict[str, set[str]] = defaultdict(set)
    for kind in _below(Refused):
        if "code" in vars(kind) and not kind.__module__.startswith("tests"):
            classes[kind.code].add(f"{kind.__module__}.{kind.__name__}")
    shared = {
        code: sorted(names)
        for code, names in classes.items()
        if len(names) > 1 and code not in SAME_MEANING
    }
    assert len(classes) > 50
    assert not shared
