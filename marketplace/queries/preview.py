"""What an order would get if it were placed now: nothing is held, nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.book import Fill, Match, Offer, SieveStep, Want, match_order, sieve_of
from exchange.price import gross_up
from exchange.requirement import Sieve
from exchange.window import floor_hour, hour_number, hour_start
from ledger.queries import rates_at
from marketplace.domain.checks import check_request, check_times
from marketplace.domain.order_request import OrderRequest
from marketplace.queries.catalogue import check_codes, city_id_of
from marketplace.queries.heat import HeatRow, heat_of, hours_shown
from marketplace.queries.places import PoolView
from marketplace.queries.standing import gate_minutes
from marketplace.queries.survey import Survey, survey, want_from

MOST_PLACEMENTS = 8


@dataclass(frozen=True)
class Placement:
    """One place where the order would run, cheapest first; `chosen` ones would trade now."""

    listing_id: int
    site: str
    site_zh: str
    site_code: str
    zone: str
    chip: str
    chip_code: str
    stack: str
    devices: int
    gflops: int
    factor_method: str
    measured_at: datetime | None
    price_micros: int
    landed_micros: int
    starts_at: datetime
    ends_at: datetime
    rtt_us: int | None
    rtt_method: str | None
    rtt_measured_at: datetime | None
    link_micros: int
    carbon_kg: int
    firmness: str
    delivered_bp: int | None
    chosen: bool


@dataclass(frozen=True)
class Preview:
    """`hold_micros` and `expected_gross_micros` include VAT; `expected_micros` does not."""

    heat: tuple[HeatRow, ...]
    placements: tuple[Placement, ...]
    sieve: tuple[SieveStep, ...]
    hold_micros: int
    expected_micros: int
    expected_gross_micros: int
    link_micros: int  # of what is expected, the link's part, net
    vat_bp: int
    filled: int
    amount: int

    @property
    def would_fill(self) -> bool:
        """Tell whether the whole order would trade now."""
        return self.filled == self.amount


def preview_order(*, request: OrderRequest, now: datetime) -> Preview:
    """Show prices over time, places, what each condition leaves, hold and expected cost.

    Refuses what place_order would refuse before it looks at the book.
    """
    check_request(request)
    check_times(request, now=now, gate_minutes=gate_minutes(now))
    check_codes(request)
    vat_bp = rates_at(now).vat_bp
    last_hour = max(hour_number(floor_hour(request.latest)), hours_shown(now))
    market = survey(
        city_id=city_id_of(request.city),
        workload_class=request.workload_class,
        last_hour=last_hour,
        now=now,
        requirement=request.requirement,
    )
    want = want_from(request, vat_bp=vat_bp, first_open=market.first_open)
    match = match_order(want, market.offers)
    net = sum(fill.landed_micros for fill in match.fills)
    return Preview(
        heat=heat_of(want, market.offers, first_open=market.first_open),
        placements=_placements(want, market, match),
        sieve=sieve_of(want, market.offers),
        hold_micros=request.hold_micros(vat_bp),
        expected_micros=net,
        expected_gross_micros=sum(
            gross_up(fill.value_micros, vat_bp) + gross_up(fill.link_micros, vat_bp)
            for fill in match.fills
        ),
        link_micros=sum(fill.link_micros for fill in match.fills),
        vat_bp=vat_bp,
        filled=sum(fill.credited for fill in match.fills),
        amount=request.amount,
    )


def _placements(want: Want, market: Survey, match: Match) -> tuple[Placement, ...]:
    """The fills, then the next best single places, found by leaving out those before."""
    offers = {offer.listing_id: offer for offer in market.offers}
    shown = [_placement(fill, offers[fill.listing_id], market, chosen=True) for fill in match.fills]
    taken = {fill.listing_id for fill in match.fills}
    whole = replace(want, splittable=False)
    sieve = Sieve(want.requirement)
    rest: Sequence[Offer] = [offer for offer in market.offers if sieve.passes(offer.place)]
    while len(shown) < MOST_PLACEMENTS:
        rest = [offer for offer in rest if offer.listing_id not in taken]
        found = match_order(whole, rest).fills
        if not found:
            break
        taken = {found[0].listing_id}
        shown.append(_placement(found[0], offers[found[0].listing_id], market, chosen=False))
    return tuple(shown)


def _placement(fill: Fill, offer: Offer, market: Survey, *, chosen: bool) -> Placement:
    view = market.views[fill.listing_id]
    return Placement(
        listing_id=fill.listing_id,
        site=view.site_name,
        site_zh=view.site_name_zh,
        site_code=view.site_code,
        zone=view.zone_code,
        chip=view.chip_name,
        chip_code=view.chip_code,
        stack=view.stack,
        devices=fill.devices,
        gflops=fill.devices * view.gflops_per_device,
        factor_method=view.factor_method,
        measured_at=view.factor_measured_at,
        price_micros=fill.price_micros,
        landed_micros=fill.landed_micros,
        starts_at=hour_start(fill.first_hour),
        ends_at=hour_start(fill.first_hour + fill.hours),
        rtt_us=view.rtt_us,
        rtt_method=view.rtt_method,
        rtt_measured_at=view.rtt_measured_at,
        link_micros=fill.link_micros,
        carbon_kg=carbon_kg(view, devices=fill.devices, hours=fill.hours),
        firmness=offer.place.firmness,
        delivered_bp=None,
        chosen=chosen,
    )


def carbon_kg(view: PoolView, *, devices: int, hours: int) -> int:
    """Return what full use emits: watt-hours × PUE × grams per kWh, in whole kilograms."""
    watt_hours = devices * view.power_w * hours
    return watt_hours * view.pue_thousandths * view.carbon_g_per_kwh // 10**9
