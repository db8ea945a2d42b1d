"""The stations of the link beside a trade's devices: sold, agreed, settled, paid out."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from contracts.domain.link_terms import OWN_METER_RULE
from counter.context import address_of
from counter.templatetags.figures import money, named, whole
from desk.pages.trail_step import Step
from desk.queries.trail_link import LinkTrail


def link_steps(link: LinkTrail) -> Iterator[Step]:
    """Yield what was taken with the devices, and its agreement."""
    sold, agreement = link.sold, link.agreement
    parts = [f"{whole(sold.gbps)}\u00a0Gbit/s"] if sold.gbps else []
    parts += [f"{whole(sold.gb)}\u00a0GB"] if sold.gb else []
    yield Step(
        "ok",
        _("Link taken with the devices"),
        sold.carrier.name,
        sold.traded_at,
        _("%(what)s, %(zone)s to %(city)s, %(value)s net")
        % {
            "what": " + ".join(parts),
            "zone": named(sold.link.zone),
            "city": named(sold.link.city),
            "value": money(sold.value_micros),
        },
        f"L{sold.pk}",
    )
    if agreement is not None and link.version is not None:
        yield Step(
            "ok" if agreement.in_force_at else "next",
            _("Link agreed"),
            sold.carrier.name,
            agreement.concluded_at,
            _("binds together with the agreement on the devices"),
            agreement.number,
            address_of("contracts:agreement", agreement.number),
            link.version.terms_sha256,
        )


def link_ends(link: LinkTrail) -> Iterator[Step]:
    """Yield how the link was settled, and when its carrier was paid."""
    rows = link.settlements
    if not rows:
        by_own = link.version is not None and link.version.terms["metering_rule"] == OWN_METER_RULE
        text = _("each sealed hour, by the meter") if by_own else _("with each hour of the devices")
        yield Step("next", _("Link settled"), text=text)
        return
    yield Step(
        "ok",
        _("Link settled"),
        _("Gridhour, from sealed readings and frozen terms"),
        rows[-1].settled_at,
        _("%(hours)s hours, value %(value)s net")
        % {
            "hours": len({row.hour_start for row in rows}),
            "value": money(sum(row.value_micros for row in rows)),
        },
    )
    for payout in link.payouts:
        yield Step(
            "ok",
            _("Payout recorded"),
            link.sold.carrier.name,
            payout.recorded_at,
            _("the carrier's whole delivery day %(day)s: %(state)s")
            % {
                "day": payout.delivery_day.isoformat(),
                "state": _("paid") if payout.state == "PAID" else _("payable"),
            },
            f"P{payout.pk}",
        )
