"""Limits that an operator sets: heard before the next order, a member's own as a whole."""

import pytest

from accounts.domain.refusals import MemberUnknown
from accounts.models import Deed
from exchange.refusal import NotPermitted, Refused
from marketplace.actions import seed_trading_limits, set_trading_limits
from marketplace.domain.limits import FIRST, Limits
from marketplace.queries.limits import limits_for, members_with_limits, own_limits
from tests.world import World, micros


def limit(world: World, member_id: int | None = None, **bounds: int) -> None:
    limits = Limits(**bounds) if bounds else None
    eli = world.cast.eli.person.pk
    set_trading_limits(member_id=member_id, limits=limits, by_person_id=eli, now=world.now)


def code_of(world: World, **order: object) -> str:
    with pytest.raises(Refused) as refused:
        world.order(**order)  # type: ignore[arg-type]
    return refused.value.code


def test_the_first_limits_are_written_once(world: World) -> None:
    seed_trading_limits()
    limit(world, None, most_messages=7)
    seed_trading_limits()

    assert own_limits(None) == Limits(most_messages=7)
    assert FIRST.most_order_micros == 10**12


def test_everybodys_limits_bind_until_a_member_has_its_own(world: World) -> None:
    ben = world.cast.ben.id
    limit(world, None, most_order_devices=4)
    assert code_of(world) == "E-LIMIT-02"

    limit(world, ben, most_order_micros=micros("33.92"))
    assert limits_for(ben).most_order_devices is None
    assert world.order().state == "OPEN"
    assert code_of(world, amount=9) == "E-LIMIT-01"

    limit(world, ben)
    assert code_of(world) == "E-LIMIT-02"
    assert not members_with_limits().exists()


def test_what_is_open_counts(world: World) -> None:
    limit(world, world.cast.ben.id, most_open_micros=micros("50"))

    world.order()

    assert code_of(world) == "E-LIMIT-03"


def test_messages_are_counted_by_the_second(world: World) -> None:
    limit(world, None, most_messages=1)
    # One turn at a time takes the wall's second; three in a row cannot all be another second.
    codes = []
    for _ in range(3):
        try:
            world.order()
        except Refused as refused:
            codes.append(refused.code)

    assert set(codes) <= {"E-LIMIT-04"}


def test_only_an_operator_sets_limits_and_a_deed_says_so(world: World) -> None:
    ben = world.cast.ben
    with pytest.raises(NotPermitted):
        set_trading_limits(member_id=ben.id, limits=None, by_person_id=ben.person.pk, now=world.now)
    with pytest.raises(MemberUnknown):
        limit(world, 10**6, most_messages=1)
    with pytest.raises(Refused) as refused:
        limit(world, ben.id, most_messages=0)
    assert (refused.value.code, refused.value.field) == ("E-RANGE-01", "most_messages")

    limit(world, ben.id, most_messages=9)

    deed = Deed.objects.get(verb="TRADING_LIMITS_SET")
    assert (deed.subject, deed.facts["most_messages"]) == (f"member:{ben.id}", 9)
