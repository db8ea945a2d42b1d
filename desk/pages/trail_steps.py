"""The steps of a trade's life as the page shows them: time, actor, document, hash."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counter.context import address_of
from counter.templatetags.figures import money, percent, until, whole, yuan
from desk.pages.trail_link import link_ends, link_steps
from desk.pages.trail_step import Step
from desk.queries.trail import Trail
from exchange.units import SECONDS_PER_HOUR

ALLOCATION_STATES = {
    "PLANNED": gettext_lazy("Planned."),
    "PROVISIONING": gettext_lazy("Being handed over."),
    "ACCEPTED": gettext_lazy("Accepted: the test was passed."),
    "DELIVERING": gettext_lazy("Delivering."),
    "INTERRUPTED": gettext_lazy("Interrupted."),
    "COMPLETED": gettext_lazy("Completed."),
    "RECALLED": gettext_lazy("Recalled by the seller."),
    "FAILED": gettext_lazy("Failed."),
}


def steps_of(trail: Trail, reader_id: int | None) -> list[Step]:
    """Return the stations from listing to payout, in the order in which a trade walks.

    A party sees the invoices that it wrote or got; `reader_id` None (who oversees) sees all.
    """
    return [
        _listing(trail),
        _order(trail),
        _trade(trail),
        _agreement(trail),
        *(step for link in trail.links for step in link_steps(link)),
        _allocation(trail),
        _readings(trail),
        _settlement(trail),
        *_invoices(trail, reader_id),
        *_payouts(trail),
        *(step for link in trail.links for step in link_ends(link)),
    ]


def _listing(trail: Trail) -> Step:
    listing = trail.trade.listing
    return Step(
        "ok",
        _("Listed"),
        trail.trade.seller.name,
        listing.accepted_at,
        _("%(devices)s devices, %(window)s, asked ¥ %(ask)s per device-hour")
        % {
            "devices": listing.devices,
            "window": until(listing.starts_at, listing.ends_at),
            "ask": yuan(listing.ask_micros),
        },
        f"L{listing.pk}",
    )


def _order(trail: Trail) -> Step:
    order = trail.trade.order
    return Step(
        "ok",
        _("Ordered"),
        trail.trade.buyer.name,
        order.accepted_at,
        _("%(hours)s consecutive hours, funds held before the order could match")
        % {"hours": order.hours},
        f"O{order.pk}",
    )


def _trade(trail: Trail) -> Step:
    trade = trail.trade
    return Step(
        "ok",
        _("Traded"),
        _("Gridhour, by price, start and arrival"),
        trade.traded_at,
        _("%(devices)s × %(chip)s, %(window)s, ¥ %(price)s per device-hour, %(value)s net")
        % {
            "devices": trade.devices,
            "chip": trade.pool.chip.name,
            "window": until(trade.starts_at, trade.ends_at),
            "price": yuan(trade.price_micros),
            "value": money(trade.value_micros),
        },
        f"T{trade.pk}",
    )


def _agreement(trail: Trail) -> Step:
    agreement, version = trail.agreement, trail.version
    if agreement is None or version is None:
        return Step("next", _("Agreement"), text=_("concluded within moments of the trade"))
    text = _("signed by both parties") if agreement.in_force_at else _("waits for a signature")
    return Step(
        "ok" if agreement.in_force_at else "next",
        _("Agreed"),
        _("%(buyer)s and %(seller)s")
        % {"buyer": trail.trade.buyer.name, "seller": trail.trade.seller.name},
        agreement.concluded_at,
        text,
        agreement.number,
        address_of("contracts:agreement", agreement.number),
        version.terms_sha256,
    )


def _allocation(trail: Trail) -> Step:
    allocation = trail.allocation
    if allocation is None:
        return Step("next", _("Allocation"), text=_("planned before the window begins"))
    failed = allocation.state == "FAILED"
    return Step(
        "warn" if failed else "ok",
        _("Allocated"),
        trail.trade.pool.site.name,
        allocation.state_since,
        " ".join(filter(None, (str(ALLOCATION_STATES[allocation.state]), allocation.state_reason))),
        allocation.external_name,
        address_of("delivery:delivery", allocation.pk),
    )


def _readings(trail: Trail) -> Step:
    if not trail.readings:
        return Step("next", _("Readings"), text=_("every quarter of an hour of the delivery"))
    delivered = sum(row.delivered_device_seconds for row in trail.readings if row.version == 1)
    return Step(
        "ok",
        _("Metered"),
        trail.trade.pool.site.name,
        trail.readings[-1].interval_start,
        _("%(count)s readings, %(hours)s device-hours, chained and signed by the site")
        % {"count": len(trail.readings), "hours": whole(delivered // SECONDS_PER_HOUR)},
        hash=trail.readings[-1].hash,
    )


def _settlement(trail: Trail) -> Step:
    rows = trail.settlements
    if not rows:
        return Step("next", _("Settlement"), text=_("each sealed hour, by the meter"))
    final = {seal.hour_start: seal for seal in trail.seals}.values()
    contracted = sum(seal.contracted_device_seconds for seal in final) or 1
    delivered = sum(seal.delivered_device_seconds for seal in final)
    return Step(
        "ok",
        _("Settled"),
        _("Gridhour, from sealed readings and frozen terms"),
        rows[-1].settled_at,
        _("%(hours)s hours, %(share)s delivered, value %(value)s net, damages %(damages)s")
        % {
            "hours": len({row.hour_start for row in rows}),
            "share": percent(delivered * 10_000 // contracted),
            "value": money(sum(row.value_micros for row in rows)),
            "damages": money(sum(row.damages_micros for row in rows)),
        },
        f"{rows[0].run}–{rows[-1].run}" if rows[0].run != rows[-1].run else rows[0].run,
    )


def _invoices(trail: Trail, reader_id: int | None) -> Iterator[Step]:
    if not trail.invoice_lines:
        yield Step("next", _("Invoice"), text=_("after the delivery day"))
    seen = set()
    for line in trail.invoice_lines:
        invoice = line.invoice
        if invoice.pk in seen:
            continue
        if reader_id is not None and reader_id not in {invoice.issuer_id, invoice.customer_id}:
            continue
        seen.add(invoice.pk)
        yield Step(
            "ok",
            _("Invoiced"),
            invoice.issuer.name if invoice.issuer else "Gridhour",
            invoice.issued_at,
            _("to %(customer)s, for the delivery day %(day)s")
            % {"customer": invoice.customer.name, "day": invoice.delivery_day.isoformat()},
            invoice.number,
            address_of("billing:invoice", invoice.number) if reader_id is not None else "",
        )


def _payouts(trail: Trail) -> Iterator[Step]:
    if not trail.payouts:
        yield Step("next", _("Payout"), text=_("to the seller, the day after delivery"))
    for payout in trail.payouts:
        yield Step(
            "ok",
            _("Payout recorded"),
            trail.trade.seller.name,
            payout.recorded_at,
            _("the seller's whole delivery day %(day)s: %(state)s")
            % {
                "day": payout.delivery_day.isoformat(),
                "state": _("paid") if payout.state == "PAID" else _("payable"),
            },
            f"P{payout.pk}",
        )
