"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from marketplace.api.auctions.urls import urlpatterns as auctions
from marketplace.api.changes import CancelAll, ListingReplace, OrderCancel, OrderReplace
from marketplace.api.early import Outcomes
from marketplace.api.feed import CandlesView, IncrementsView, IndexView, SnapshotView, TapeView
from marketplace.api.links import AuctionedLinks, LinkChange, Links, LinkTrades, OneLink
from marketplace.api.listings import Listings, ListingWithdraw, OneListing
from marketplace.api.market import Catalogue, DepthView, Events, MarketTrades
from marketplace.api.orders import (
    OneOrder,
    OrderBatch,
    OrderPreview,
    Orders,
    OrderWhy,
    Trades,
)
from marketplace.api.switches import CancelAfter

urlpatterns = [
    *auctions,
    path("orders/", Orders.as_view(), name="api-orders"),
    path("orders/batch/", OrderBatch.as_view(), name="api-order-batch"),
    path("orders/preview/", OrderPreview.as_view(), name="api-order-preview"),
    path("orders/outcome/", Outcomes.as_view(), name="api-order-outcome"),
    path("orders/cancel-after/", CancelAfter.as_view(), name="api-cancel-after"),
    path("orders/cancel-all/", CancelAll.as_view(), name="api-cancel-all"),
    path("orders/<int:order_id>/", OneOrder.as_view(), name="api-order"),
    path("orders/<int:order_id>/cancel/", OrderCancel.as_view(), name="api-order-cancel"),
    path("orders/<int:order_id>/replace/", OrderReplace.as_view(), name="api-order-replace"),
    path("orders/<int:order_id>/why/", OrderWhy.as_view(), name="api-order-why"),
    path("listings/", Listings.as_view(), name="api-listings"),
    path("listings/<int:listing_id>/", OneListing.as_view(), name="api-listing"),
    path(
        "listings/<int:listing_id>/withdraw/",
        ListingWithdraw.as_view(),
        name="api-listing-withdraw",
    ),
    path(
        "listings/<int:listing_id>/replace/", ListingReplace.as_view(), name="api-listing-replace"
    ),
    path("links/", Links.as_view(), name="api-links"),
    path("links/<int:link_id>/", OneLink.as_view(), name="api-link"),
    path("links/<int:link_id>/change/", LinkChange.as_view(), name="api-link-change"),
    path("auction-links/", AuctionedLinks.as_view(), name="api-auction-links"),
    path("link-trades/", LinkTrades.as_view(), name="api-link-trades"),
    path("trades/", Trades.as_view(), name="api-trades"),
    path("events/", Events.as_view(), name="api-events"),
    path("market/depth/", DepthView.as_view(), name="api-depth"),
    path("market/trades/", MarketTrades.as_view(), name="api-market-trades"),
    path("market/snapshot/", SnapshotView.as_view(), name="api-snapshot"),
    path("market/increments/", IncrementsView.as_view(), name="api-increments"),
    path("market/candles/", CandlesView.as_view(), name="api-candles"),
    path("market/tape/", TapeView.as_view(), name="api-tape"),
    path("market/index/", IndexView.as_view(), name="api-index"),
    path("market/catalogue/", Catalogue.as_view(), name="api-catalogue"),
]
