"""The books that the call auction is measured on, as the verifier reads them."""

import pytest

from bench.auction.generator import generate
from bench.auction.mix import UNIT_GFLOPS, Size
from bench.auction.onezone import onezone
from bench.auction.small import small
from exchange.verifying.reading import read_book

SIZE = Size(sites=40, hours=24, orders=120)


def test_a_book_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert generate(SIZE, 1) == generate(SIZE, 1)
    assert generate(SIZE, 1) != generate(SIZE, 2)


def test_links_change_neither_sites_nor_what_orders_ask() -> None:
    plain, linked = generate(SIZE, 1), generate(SIZE, 1, linked=True)

    for order in linked["orders"]:
        for bid in order["alternatives"]:
            bid.pop("link_gbps", None), bid.pop("move_gb", None)
    assert (plain["offers"], plain["orders"]) == (linked["offers"], linked["orders"])
    assert len(linked["links"]) > 0


@pytest.mark.parametrize("seed", range(1, 4))
def test_demand_is_about_115_of_100_offered(seed: int) -> None:
    book = generate("M", seed)
    rates = {node["node"]: node["gflops"]["TRAINING"] for node in book["nodes"]}
    offered = sum(row["devices"] * row["hours"] * rates[row["node"]] for row in book["offers"])
    firsts = [order["alternatives"][0] for order in book["orders"]]
    asked = sum(bid["amount"] * bid["hours"] for bid in firsts)

    # Gangs are scaled less, so that one offer can hold them.
    assert 0.75 < asked / offered <= 1.16
    assert all(bid["amount"] % UNIT_GFLOPS == 0 for bid in firsts)


@pytest.mark.parametrize("linked", [False, True])
def test_the_verifier_reads_every_book(linked: bool) -> None:
    read = read_book(generate(SIZE, 5, linked=linked))

    assert len(read.orders) == SIZE.orders
    assert bool(read.links) == linked


def test_the_verifier_reads_the_one_zone_book_and_small_ones() -> None:
    assert len(read_book(onezone(SIZE, 1)).nodes) == 1
    assert {one.number for one in read_book(small(7)).orders}
