"""The journal's chain: what was said and what happened, bound to all that came before."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from exchange.book.commands import Said
from exchange.book.events import Happened

_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Said).decode


def lines_of(commands: Iterable[Said]) -> str:
    """Return commands as the journal keeps them: one JSON object a line."""
    return b"\n".join(map(_encode, commands)).decode()


def commands_of(lines: str) -> Iterable[Said]:
    """Return the commands of a journal batch."""
    return map(_read, lines.splitlines())


def chained(before: str, lines: str, happened: list[Happened]) -> str:
    """Return the hash over a batch's commands and events and the chain before them."""
    binding = blake2b(before.encode(), digest_size=32)
    binding.update(lines.encode())
    binding.update(_encode(happened))
    return binding.hexdigest()
