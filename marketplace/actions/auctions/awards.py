"""What an outcome sold, as rows: they wait until the market has made trades of them."""

from dataclasses import replace
from typing import Any

from marketplace.domain.auctions.carried import Piece, mover, pieces_of
from marketplace.models import Auction, AuctionAward, AuctionLink, AuctionLinkAward, AuctionOrder

Json = dict[str, Any]
# What a device counts for where its node does not say, as docs/auction-format.md has it.
UNRATED_GFLOPS = 1_000_000


def write_awards(auction: Auction, book: Json, outcome: Json) -> None:
    """Write a row for each rectangle that an order bought of an offer, and what carries for it."""
    orders = {order.arrival: order for order in auction.orders.filter(state="ACCEPTED")}
    offers = {offer.arrival: offer for offer in auction.offers.filter(state="ACCEPTED")}
    links = {link.number: link for link in auction.links.all()}
    nodes = {row["node"]: row for row in book["nodes"]}
    node_of = {row["offer"]: row["node"] for row in book["offers"]}
    awards, carried = [], []
    for accepted in outcome["accepted"]:
        order = orders[accepted["order"]]
        workload = order.bids[accepted["alternative"]].get("workload_class", "TRAINING")
        lots = []
        for part in accepted["sold_by"]:
            node = node_of[part["offer"]]
            first, hours = part["first_hour"], part["hours"]
            prices = outcome["prices"][node][first : first + hours]
            lots.append(
                AuctionAward(
                    auction=auction,
                    order=order,
                    offer=offers[part["offer"]],
                    first_hour=first,
                    hours=hours,
                    devices=part["devices"],
                    prices_micros=prices,
                    gflops=nodes[node].get("gflops", {}).get(workload, UNRATED_GFLOPS),
                    value_micros=part["devices"] * sum(prices),
                )
            )
        awards += lots
        carried += _carried(book, outcome, accepted, order, lots, links)
    AuctionAward.objects.bulk_create(awards)
    AuctionLinkAward.objects.bulk_create(carried)


def _carried(
    book: Json,
    outcome: Json,
    accepted: Json,
    order: AuctionOrder,
    lots: list[AuctionAward],
    links: dict[int, AuctionLink],
) -> list[AuctionLinkAward]:
    """Return what links carry for an order's lots; the data go with the first of it."""
    bid = order.bids[accepted["alternative"]]
    if not (bid.get("link_gbps") or bid.get("move_gb")):
        return []
    node = accepted["placed"][0]["node"]
    zone = next(row["zone"] for row in book["nodes"] if row["node"] == node)
    arc = [row for row in book["links"] if (row["zone"], row["city"]) == (zone, bid["city"])]
    per_gb = max(row["price_micros_per_gb"] for row in arc)
    prices = outcome["link_prices"][f"{zone}>{bid['city']}"]
    pieces = pieces_of(accepted["sold_by"], accepted["carried_by"], prices)
    if not pieces:
        pieces = [_moving(lots, arc)]
    first = min(pieces, key=lambda one: (one.first_hour, one.lot, one.link))
    return [
        _award(replace(one, gb=bid.get("move_gb", 0)) if one is first else one, lots, links, per_gb)
        for one in pieces
    ]


def _moving(lots: list[AuctionAward], arc: list[Json]) -> Piece:
    """Return the piece of an order that only moves data: with its first lot, for its hours."""
    at = min(range(len(lots)), key=lambda one: (lots[one].first_hour, one))
    lot = lots[at]
    row = mover(arc, lot.first_hour)
    return Piece(
        lot=at,
        link=row["link"],
        first_hour=lot.first_hour,
        hours=lot.hours,
        gbps=0,
        price_micros_per_gbps_hour=row["price_micros_per_gbps_hour"],
    )


def _award(
    piece: Piece, lots: list[AuctionAward], links: dict[int, AuctionLink], per_gb: int
) -> AuctionLinkAward:
    by_hour = piece.gbps * piece.hours * piece.price_micros_per_gbps_hour
    return AuctionLinkAward(
        award=lots[piece.lot],
        offered=links[piece.link],
        first_hour=piece.first_hour,
        hours=piece.hours,
        gbps=piece.gbps,
        gb=piece.gb,
        price_micros_per_gbps_hour=piece.price_micros_per_gbps_hour,
        price_micros_per_gb=per_gb,
        value_micros=by_hour + piece.gb * per_gb,
    )
