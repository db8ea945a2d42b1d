"""The sieve counts what survives each condition, in the order in which one reads them."""

from exchange.book import sieve_of
from exchange.requirement import CONDITIONS, Requirement
from tests.unit.exchange.books import YUAN, offer, want


def survivors(**facts: object) -> dict[str, int]:
    offers = [offer(1), offer(2, ask_micros=3 * YUAN), offer(3, free=(2,) * 10, min_devices=2)]
    return {step.code: step.survivors for step in sieve_of(want(**facts), offers)}


def test_all_conditions_are_shown_in_order() -> None:
    steps = [step.code for step in sieve_of(want(), [])]

    assert steps == ["OPEN", *CONDITIONS, "WINDOW", "AMOUNT", "LINK", "PRICE"]


def test_amount_and_price_thin_out_what_is_left() -> None:
    left = survivors()
    assert (left["OPEN"], left["RTT"], left["WINDOW"], left["AMOUNT"], left["PRICE"]) == (
        3,
        3,
        3,
        2,
        1,
    )


def test_a_splittable_order_counts_parts() -> None:
    left = survivors(splittable=True)
    assert (left["AMOUNT"], left["PRICE"]) == (3, 2)


def test_a_condition_that_nothing_satisfies_leaves_nothing_after_it() -> None:
    left = survivors(requirement=Requirement(stack="CANN"))
    assert (left["CHIP"], left["STACK"], left["PRICE"]) == (3, 0, 0)


def test_a_window_without_free_hours_leaves_nothing() -> None:
    assert survivors(first_hour=200, last_hour=210)["WINDOW"] == 0
