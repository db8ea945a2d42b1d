"""Addresses of call auctions in the API."""

from django.urls import path

from marketplace.api.auctions.offers import (
    AuctionOfferBatch,
    AuctionOfferCancel,
    AuctionOfferReplace,
    AuctionOffers,
    OneAuctionOffer,
)
from marketplace.api.auctions.orders import (
    AuctionOrderBatch,
    AuctionOrderCancel,
    AuctionOrderReplace,
    AuctionOrders,
    OneAuctionOrder,
)
from marketplace.api.auctions.reading import (
    AuctionBundle,
    AuctionIndications,
    AuctionPrices,
    Auctions,
    OneAuction,
)

ORDER = "auction-orders/<int:order_id>/"
OFFER = "auction-offers/<int:offer_id>/"
ONE = "auctions/<slug:code>/"
urlpatterns = [
    path("auctions/", Auctions.as_view(), name="api-auctions"),
    path(ONE, OneAuction.as_view(), name="api-auction"),
    path(f"{ONE}prices/", AuctionPrices.as_view(), name="api-auction-prices"),
    path(f"{ONE}indications/", AuctionIndications.as_view(), name="api-auction-indications"),
    path(f"{ONE}bundle/", AuctionBundle.as_view(), name="api-auction-bundle"),
    path(f"{ONE}orders/", AuctionOrders.as_view(), name="api-auction-orders"),
    path(f"{ONE}orders/batch/", AuctionOrderBatch.as_view(), name="api-auction-order-batch"),
    path(f"{ONE}offers/", AuctionOffers.as_view(), name="api-auction-offers"),
    path(f"{ONE}offers/batch/", AuctionOfferBatch.as_view(), name="api-auction-offer-batch"),
    path(ORDER, OneAuctionOrder.as_view(), name="api-auction-order"),
    path(f"{ORDER}replace/", AuctionOrderReplace.as_view(), name="api-auction-order-replace"),
    path(f"{ORDER}cancel/", AuctionOrderCancel.as_view(), name="api-auction-order-cancel"),
    path(OFFER, OneAuctionOffer.as_view(), name="api-auction-offer"),
    path(f"{OFFER}replace/", AuctionOfferReplace.as_view(), name="api-auction-offer-replace"),
    path(f"{OFFER}cancel/", AuctionOfferCancel.as_view(), name="api-auction-offer-cancel"),
]
