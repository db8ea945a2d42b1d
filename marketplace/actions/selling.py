"""Sellers' entries: checked by their rules, said to the book, and written as rows."""

from typing import Any

from exchange.book import commands as said
from exchange.book.events import Rejected
from exchange.window import hour_number
from marketplace.actions.answers import refusal_of
from marketplace.actions.buying import note_deed
from marketplace.actions.capacity import slot_of
from marketplace.actions.memory import Memory
from marketplace.actions.standing import OpenListing
from marketplace.domain import entry as entries
from marketplace.domain.checks import first_open_hour
from marketplace.domain.entry import Answer
from marketplace.domain.listing_request import check_listing_times

SAME = ("starts_at", "ends_at", "min_devices", "min_hours", "firmness", "recall_notice_minutes")


def publish(market: Memory, entry: entries.PublishListing) -> Answer:
    """Say a listing to the book, and put its devices in orders."""
    request = entry.request
    check_listing_times(request, now=market.now, gate_minutes=market.facts.gate_minutes)
    listing_id = market.numbers.take("listing")
    command = _sell_of(entry, listing_id)
    happened = market.say(command)
    if isinstance(happened[0], Rejected):
        market.numbers.give_back("listing", listing_id)
        raise refusal_of(happened[0], selling=True, **_known_of(market, entry))
    listing = market.listings[listing_id] = listing_of(command)
    turn = market.turn
    turn.new_listings[listing_id] = {
        "id": listing_id,
        "seller_id": entry.member,
        "pool_id": request.pool_id,
        "client_order_id": entry.client_order_id,
        "content_hash": market.content,
        "accepted_at": market.now,
        **{name: getattr(request, name) for name in SAME},
    }
    installed = market.facts.pools[request.pool_id].devices
    for hour in range(command.first_hour, command.first_hour + command.hours):
        turn.days[(request.pool_id, slot_of(hour)[0])] = installed
    turn.hear(happened)
    note_deed(
        market,
        entry,
        "LISTING_PUBLISHED",
        f"listing:{listing_id}",
        client_order_id=entry.client_order_id,
        pool_id=request.pool_id,
    )
    return answer_of(listing, market.book.number)


def _sell_of(entry: entries.PublishListing, listing_id: int) -> said.Sell:
    request = entry.request
    return said.Sell(
        listing=listing_id,
        member=entry.member,
        pool=request.pool_id,
        devices=request.devices,
        first_hour=hour_number(request.starts_at),
        hours=request.hours,
        ask_micros=request.ask_micros,
        min_devices=request.min_devices,
        min_hours=request.min_hours,
        firmness=request.firmness,
        self_trade=request.self_trade,
    )


def listing_of(command: said.Sell) -> OpenListing:
    """Return a new listing as the market keeps it, before the book's events."""
    return OpenListing(
        id=command.listing,
        seller=command.member,
        pool=command.pool,
        first_hour=command.first_hour,
        devices=command.devices,
        ask_micros=command.ask_micros,
        free=[command.devices] * command.hours,
        arrival=0,
    )


def _known_of(market: Memory, entry: entries.PublishListing) -> dict[str, Any]:
    """Return facts that a refusal's sentence may want and the book does not know."""
    return {
        **market.known_of_pool(entry.request.pool_id),
        "minutes": market.facts.gate_minutes,
        "first": first_open_hour(market.now, market.facts.gate_minutes).isoformat(),
        "price_micros": entry.request.ask_micros,
        "ends_at": entry.request.ends_at.isoformat(),
    }


def answer_of(listing: OpenListing, number: int) -> Answer:
    """Return the listing as it stands after market event `number`."""
    return Answer(id=listing.id, state=listing.state, version=listing.version, number=number)


def withdraw(market: Memory, entry: entries.WithdrawListing) -> Answer:
    """End a listing of the member's; what is sold stays sold."""
    listing = market.open_listing(entry.listing_id, entry.member)
    happened = market.say(said.Withdraw(listing=entry.listing_id, member=entry.member))
    if isinstance(happened[0], Rejected):
        raise refusal_of(happened[0], selling=True)
    market.turn.hear(happened)
    note_deed(market, entry, "LISTING_WITHDRAWN", f"listing:{listing.id}")
    return answer_of(listing, market.book.number)


def reprice(market: Memory, entry: entries.RepriceListing) -> Answer:
    """Change an open listing; refused, it stays as it was."""
    listing = market.open_listing(entry.listing_id, entry.member)
    command = said.Reprice(
        listing=entry.listing_id,
        member=entry.member,
        version=entry.version,
        devices=entry.devices,
        ask_micros=entry.ask_micros,
    )
    happened = market.say(command)
    if isinstance(happened[0], Rejected):
        raise refusal_of(happened[0], selling=True, **market.known_of_pool(listing.pool))
    steps = listing.change(command, first_open=market.facts.first_open)
    market.turn.capacity.add_in_orders(listing.pool, listing.first_hour, steps)
    market.turn.hear(happened)
    note_deed(market, entry, "LISTING_REPLACED", f"listing:{listing.id}", version=listing.version)
    return answer_of(listing, market.book.number)
