"""What the day's auction came to, and whether its published bundle verifies."""

from typing import Any

from exchange.verifying.bundle import check_bundle
from marketplace.models import Trade
from marketplace.queries.auctions import auction_named, bundle_files, runs_of


class BundleWrong(Exception):
    """The bundle that the exchange published does not verify: the second implementation says no."""


def auction_figures(code: str) -> dict[str, Any]:
    """Return the figures of the auction; none where the day had none. Raises BundleWrong."""
    if not code:
        return {}
    auction = auction_named(code)
    figures: dict[str, Any] = {"auction": code, "auction_state": auction.state}
    run = runs_of(auction).filter(state="DONE").first()
    if run is None:
        return figures
    findings = [str(one) for check in check_bundle(bundle_files(auction)) for one in check.findings]
    if findings:
        raise BundleWrong("; ".join(findings[:3]))
    trades = Trade.objects.filter(award__auction=auction)
    return figures | {
        "auction_method": auction.method,
        "auction_orders": auction.orders.count(),
        "auction_offers": auction.offers.count(),
        "auction_orders_traded": auction.orders.filter(state="TRADED").count(),
        "auction_trades": trades.count(),
        "auction_trades_with_agreement": trades.filter(agreement__isnull=False).count(),
        "auction_welfare_micros": run.welfare_micros,
        "auction_welfare_of_bound_bp": (run.welfare_micros or 0)
        * 10_000
        // max(run.bound_micros or 1, 1),
        "auction_bundle_verified": True,
    }
