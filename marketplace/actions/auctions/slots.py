"""Hours of an auction as days and slots, and what stands in auctions there."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

from exchange.window import day_start, hour_number
from marketplace.actions.capacity import slot_of
from marketplace.models import Auction, CapacityDay, LinkDay

Slots = dict[date, list[int]]


def slots_of(auction: Auction, first_hour: int, hours: int) -> Slots:
    """Return consecutive hours, counted from the auction's first, as slots by day."""
    first = hour_number(auction.starts_at) + first_hour
    found: Slots = defaultdict(list)
    for hour in range(first, first + hours):
        day, slot = slot_of(hour)
        found[day].append(slot)
    return found


def add_in_auctions(
    rows: Iterable[CapacityDay | LinkDay],
    column: str,
    auction: Auction,
    slots: Slots,
    added_in: Callable[[int], int],
) -> None:
    """Add to a column of locked days, slot by slot, what `added_in` says for the auction's hour."""
    first = hour_number(auction.starts_at)
    for row in rows:
        midnight, kept = hour_number(day_start(row.day)) - first, getattr(row, column)
        for slot in slots[row.day]:
            kept[slot] += added_in(midnight + slot)
        row.save(update_fields=[column])
