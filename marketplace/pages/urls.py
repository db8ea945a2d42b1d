"""Addresses of the market's pages."""

from django.urls import path

from marketplace.pages.market import market
from marketplace.pages.request import request_compute

app_name = "marketplace"
urlpatterns = [
    path("market/", market, name="market"),
    path("request/", request_compute, name="request"),
]
