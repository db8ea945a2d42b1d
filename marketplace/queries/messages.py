"""Who has sent messages in the wall second that the market is in: limits count them."""

from collections.abc import Iterator

from msgspec import ValidationError

from exchange.book.commands import Buy, Clock, Replace, Reprice, Said, Sell
from marketplace.domain.chain import commands_of
from marketplace.models import JournalBatch

COUNTED = (Buy, Sell, Replace, Reprice)
BATCHES_AT_ONCE = 32


def messages_of_last_second() -> tuple[int, list[int]]:
    """Return the newest wall second of the journal, and the member of each message in it."""
    second, members = 0, list[int]()
    # The batch that begins a second tells it before its other commands.
    for lines in reversed(list(_batches_of_last_second())):
        for command in _readable(lines):
            if isinstance(command, Clock):
                if command.second != second:
                    second, members = command.second, []
            elif isinstance(command, COUNTED):
                members.append(command.member)
    return second, members


def _readable(lines: str) -> list[Said]:
    """Return a batch's commands; none of one in the language of an older version."""
    try:
        return list(commands_of(lines))
    except ValidationError:
        return []


def _batches_of_last_second() -> Iterator[str]:
    """Yield the commands of batches that were written in one wall second, the newest first."""
    rows = JournalBatch.objects.order_by("-number").values_list("wall_at", "commands")
    begun, skip = None, 0
    while page := list(rows[skip : skip + BATCHES_AT_ONCE]):
        for wall_at, lines in page:
            begun = begun or wall_at.replace(microsecond=0)
            if wall_at < begun:
                return
            yield lines
        skip += BATCHES_AT_ONCE
