"""Why an order would fill or not, and from which limit on: asked before it comes."""

from dataclasses import replace
from typing import NamedTuple

from exchange.book.commands import Buy
from exchange.book.order import match_order
from exchange.book.rows import Listing
from exchange.book.sides import LinkOffer, Offer, Want
from exchange.book.sieve import sieve_of
from exchange.book.state import State
from exchange.price import DEVICES, SCALE, hold_micros, net_of
from exchange.requirement import Place, Requirement
from exchange.units import TICK_MICROS, ceil_div

# No limit is higher (62 bits, `exchange.book.commands`).
ANY_LIMIT = 2**62


class Explanation(NamedTuple):
    """How many listings are left after each condition, and the smallest limit that fills all.

    The limit is None when no limit would: funds and the member's own limits are not asked.
    Landed is what devices and link would cost together at that limit, and link its part.
    """

    survivors: dict[str, int]
    fills_at_limit_micros: int | None
    landed_micros: int | None = None
    link_micros: int = 0

    @property
    def blocked_by(self) -> str:
        """Return the condition that no listing survives; empty where some are left."""
        return next((code for code, left in self.survivors.items() if not left), "")


def explain(state: State, said: Buy) -> Explanation:
    """Explain an order that has not come yet, against the book as it stands."""
    rows = list(state.listings.values())
    survivors = {"OPEN": len(rows)}
    rows = [row for row in rows if _trades(row) and _counts(row, said)]
    survivors["TRADING"] = len(rows)
    rows = [row for row in rows if row.stock.chip.bound is None or row.ask <= row.stock.chip.bound]
    survivors["COLLAR"] = len(rows)
    seat = state.seats.get(said.member)
    owner = f"member:{said.member}" if seat is None else seat.owner
    rows = [row for row in rows if row.seat.owner != owner and row.seat.number not in said.not_from]
    survivors["OTHERS"] = len(rows)
    want = _want(said, state.first_open)
    links = {zone: _links(state, said, zone, owner) for zone in {_zone(row) for row in rows}}
    offers = [_offer(row, said, state.first_open, links[_zone(row)]) for row in rows]
    survivors |= {step.code: step.survivors for step in sieve_of(want, offers)[1:]}
    limit = _smallest_limit(said, want, offers)
    if limit is None:
        return Explanation(survivors, None)
    fills = match_order(_at_limit(said, want, limit), offers).fills
    landed = sum(fill.landed_micros for fill in fills)
    return Explanation(survivors, limit, landed, sum(fill.link_micros for fill in fills))


def _zone(row: Listing) -> str:
    return row.stock.facts.zone


def _links(state: State, said: Buy, zone: str, owner: str) -> tuple[LinkOffer, ...]:
    """Return the links from the zone to the order's city that may serve it."""
    most = said.requires.max_rtt_us
    return tuple(
        LinkOffer(
            link_id=link.facts.link,
            carrier_id=link.facts.carrier,
            gbps=link.facts.gbps,
            price_micros_per_gbps_hour=link.facts.price_micros_per_gbps_hour,
            price_micros_per_gb=link.facts.price_micros_per_gb,
            rtt_us=link.facts.rtt_us,
            sold=link.taken,
        )
        for link in state.routes.get(said.city, {}).get(zone, ())
        if link.sells and link.seat.owner != owner and (most is None or link.facts.rtt_us <= most)
    )


def _trades(row: Listing) -> bool:
    stock = row.stock
    return stock.active and stock.chip.halt is None and row.seat.trades


def _counts(row: Listing, said: Buy) -> bool:
    """An order for compute cannot count a device whose compute nobody has told."""
    return said.unit == DEVICES or _gflops(row, said) > 0


def _gflops(row: Listing, said: Buy) -> int:
    return row.stock.facts.gflops.get(said.workload_class, row.stock.chip.nominal)


def _want(said: Buy, first_open: int) -> Want:
    asked = {name: getattr(said.requires, name) for name in said.requires.__struct_fields__}
    sets = {name: frozenset(words) for name, words in asked.items() if isinstance(words, tuple)}
    return Want(
        order_id=said.order,
        arrival=0,
        owner="",
        requirement=Requirement(**asked | sets),
        unit=said.unit,
        amount=said.amount,
        hours=said.hours,
        first_hour=max(said.first_hour, first_open),
        last_hour=said.last_hour,
        limit_micros=said.limit_micros,
        purse_micros=_purse(said, said.limit_micros),
        splittable=said.splittable,
        min_lot_devices=said.min_lot_devices,
    )


def _purse(said: Buy, limit_micros: int) -> int:
    hold = hold_micros(
        unit=said.unit,
        amount=said.amount,
        hours=said.hours,
        limit_micros=limit_micros,
        vat_bp=said.vat_bp,
        budget_micros=said.budget_micros,
    )
    return net_of(hold, said.vat_bp)


def _offer(row: Listing, said: Buy, first_open: int, links: tuple[LinkOffer, ...]) -> Offer:
    pool = row.stock.facts
    closed = max(first_open - row.first, 0)
    return Offer(
        listing_id=row.id,
        arrival=row.arrival,
        owner=row.seat.owner,
        ask_micros=row.ask,
        first_hour=row.first + closed,
        free=tuple(row.frees()[closed:]),
        gflops_per_device=_gflops(row, said),
        place=Place(
            family=pool.family,
            chip=pool.chip,
            stack=pool.stack,
            memory_gb=pool.memory_gb,
            scale_up_gbs=pool.scale_up_gbs,
            scale_out_gbps=pool.scale_out_gbps,
            zone=pool.zone,
            pue_thousandths=pool.pue_thousandths,
            carbon_g_per_kwh=pool.carbon_g_per_kwh,
            firmness=row.kind.firmness,
            rtt_us=pool.rtt_us.get(said.city),
        ),
        devices_per_node=pool.devices_per_node,
        min_devices=row.min_devices,
        min_hours=row.min_hours,
        links=links,
    )


def _smallest_limit(said: Buy, want: Want, offers: list[Offer]) -> int | None:
    """A higher limit never fills less: halve the ticks between none and what it takes."""
    needed = _needed(said, want, offers, ANY_LIMIT)
    if needed is None:
        return None
    too_low, enough = 0, ceil_div(needed, TICK_MICROS)
    while enough - too_low > 1:
        middle = (too_low + enough) // 2
        if _needed(said, want, offers, middle * TICK_MICROS) is None:
            too_low = middle
        else:
            enough = middle
    return enough * TICK_MICROS


def _needed(said: Buy, want: Want, offers: list[Offer], limit_micros: int) -> int | None:
    """Return the limit that its dearest lot needs; None when the limit does not fill all."""
    fills = match_order(_at_limit(said, want, limit_micros), offers).fills
    if sum(fill.credited for fill in fills) < want.amount:
        return None
    scale = SCALE[want.unit]
    return max(ceil_div(fill.landed_micros * scale, fill.credited * fill.hours) for fill in fills)


def _at_limit(said: Buy, want: Want, limit_micros: int) -> Want:
    return replace(want, limit_micros=limit_micros, purse_micros=_purse(said, limit_micros))
