"""What an outcome sold, as rows: they wait until the market has made trades of them."""

from typing import Any

from marketplace.models import Auction, AuctionAward

Json = dict[str, Any]
# What a device counts for where its node does not say, as docs/auction-format.md has it.
UNRATED_GFLOPS = 1_000_000


def write_awards(auction: Auction, book: Json, outcome: Json) -> None:
    """Write a row for each rectangle that an order bought of an offer."""
    orders = {order.arrival: order for order in auction.orders.filter(state="ACCEPTED")}
    offers = {offer.arrival: offer for offer in auction.offers.filter(state="ACCEPTED")}
    nodes = {row["node"]: row for row in book["nodes"]}
    node_of = {row["offer"]: row["node"] for row in book["offers"]}
    awards = []
    for accepted in outcome["accepted"]:
        order = orders[accepted["order"]]
        workload = order.bids[accepted["alternative"]].get("workload_class", "TRAINING")
        for part in accepted["sold_by"]:
            node = node_of[part["offer"]]
            first, hours = part["first_hour"], part["hours"]
            prices = outcome["prices"][node][first : first + hours]
            awards.append(
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
    AuctionAward.objects.bulk_create(awards)
