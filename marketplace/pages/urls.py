"""Addresses of the market's pages."""

from django.urls import path

from marketplace.pages.market import market

app_name = "marketplace"
urlpatterns = [
    path("market/", market, name="market"),
]
