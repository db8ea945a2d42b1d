"""Publish, change and withdraw listings: sell orders that hold capacity of a pool."""

from datetime import datetime

from marketplace.actions.asking import ask
from marketplace.domain import entry as entries
from marketplace.domain.checks import MOST_DEVICES, check_client_id, check_price, check_range
from marketplace.domain.listing_request import ListingRequest, check_listing
from marketplace.models import Listing


def publish_listing(
    *,
    seller_id: int,
    client_order_id: str,
    pool_id: int,
    devices: int,
    starts_at: datetime,
    ends_at: datetime,
    ask_micros: int,
    min_devices: int = 1,
    min_hours: int = 1,
    firmness: str = "FIRM",
    recall_notice_minutes: int | None = None,
    self_trade: str = "CANCEL_NEWEST",
    person_id: int | None = None,
    now: datetime,
) -> Listing:
    """Offer devices of a pool for a window at an ask per device-hour; meet resting orders.

    Holds the pool's capacity from acceptance on. The same id with the same content
    returns the first listing. Refuses by name what is malformed, closed, halted, or
    more than the pool has free.
    """
    request = ListingRequest(
        pool_id=pool_id,
        devices=devices,
        starts_at=starts_at,
        ends_at=ends_at,
        ask_micros=ask_micros,
        min_devices=min_devices,
        min_hours=min_hours,
        firmness=firmness,
        recall_notice_minutes=recall_notice_minutes,
        self_trade=self_trade,
    )
    check_client_id(client_order_id)
    check_listing(request)
    entry = entries.PublishListing(
        member=seller_id, client_order_id=client_order_id, request=request, person=person_id
    )
    return Listing.objects.get(pk=ask(entry, now=now).id)


def withdraw_listing(
    *,
    seller_id: int,
    listing_id: int,
    client_id: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Listing:
    """Withdraw what is unsold of the seller's listing; what is sold stays sold.

    Refuses a listing that has ended, and one that is not the seller's (as if there were none).
    With a `client_id` the same is answered again, however often it is sent.
    """
    if client_id:
        check_client_id(client_id, "client_id")
    entry = entries.WithdrawListing(
        member=seller_id, listing_id=listing_id, client_id=client_id, person=person_id
    )
    return Listing.objects.get(pk=ask(entry, now=now).id)


def reprice_listing(
    *,
    seller_id: int,
    listing_id: int,
    version: int,
    devices: int | None = None,
    ask_micros: int | None = None,
    client_id: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Listing:
    """Change an open listing's devices or ask; None leaves it as it is.

    It keeps its place in time only when nothing but the devices fall. Refuses another version
    than the current one, fewer devices than are sold, and more than the pool has free.
    """
    if client_id:
        check_client_id(client_id, "client_id")
    check_range("devices", devices, 1, MOST_DEVICES)
    if ask_micros is not None:
        check_price("ask_micros", ask_micros)
    entry = entries.RepriceListing(
        member=seller_id,
        listing_id=listing_id,
        version=version,
        devices=devices,
        ask_micros=ask_micros,
        client_id=client_id,
        person=person_id,
    )
    return Listing.objects.get(pk=ask(entry, now=now).id)
