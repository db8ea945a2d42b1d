"""Move auctions along the market's clock: open, improve only, random end, frozen."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from exchange.verifying.anonymous import PARTICIPANTS, anonymous
from exchange.verifying.rows import canonical_hash
from marketplace.actions.auctions.links import lock_links, put_links_in
from marketplace.domain.auctions.gates import random_end
from marketplace.domain.lifecycles import AUCTION
from marketplace.models import Auction, AuctionFile, AuctionOffer, AuctionOrder, AuctionSalt
from marketplace.queries.auctions.book import book_of_auction, encoded
from marketplace.queries.auctions.links import links_for

MOST_AT_ONCE = 20
Json = dict[str, Any]


def advance_auctions(now: datetime) -> int:
    """Take every step that is due; return how many. Run twice, the second finds nothing."""
    due = Auction.objects.filter(state__in=["OPEN", "NO_CANCEL"], no_cancel_at__lte=now)
    ids = due.order_by("ends_by").values_list("pk", flat=True)[:MOST_AT_ONCE]
    return sum(_advance(auction_id, now) for auction_id in list(ids))


@transaction.atomic
def _advance(auction_id: int, now: datetime) -> int:
    auction = Auction.objects.select_for_update().get(pk=auction_id)
    steps = 0
    if auction.state == "OPEN" and now >= auction.no_cancel_at:
        _draw_the_end(auction)
        steps += 1
    if auction.state == "NO_CANCEL" and auction.ended_at is not None and now >= auction.ended_at:
        _freeze(auction, now)
        steps += 1
    return steps


def _draw_the_end(auction: Auction) -> None:
    """Draw the seed when improving begins: before that nobody could know it, not even we."""
    AUCTION.check(auction.state, "NO_CANCEL")
    auction.state, auction.seed = "NO_CANCEL", secrets.token_hex(32)
    auction.seed_sha256 = sha256(auction.seed.encode()).hexdigest()
    auction.ended_at = random_end(auction.code, auction.seed, auction.ends_from, auction.ends_by)
    auction.save(update_fields=["state", "seed", "seed_sha256", "ended_at"])


def _freeze(auction: Auction, now: datetime) -> None:
    """Write the book without names, commitments and their salts, and freeze every entry.

    Carriers' links come in now, with what they have left.
    """
    AUCTION.check(auction.state, "CLEARING")
    lock_links(auction)
    links = links_for(auction)
    put_links_in(auction, links)
    book = book_of_auction(auction, now, links)
    members = {row[field] for key, field, _ in PARTICIPANTS for row in book.get(key, [])}
    salts = {member: secrets.token_hex(32) for member in members}
    frozen = anonymous(book, salts)
    for name, content in (("book.json", frozen.book), ("commitments.json", frozen.commitments)):
        AuctionFile.objects.create(
            auction=auction, name=name, content=encoded(content), sha256=canonical_hash(content)
        )
    _keep_salts(auction, book, frozen.book, frozen.commitments, salts)
    for model in (AuctionOrder, AuctionOffer):
        model.objects.filter(auction=auction, state="ENTERED").update(state="FROZEN")
    auction.state, auction.frozen_at = "CLEARING", now
    auction.book_sha256 = canonical_hash(frozen.book)
    auction.save(update_fields=["state", "frozen_at", "book_sha256"])


def _keep_salts(
    auction: Auction, named: Json, bare: Json, told: Json, salts: dict[int, str]
) -> None:
    numbers = {}
    for key, field, _ in PARTICIPANTS:
        for before, after in zip(named.get(key, []), bare.get(key, []), strict=True):
            numbers[before[field]] = after[field]
    said = {row["participant"]: row["commitment"] for row in told["participants"]}
    AuctionSalt.objects.bulk_create(
        AuctionSalt(
            auction=auction,
            member_id=member,
            salt=salts[member],
            participant=number,
            commitment=said[number],
        )
        for member, number in sorted(numbers.items())
    )
