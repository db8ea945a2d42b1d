"""Publish an outcome, or end an auction without one: rejected money and unsold devices go back."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from exchange.verifying.anonymous import Anonymous
from exchange.verifying.bundle import bundle_of, parsed
from exchange.verifying.rows import canonical_hash
from marketplace.actions.auctions.awards import write_awards
from marketplace.actions.auctions.devices import keep_sold
from marketplace.actions.auctions.links import return_links
from marketplace.actions.auctions.offers import release_offer
from marketplace.actions.auctions.orders import release_order
from marketplace.actions.auctions.standing import end
from marketplace.domain.lifecycles import AUCTION
from marketplace.models import Auction, AuctionFile
from marketplace.queries.auctions.reading import ZIP, packed_zip

Json = dict[str, Any]


@transaction.atomic
def publish(auction: Auction, book: Json, outcome: Json, *, method: str, now: datetime) -> None:
    """Write the outcome and its bundle once, and tell every entry what became of it.

    What does not execute is released at once. Accepted orders keep their hold, and offers what
    they sold, until their trades are made of the awards that are written here.
    """
    AUCTION.check(auction.state, "PUBLISHED")
    files = {file.name: bytes(file.content) for file in auction.files.all()}
    frozen = Anonymous(book, parsed(files, "commitments.json"))
    packed = bundle_of(frozen, outcome)
    hashes = {
        "outcome.json": canonical_hash(outcome),
        "README": sha256(packed["README"]).hexdigest(),
    }
    for name, said in hashes.items():
        AuctionFile.objects.create(auction=auction, name=name, content=packed[name], sha256=said)
    _keep_zip(auction, {**files, **{name: packed[name] for name in hashes}})
    _tell_orders(auction, outcome, now)
    _tell_offers(auction, outcome, now)
    return_links(auction, outcome)
    write_awards(auction, book, outcome)
    auction.state, auction.method, auction.published_at = "PUBLISHED", method, now
    auction.save(update_fields=["state", "method", "published_at"])


def _keep_zip(auction: Auction, files: dict[str, bytes]) -> None:
    """Pack what anybody may fetch once: a large book takes seconds of a processor."""
    content = packed_zip(files)
    said = sha256(content).hexdigest()
    AuctionFile.objects.create(auction=auction, name=ZIP, content=content, sha256=said)


def _tell_orders(auction: Auction, outcome: Json, now: datetime) -> None:
    accepted = {row["order"]: row for row in outcome["accepted"]}
    rejected = {row["order"]: row for row in outcome["rejected"]}
    for order in auction.orders.filter(state="FROZEN").order_by("arrival"):
        if order.arrival in accepted:
            order.result = accepted[order.arrival]
            end(order, "ACCEPTED", now)
        else:
            order.result = rejected.get(order.arrival)
            release_order(order, "REJECTED", now)


def _tell_offers(auction: Auction, outcome: Json, now: datetime) -> None:
    sold: dict[int, list[Json]] = {}
    for row in outcome["accepted"]:
        for part in row["sold_by"]:
            sold.setdefault(part["offer"], []).append({**part, "order": row["order"]})
    for offer in auction.offers.filter(state="FROZEN").order_by("arrival"):
        if offer.arrival in sold:
            offer.result = {"sold": sold[offer.arrival]}
            keep_sold(offer, auction, sold[offer.arrival])
            end(offer, "ACCEPTED", now)
        else:
            offer.result = {"closed": offer.arrival in outcome["closed_offers"]}
            release_offer(offer, auction, "REJECTED", now)


@transaction.atomic
def fail(auction: Auction, now: datetime) -> None:
    """End an auction that no method could clear: nothing executes, everything is released."""
    AUCTION.check(auction.state, "FAILED")
    for order in auction.orders.filter(state="FROZEN").order_by("arrival"):
        release_order(order, "RELEASED", now)
    for offer in auction.offers.filter(state="FROZEN").order_by("arrival"):
        release_offer(offer, auction, "RELEASED", now)
    return_links(auction)
    auction.state = "FAILED"
    auction.save(update_fields=["state"])
