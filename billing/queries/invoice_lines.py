"""What an invoice would say, line by line: what was settled and is on no paper yet."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from billing.domain.invoicing import BilledLine, InvoiceKey
from billing.domain.rating import RUNS
from billing.models import InvoiceLine, Settlement
from exchange.window import day_start

AMOUNTS = {
    "COMPUTE": ("value_micros", "vat_micros"),
    "LINK": ("value_micros", "vat_micros"),
    "FEE": ("fee_micros", "fee_vat_micros"),
    "DAMAGES": ("damages_micros", None),
}
# Lines say how much they are for: device-seconds, or Gbit/s-seconds and MB.
COUNTED = {
    "COMPUTE": ("device_seconds",),
    "FEE": ("device_seconds",),
    "LINK": ("gbps_seconds", "moved_mb"),
    "DAMAGES": (),
}
SETTLED = {
    "device_seconds": "delivered_device_seconds",
    "gbps_seconds": "available_gbps_seconds",
    "moved_mb": "moved_mb",
}


def lines_on_paper(key: InvoiceKey) -> list[BilledLine]:
    """Return the lines of the papers that the day and pair have already."""
    names = ("agreement_id", "kind", "device_seconds", "net_micros", "vat_micros")
    return [BilledLine(*row) for row in _on_paper(key).order_by("pk").values_list(*names)]


def _on_paper(key: InvoiceKey) -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(
        invoice__issuer_id=key.issuer_id,
        invoice__customer_id=key.customer_id,
        invoice__delivery_day=key.delivery_day,
    )


def lines_to_bill(key: InvoiceKey) -> list[BilledLine]:
    """Return, for each agreement, what was settled for the day and is on no paper yet."""
    rows = Settlement.objects.filter(
        hour_start__gte=day_start(key.delivery_day),
        hour_start__lt=day_start(key.delivery_day + timedelta(days=1)),
    )
    if key.issuer_id is None:
        return _differences(key, rows.filter(agreement__seller_id=key.customer_id), "FEE")
    rows = rows.filter(agreement__seller_id=key.issuer_id, agreement__buyer_id=key.customer_id)
    devices = rows.filter(agreement__link_trade=None)
    return [
        *_differences(key, devices, "COMPUTE"),
        *_differences(key, rows.exclude(agreement__link_trade=None), "LINK"),
        *_differences(key, devices, "DAMAGES"),
    ]


def _differences(key: InvoiceKey, rows: QuerySet[Settlement], kind: str) -> list[BilledLine]:
    """Return what the settlements of a day say beyond the lines of a kind that are on paper."""
    net_name, vat_name = AMOUNTS[kind]
    settled: dict[int, list[int]] = {}
    latest: dict[int, dict[datetime, Settlement]] = {}
    for row in rows.order_by("pk"):
        sums = settled.setdefault(row.agreement_id, [0, 0])
        sums[0] += getattr(row, net_name)
        sums[1] += getattr(row, vat_name) if vat_name else 0
        hours = latest.setdefault(row.agreement_id, {})
        known = hours.get(row.hour_start)
        if known is None or RUNS.index(row.run) >= RUNS.index(known.run):
            hours[row.hour_start] = row
    billed = _billed(key, kind)
    found = []
    for agreement_id, (net, vat) in sorted(settled.items()):
        before = billed.get(agreement_id, {})
        net, vat = net - before.get("net", 0), vat - before.get("vat", 0)
        if (net, vat) != (0, 0):
            counts = _counts(list(latest[agreement_id].values()), kind, before)
            found.append(
                BilledLine(
                    agreement_id=agreement_id,
                    kind=kind,
                    net_micros=net,
                    vat_micros=vat,
                    **{"device_seconds": 0, **counts},
                )
            )
    return found


def _counts(hours: list[Settlement], kind: str, before: dict[str, int]) -> dict[str, int]:
    """Return how much a line is for, beyond what is on paper: each hour by its latest run."""
    return {
        name: sum(getattr(row, SETTLED[name]) for row in hours) - before.get(name, 0)
        for name in COUNTED[kind]
    }


def _billed(key: InvoiceKey, kind: str) -> dict[int, dict[str, int]]:
    """Return by agreement what the lines of a kind say together."""
    names = {"net": "net_micros", "vat": "vat_micros"} | {name: name for name in SETTLED}
    billed: dict[int, dict[str, int]] = {}
    for row in _on_paper(key).filter(kind=kind):
        sums = billed.setdefault(row.agreement_id, dict.fromkeys(names, 0))
        for name, column in names.items():
            sums[name] += getattr(row, column)
    return billed
