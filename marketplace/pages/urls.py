"""Addresses of the market's pages."""

from django.urls import path

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
    path("request/", request_compute, name="request"),
    path("orders/", orders, name="orders"),
    path("orders/<int:order_id>/", order_page, name="order"),
    path("orders/<int:order_id>/cancel/", cancel, name="cancel"),
    path("listings/", listings, name="listings"),
    path("listings/new/", new_listing, name="new_listing"),
    path("listings/<int:listing_id>/withdraw/", withdraw, name="withdraw"),
    path("capacity/", sites, name="sites"),
]
