"""What a call auction tells the book: what it has sold to one buyer, at its own prices."""

from msgspec import Struct

from exchange.book.language import Command, Count, Hours, Positive


class Carried(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What one link carries for the devices of a lot, in hours of its order, at one price.

    `gbps` in each of the hours, which stood in the auction, and `gb` once.
    """

    link: int
    carrier: int
    gbps: Count = 0
    gb: Count = 0
    first_hour: Count
    hours: Hours
    price_micros_per_gbps_hour: Count = 0
    price_micros_per_gb: Count = 0


class Lot(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """Devices of one offer in each hour of an order, each hour at its own price.

    `listing` is the number under which the book tells of what the offer sold. `gflops` is what
    a device counted for in the auction. `links` carry what the order asked for beside them.
    """

    listing: int
    seller: int
    pool: int
    devices: Positive
    prices_micros: tuple[Positive, ...]
    gflops: Count = 0
    links: tuple[Carried, ...] = ()


class AwardedOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Consecutive hours of an auction's order, and who serves them."""

    order: int
    first_hour: Count
    hours: Hours
    lots: tuple[Lot, ...]


class Award(Command, frozen=True, kw_only=True, tag_field="do", tag="award"):
    """What a call auction sold to one order of it: all of it is traded, or nothing.

    Devices and Gbit/s stood in the auction (`reserved`) and are sold from now on. Nothing is
    matched and no place in time is taken; halts, standing and closed hours count as for any trade.
    """

    member: int
    orders: tuple[AwardedOrder, ...]
    vat_bp: Count = 0
