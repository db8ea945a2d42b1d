"""Devices in auctions: taken out of a pool's hours and given back, never for sale twice."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import connection

from marketplace.actions.auctions.slots import Slots, add_in_auctions, slots_of
from marketplace.actions.rows import as_json
from marketplace.actions.statements import OPEN_DAYS
from marketplace.domain.refusals import CapacityShort
from marketplace.models import Auction, AuctionAward, AuctionOffer, CapacityDay, Pool


def take_devices(offer: AuctionOffer, auction: Auction) -> None:
    """Take an offer's devices out of its hours; refuses with CapacityShort where too few are free.

    The day's rows are locked: a turn of the market that wants the same devices waits, and then
    finds them gone.
    """
    pool = Pool.objects.get(pk=offer.pool_id)
    slots = slots_of(auction, offer.first_hour, offer.hours)
    days = [{"pool_id": pool.pk, "day": day, "installed": pool.devices} for day in sorted(slots)]
    with connection.cursor() as cursor:
        cursor.execute(OPEN_DAYS, {"rows": as_json(days)})
    for row in _locked(pool.pk, slots):
        for slot in slots[row.day]:
            taken = row.in_orders[slot] + row.contracted[slot] + row.in_auctions[slot]
            free = min(pool.devices, row.installed) - taken
            if free < offer.devices:
                hour = f"{row.day}T{slot:02d}:00+08:00"
                raise CapacityShort(
                    pool=pool.code, free=max(free, 0), devices=offer.devices, hour=hour
                )
            row.in_auctions[slot] += offer.devices
        row.save(update_fields=["in_auctions"])


def return_devices(offer: AuctionOffer, auction: Auction) -> None:
    """Give an offer's devices back to its hours."""
    _give_back(offer, offer.pool_id, auction, lambda _hour: offer.devices)


def keep_sold(offer: AuctionOffer, auction: Auction, sold: list[dict[str, Any]]) -> None:
    """Give back what an offer has not sold; `sold` are the outcome's rectangles of it."""
    kept: dict[int, int] = defaultdict(int)
    for part in sold:
        for hour in range(part["first_hour"], part["first_hour"] + part["hours"]):
            kept[hour] += part["devices"]
    _give_back(offer, offer.pool_id, auction, lambda hour: offer.devices - kept[hour])


def return_award(award: AuctionAward, auction: Auction) -> None:
    """Give back the devices of an award that nothing can be made of any more."""
    _give_back(award, award.offer.pool_id, auction, lambda _hour: award.devices)


def _give_back(
    what: AuctionOffer | AuctionAward,
    pool_id: int,
    auction: Auction,
    devices_in: Callable[[int], int],
) -> None:
    """Take devices out of the auction hour by hour; hours count from the auction's first."""
    slots = slots_of(auction, what.first_hour, what.hours)
    rows = _locked(pool_id, slots)
    add_in_auctions(rows, "in_auctions", auction, slots, lambda hour: -devices_in(hour))


def _locked(pool_id: int, slots: Slots) -> list[CapacityDay]:
    rows = CapacityDay.objects.select_for_update().filter(pool_id=pool_id, day__in=list(slots))
    return list(rows.order_by("day"))
