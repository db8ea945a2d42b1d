"""The table that a journey prints, and the file that a program can check."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counter.templatetags.figures import yuan
from exchange.units import MICROS_PER_FEN

NARROW = 28
Row = tuple[str, str]
REASONS = {
    "PRICE": "nothing at or under the limit",
    "STACK": "no such software stack in the window",
    "WINDOW": "nothing open in the window",
    "SIZE": "nothing large enough for the whole time",
    "LINK": "no link for those hours",
    "RTT": "nothing within the round-trip time",
    "FAMILY": "no chip of that family",
    "MEMORY": "no device with that much memory",
}


def table_of(figures: dict[str, Any]) -> str:
    """Return the day's figures as lines of text."""
    rows = [*_market(figures), *_auction(figures), *_delivery(figures), *_money(figures)]
    return "\n".join(
        ["", "One market day", *(f"  {label:<{NARROW}} {value}" for label, value in rows)]
    )


def _market(figures: dict[str, Any]) -> Iterator[Row]:
    yield "listings", f"{figures['listings']:,}"
    for label, key in (
        ("orders", "orders"),
        ("  filled", "filled"),
        ("  partly filled", "partly_filled"),
        ("  unfilled", "unfilled"),
    ):
        yield label, f"{figures[key]:,}"
    for reason, count in figures["unfilled_by_reason"].items():
        yield f"    {REASONS.get(reason, reason.lower())}", f"{count:,}"
    yield "refused orders", f"{sum(figures['orders_refused'].values()):,}"
    for code, count in sorted(figures["orders_refused"].items()):
        yield f"    {code}", f"{count:,}"
    yield "trades", f"{figures['trades']:,}"
    yield "  with a link", f"{figures['links']:,} links at ¥ {yuan(figures['links_micros'])}"
    yield "device-hours sold", f"{figures['device_hours_sold']:,}"
    for chip in figures["price_by_chip"]:
        per_pflops = chip["micros_per_pflops_hour"]
        beside = "" if per_pflops is None else f" (¥ {yuan(per_pflops)} per P-hour)"
        prices = f"¥ {yuan(chip['micros_per_device_hour'])}{beside}"
        yield f"  {chip['chip']}", f"{chip['device_hours']:>7,} device-hours at {prices}"


def _auction(figures: dict[str, Any]) -> Iterator[Row]:
    if not figures.get("auction_bundle_verified"):
        return
    yield "day-ahead auction", f"{figures['auction']}, cleared by {figures['auction_method']}"
    yield "  orders, offers", f"{figures['auction_orders']:,}, {figures['auction_offers']:,}"
    yield "  orders traded", f"{figures['auction_orders_traded']:,}"
    yield "  trades", f"{figures['auction_trades']:,}"
    yield "    with an agreement", f"{figures['auction_trades_with_agreement']:,}"
    yield "  welfare", f"¥ {yuan(figures['auction_welfare_micros'])}"
    yield "  welfare of its bound", f"{figures['auction_welfare_of_bound_bp'] / 100:.2f} %"
    yield "  bundle", "verified"


def _delivery(figures: dict[str, Any]) -> Iterator[Row]:
    yield "allocations", f"{figures['allocations']:,}"
    for state, count in figures["allocations_by_state"].items():
        yield f"  {state.lower()}", f"{count:,}"
    yield "  on the process connector", f"{figures['allocations_on_process']:,}"
    yield "real jobs run", f"{figures['jobs_run']:,}"
    yield "readings", f"{figures['readings']:,}"


def _money(figures: dict[str, Any]) -> Iterator[Row]:
    yield "hours settled", f"{figures['settlements']:,}"
    yield "settled", f"¥ {yuan(figures['settled_micros'])} net"
    links = yuan(figures["links_settled_micros"])
    yield "  of it links", f"¥ {links}, {figures['link_payouts']:,} payouts to carriers"
    yield "damages", f"¥ {yuan(figures['damages_micros'])}"
    yield "exchange's fee", f"¥ {yuan(figures['fee_micros'])} net"
    invoiced, payable = (
        yuan(figures[key] * MICROS_PER_FEN) for key in ("invoiced_fen", "payable_fen")
    )
    yield "invoiced", f"¥ {invoiced} in {figures['invoices']:,} invoices"
    yield "payable", f"¥ {payable} in {figures['payouts']:,} payouts"
    ratio = figures["utilisation_bp"]
    for label, key in (("compute utilisation", ""), ("  of pools that sold", "sellers_")):
        before, after = ratio[f"{key}before"], ratio[f"{key}after"]
        yield label, f"{before / 100:.2f} % before, {after / 100:.2f} % after"


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False, default=str) + "\n")
