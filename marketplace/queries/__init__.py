"""What the room answers."""

from marketplace.queries.books import (
    capacity_of,
    events_for,
    events_of,
    listing_events,
    listing_for,
    listings_of,
    order_for,
    orders_of,
    trade_for,
    trades_of,
)
from marketplace.queries.depth import Depth, Level, depth_of
from marketplace.queries.explain import Explanation, Fix, why_not
from marketplace.queries.heat import HeatCell, HeatRow
from marketplace.queries.overview import MarketOverview, ZoneRow, installed_now, market_overview
from marketplace.queries.preview import Placement, Preview, preview_order
from marketplace.queries.prices import LastTrade, PricePoint, last_trades, price_series

__all__ = [
    "Depth",
    "Explanation",
    "Fix",
    "HeatCell",
    "HeatRow",
    "LastTrade",
    "Level",
    "MarketOverview",
    "Placement",
    "Preview",
    "PricePoint",
    "ZoneRow",
    "capacity_of",
    "depth_of",
    "events_for",
    "events_of",
    "installed_now",
    "last_trades",
    "listing_events",
    "listing_for",
    "listings_of",
    "market_overview",
    "order_for",
    "orders_of",
    "preview_order",
    "price_series",
    "trade_for",
    "trades_of",
    "why_not",
]
