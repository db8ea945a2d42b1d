"""Addresses of the market's pages."""

from django.urls import path

from marketplace.pages.auctions.history import auctions
from marketplace.pages.auctions.offering import (
    cancel_auction_offer,
    change_auction_offer,
    new_auction_offer,
)
from marketplace.pages.auctions.one import bundle, one_auction
from marketplace.pages.auctions.ordering import (
    cancel_auction_order,
    change_auction_order,
    new_auction_order,
)
from marketplace.pages.auctions.orders import auction_order, auction_orders
from marketplace.pages.auctions.overview import auction
from marketplace.pages.cancelling import cancel_all
from marketplace.pages.changing import change_order
from marketplace.pages.limits import limits, limits_of, switch_off
from marketplace.pages.links import links, new_link, one_link
from marketplace.pages.listing_changing import listing_page
from marketplace.pages.listings import listings, new_listing, withdraw
from marketplace.pages.market import market
from marketplace.pages.orders import cancel, order_page, orders
from marketplace.pages.product import product_page
from marketplace.pages.request import request_compute
from marketplace.pages.sites import sites

app_name = "marketplace"
urlpatterns = [
    path("market/", market, name="market"),
    path("market/<slug:code>/", product_page, name="product"),
    path("auctions/", auctions, name="auctions"),
    path("auctions/example/", auction, name="auction_example"),
    path("auctions/example/orders/", auction_orders, name="auction_orders"),
    path("auctions/example/orders/<int:number>/", auction_order, name="auction_order"),
    path("auctions/<slug:code>/", one_auction, name="auction"),
    path("auctions/<slug:code>/bundle.zip", bundle, name="auction_bundle"),
    path("auctions/<slug:code>/order/", new_auction_order, name="new_auction_order"),
    path("auctions/<slug:code>/offer/", new_auction_offer, name="new_auction_offer"),
    path("auctions/<slug:code>/orders/", auction_orders, name="auction_lines"),
    path("auctions/<slug:code>/orders/<int:number>/", auction_order, name="auction_line"),
    path("auction-orders/<int:order_id>/", change_auction_order, name="own_auction_order"),
    path(
        "auction-orders/<int:order_id>/cancel/",
        cancel_auction_order,
        name="cancel_auction_order",
    ),
    path("auction-offers/<int:offer_id>/", change_auction_offer, name="own_auction_offer"),
    path(
        "auction-offers/<int:offer_id>/cancel/",
        cancel_auction_offer,
        name="cancel_auction_offer",
    ),
    path("request/", request_compute, name="request"),
    path("orders/", orders, name="orders"),
    path("orders/cancel-all/", cancel_all, name="cancel_all"),
    path("orders/<int:order_id>/", order_page, name="order"),
    path("orders/<int:order_id>/cancel/", cancel, name="cancel"),
    path("orders/<int:order_id>/change/", change_order, name="change"),
    path("listings/", listings, name="listings"),
    path("listings/new/", new_listing, name="new_listing"),
    path("listings/<int:listing_id>/", listing_page, name="listing"),
    path("listings/<int:listing_id>/withdraw/", withdraw, name="withdraw"),
    path("links/", links, name="links"),
    path("links/new/", new_link, name="new_link"),
    path("links/<int:link_id>/", one_link, name="one_link"),
    path("limits/", limits, name="limits"),
    path("limits/switch-off/", switch_off, name="switch_off"),
    path("limits/everybody/", limits_of, name="limits_everybody"),
    path("limits/<int:member_id>/", limits_of, name="limits_of"),
    path("capacity/", sites, name="sites"),
]
