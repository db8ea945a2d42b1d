"""Auctions, entries, progress and published files, each scoped to who may read it."""

import io
import zipfile
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from exchange.refusal import NotFound
from marketplace.models import (
    Auction,
    AuctionIndication,
    AuctionOffer,
    AuctionOrder,
    AuctionRun,
    AuctionSalt,
    ChipModel,
    Zone,
)

SECRET_STATES = ("OPEN", "NO_CANCEL")
PUBLISHED_STATES = ("PUBLISHED", "AGREED")
ZIP = "bundle.zip"
# Bundles are the same bytes whenever they are packed.
_STAMP = (1980, 1, 1, 0, 0, 0)


def auctions_newest(kind: str = "") -> QuerySet[Auction]:
    """Return auctions, those of the latest hours first."""
    return Auction.objects.filter(kind=kind) if kind else Auction.objects.all()


def next_auction(now: datetime) -> Auction | None:
    """Return the auction whose gate comes next among those that take entries at `now`."""
    rows = Auction.objects.filter(state__in=SECRET_STATES, opens_at__lte=now, ends_by__gt=now)
    return rows.order_by("ends_by", "pk").first()


def counts_of(auction_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return how many orders and offers that were not cancelled stand in each auction."""
    kept = [
        dict(
            rows.objects.filter(auction_id__in=auction_ids)
            .exclude(state="CANCELLED")
            .order_by()
            .values_list("auction_id")
            .annotate(Count("pk"))
        )
        for rows in (AuctionOrder, AuctionOffer)
    ]
    return {one: (kept[0].get(one, 0), kept[1].get(one, 0)) for one in auction_ids}


def found_bp_of(auction_ids: list[int]) -> dict[int, int]:
    """Return, by published auction, welfare as a share of its bound in basis points."""
    runs = AuctionRun.objects.filter(auction_id__in=auction_ids, state="DONE")
    return {
        run.auction_id: run.welfare_micros * 10_000 // run.bound_micros
        for run in runs
        if run.welfare_micros is not None and run.bound_micros
    }


def auction_named(code: str) -> Auction:
    """Return an auction by its code; refuses with NotFound."""
    found = Auction.objects.filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def auctions_awaiting_a_step(now: datetime) -> bool:
    """Tell whether a gate has passed, a book awaits its clearing, or an outcome its trades."""
    due = Q(state="OPEN", no_cancel_at__lte=now) | Q(state="NO_CANCEL", ended_at__lte=now)
    return Auction.objects.filter(due | Q(state__in=["CLEARING", "PUBLISHED"])).exists()


def seed_of(auction: Auction) -> tuple[str, datetime | None]:
    """Return the seed and the random end once the book is frozen; before that nothing."""
    return ("", None) if auction.state in SECRET_STATES else (auction.seed, auction.ended_at)


def orders_in(auction: Auction, member_id: int) -> QuerySet[AuctionOrder]:
    """Return a member's own orders, the newest first."""
    rows = auction.orders.filter(buyer_id=member_id).select_related("auction")
    return rows.order_by("-id")


def offers_in(auction: Auction, member_id: int) -> QuerySet[AuctionOffer]:
    """Return a member's own offers, the newest first."""
    rows = auction.offers.filter(seller_id=member_id)
    return rows.select_related("auction", "pool__site", "pool__chip").order_by("-id")


def auction_order_for(member_id: int, order_id: int) -> AuctionOrder:
    """Return one of a member's own orders in auctions; refuses any other with NotFound."""
    rows = AuctionOrder.objects.filter(buyer_id=member_id).select_related("auction")
    found = rows.filter(pk=order_id).first()
    if found is None:
        raise NotFound
    return found


def auction_offer_for(member_id: int, offer_id: int) -> AuctionOffer:
    """Return one of a member's own offers in auctions; refuses any other with NotFound."""
    rows = AuctionOffer.objects.filter(seller_id=member_id)
    found = rows.select_related("auction", "pool__site", "pool__chip").filter(pk=offer_id).first()
    if found is None:
        raise NotFound
    return found


def salt_of(auction: Auction, member_id: int) -> AuctionSalt | None:
    """Return a member's own salt and commitment; None where it has no lines in the book."""
    return auction.salts.filter(member_id=member_id).first()


def indications_of(auction: Auction) -> QuerySet[AuctionIndication]:
    """Return what the auction would come to as it was told, the newest first."""
    return auction.indications.order_by("-number")


def names_of_places(*, chinese: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of chip models and of zones by code."""
    zones = Zone.objects.values_list("code", "name_zh" if chinese else "name")
    return dict(ChipModel.objects.values_list("code", "name")), dict(zones)


def runs_of(auction: Auction) -> QuerySet[AuctionRun]:
    """Return how the clearing went, method by method."""
    return auction.runs.order_by("id")


def outcome_sha256_of(auction: Auction) -> str:
    """Return the hash of the published outcome; empty before publication."""
    if auction.state not in PUBLISHED_STATES:
        return ""
    return auction.files.filter(name="outcome.json").values_list("sha256", flat=True).first() or ""


def bundle_files(auction: Auction) -> dict[str, bytes]:
    """Return the published files by name; refuses with NotFound before publication."""
    if auction.state not in PUBLISHED_STATES:
        raise NotFound
    rows = auction.files.exclude(name=ZIP).order_by("name")
    return {file.name: bytes(file.content) for file in rows}


def bundle_zip(auction: Auction) -> bytes:
    """Return the bundle as a zip, the same bytes each time; refuses with NotFound before that.

    It was packed with its publication. One that was published before that was kept is packed now.
    """
    if auction.state not in PUBLISHED_STATES:
        raise NotFound
    kept = auction.files.filter(name=ZIP).values_list("content", flat=True).first()
    return packed_zip(bundle_files(auction)) if kept is None else bytes(kept)


def packed_zip(files: dict[str, bytes]) -> bytes:
    """Return files as a zip in the order of their names, the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
