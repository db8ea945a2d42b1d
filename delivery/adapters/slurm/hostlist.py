"""Slurm's short way to write many nodes: `n[01-03,7],gpu9`."""

import re

from delivery.adapters.connector import ConnectorFailed

MOST_NODES = 4_096
PART = re.compile(r"([A-Za-z0-9._-]+)(?:\[([0-9,-]+)\])?(?:,|$)")


def nodes_in(text: str) -> tuple[str, ...]:
    """Return the names; none for an empty list. ConnectorFailed for what is no host list."""
    names: list[str] = []
    at = 0
    if text in {"", "(null)", "None assigned"}:
        return ()
    while at < len(text):
        found = PART.match(text, at)
        if found is None:
            msg = f"not a list of nodes: {text[:80]}"
            raise ConnectorFailed(msg)
        prefix, ranges = found.groups()
        names += [prefix] if ranges is None else [prefix + part for part in _numbers(ranges)]
        at = found.end()
    if len(names) > MOST_NODES:
        msg = f"more than {MOST_NODES} nodes: {text[:80]}"
        raise ConnectorFailed(msg)
    return tuple(names)


def _numbers(ranges: str) -> list[str]:
    numbers: list[str] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            msg = f"not a range of nodes: {ranges[:80]}"
            raise ConnectorFailed(msg)
        count = int(last or first) - int(first) + 1
        if not 1 <= count <= MOST_NODES:
            msg = f"not a range of nodes: {ranges[:80]}"
            raise ConnectorFailed(msg)
        numbers += [f"{int(first) + index:0{len(first)}d}" for index in range(count)]
    return numbers
