"""What every entry of an auction asks first: is it taken now, and was it sent before?"""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts.models import MemberState
from accounts.queries import beneficial_owner_of, member_with_id
from exchange.refusal import NotFound, NotPermitted
from marketplace.domain.auctions.entries import MOST_ENTRIES_A_MEMBER
from marketplace.domain.auctions.refusals import (
    AuctionClosed,
    EntryEnded,
    OnlyImprove,
    SameOwner,
    TooManyEntries,
)
from marketplace.domain.checks import check_client_id
from marketplace.domain.lifecycles import AUCTION_ENTRY
from marketplace.domain.refusals import IdReused, VersionPassed
from marketplace.models import Auction, AuctionOffer, AuctionOrder

Entry = TypeVar("Entry", AuctionOrder, AuctionOffer)


def locked(auction_id: int, *, now: datetime) -> Auction:
    """Return the auction, locked until the commit; refuses one that takes no entries at `now`.

    The clock decides, not the sweeper: a late sweep never takes in what came after the end.
    """
    auction = Auction.objects.select_for_update().filter(pk=auction_id).first()
    if auction is None:
        raise NotFound
    ends_at = auction.ended_at or auction.ends_from
    if auction.state not in ("OPEN", "NO_CANCEL") or not auction.opens_at <= now < ends_at:
        raise AuctionClosed(auction=auction.code, state=auction.state)
    return auction


def only_improves(auction: Auction, now: datetime) -> bool:
    """Tell whether entries may only be improved by now."""
    return auction.state == "NO_CANCEL" or now >= auction.no_cancel_at


def check_cancelling(auction: Auction, now: datetime) -> None:
    """Refuse to end an entry when entries may only be improved."""
    if only_improves(auction, now):
        since = auction.no_cancel_at.isoformat()
        raise OnlyImprove(field="state", since=since, auction=auction.code)


def check_version(found: int, wanted: int) -> None:
    """Refuse a change of what has been changed since."""
    if found != wanted:
        raise VersionPassed(version=found)


def sent_before(
    rows: "QuerySet[Entry]", *, client_order_id: str, content_hash: str, same_auction: int
) -> Entry | None:
    """Return the entry that was sent under this id; refuses it with another content."""
    check_client_id(client_order_id)
    found = rows.filter(client_order_id=client_order_id).first()
    if found is not None and (found.content_hash, found.auction_id) != (content_hash, same_auction):
        raise IdReused(client_order_id=client_order_id)
    return found


def check_member(member_id: int, capability: str, rows: "QuerySet[Entry]") -> None:
    """Refuse a member that may not trade so, or has as many entries as one may have."""
    member = member_with_id(member_id)
    if member.state != MemberState.ADMITTED or capability not in member.capabilities:
        raise NotPermitted
    if rows.filter(state="ENTERED").count() >= MOST_ENTRIES_A_MEMBER:
        raise TooManyEntries(most=MOST_ENTRIES_A_MEMBER)


def check_other_side(member_id: int, rows: QuerySet[Any], side: str) -> None:
    """Refuse an entry where the member's beneficial owner stands on the other side.

    `rows` are the other side's entries of the locked auction, `side` whose they are.
    """
    same = Q(**{f"{side}_id": member_id})
    if owner := beneficial_owner_of(member_id):
        same |= Q(**{f"{side}__beneficial_owner": owner})
    if rows.filter(same, state="ENTERED").exists():
        raise SameOwner


def next_arrival(auction: Auction) -> int:
    """Return the next number of the locked auction: priority in time."""
    auction.last_arrival += 1
    auction.save(update_fields=["last_arrival"])
    return auction.last_arrival


def standing_among(own: "QuerySet[Entry]", entry_id: int, now: datetime) -> tuple[Entry, Auction]:
    """Return one of a member's own entries with its locked auction.

    Refuses what is not there with NotFound, what is over or frozen with EntryEnded, and all of an
    auction that takes nothing now with AuctionClosed.
    """
    entry = own.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    auction = locked(entry.auction_id, now=now)
    entry.refresh_from_db()
    if entry.state != AUCTION_ENTRY.start:
        raise EntryEnded(state=entry.state)
    return entry, auction


def end(entry: AuctionOrder | AuctionOffer, state: str, now: datetime) -> None:
    """Bring an entry to its end; the table refuses what may not follow."""
    AUCTION_ENTRY.check(entry.state, state)
    entry.state, entry.ended_at = state, now
    entry.save(update_fields=["state", "ended_at", "result"])
