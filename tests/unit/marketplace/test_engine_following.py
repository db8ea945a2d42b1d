"""A standby's book: the same chain as the leader's, and loaded again where it is not."""

import pytest

from accounts.actions import suspend_member
from marketplace.actions import halt_trading, resume_trading
from marketplace.models import JournalBatch, MarketSequence, Order, ReferencePrice
from tests.trading import Trading
from tests.world import micros
from timetable.models import GateKind, GateRule

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_standby_keeps_the_leaders_chain_and_takes_over_where_it_stood(trading: Trading) -> None:
    standby = trading.standby()
    listing, resting = trading.take(trading.sell(), trading.buy(limit_micros=micros("1.00")))
    trading.take(trading.buy("part", amount=3), trading.cancel(resting.id))
    standby.follow()

    leader, book = trading.turns.market, standby.market
    assert (book.journal, book.chain) == (leader.journal, leader.chain)
    assert book.book.number == leader.book.number
    assert set(book.orders) == set(leader.orders)
    assert book.listings[listing.id].free == leader.listings[listing.id].free
    assert book.loaded


def test_a_standby_that_loads_late_holds_what_the_leader_holds(trading: Trading) -> None:
    trading.take(trading.sell(), trading.buy(amount=3), trading.buy(limit_micros=micros("1.00")))
    late, leader = trading.standby().market, trading.turns.market

    assert (late.journal, late.chain, late.book.number) == (
        leader.journal,
        leader.chain,
        leader.book.number,
    )
    assert set(late.orders) == set(leader.orders)


def test_a_standby_that_meets_a_forged_batch_loads_again(trading: Trading) -> None:
    standby = trading.standby()
    trading.take(trading.sell())
    standby.follow()
    forged = JournalBatch.objects.order_by("number").last()
    assert forged is not None
    forged.number += 1
    forged.chain = "f" * 64
    forged.save(force_insert=True)

    standby.follow()
    assert not standby.market.loaded
    standby.follow()

    assert standby.market.loaded
    assert standby.market.chain == MarketSequence.objects.get().chain
    assert set(standby.market.orders) == set(trading.turns.market.orders)


def test_a_standby_loads_while_the_leader_is_in_the_middle_of_a_turn(trading: Trading) -> None:
    seen: list[bool] = []

    def load_meanwhile(point: str) -> None:
        if point == "before_commit":
            seen.append(True)

    trading.turns.market.passes = load_meanwhile
    trading.take(trading.sell())
    assert seen
    assert trading.standby().market.loaded


def test_a_suspended_member_trades_no_more_from_the_next_turn_on(trading: Trading) -> None:
    world = trading.world
    (resting,) = trading.take(trading.buy(limit_micros=micros("1.00")))
    suspend_member(
        member_id=world.cast.ben.id,
        reason="a test",
        by_person_id=world.cast.eli.person.pk,
        now=world.now,
    )
    (answer,) = trading.take(trading.buy())

    assert answer.refused
    assert Order.objects.get(pk=resting.id).state in {"CANCELLED", "OPEN"}


def test_a_halt_bites_at_the_next_turn_and_is_numbered_before_it(trading: Trading) -> None:
    trading.take(trading.sell())
    halt = halt_trading(scope="MARKET", subject_id=None, reason="a test", now=trading.world.now)
    (halted,) = trading.take(trading.buy())
    halt.refresh_from_db()
    resume_trading(halt_id=halt.pk, now=trading.world.now)
    (resumed,) = trading.take(trading.buy())

    assert halted.refused == "Halted"
    assert halt.halted_number is not None
    assert resumed.state == "FILLED"


def test_a_new_reference_price_moves_the_collar_at_the_next_turn(trading: Trading) -> None:
    world = trading.world
    (before,) = trading.take(trading.buy())
    ReferencePrice.objects.create(
        chip=world.h100, price_micros=micros("20.00"), as_of=world.now, source="a test"
    )
    (far,) = trading.take(trading.sell(ask_micros=micros("1.85")))

    assert not before.refused
    assert far.refused


def test_a_new_gate_rule_closes_hours_at_the_next_turn(trading: Trading) -> None:
    world = trading.world
    (before,) = trading.take(trading.sell())
    kind = GateKind.CONTINUOUS_CLOSES_MINUTES_BEFORE
    GateRule.objects.create(kind=kind, minutes=12 * 60, valid_from=world.now)
    (late,) = trading.take(trading.sell())

    assert not before.refused
    assert late.refused
