"""A market that is loaded anew goes on counting, and forgets nothing that anybody is told."""

from datetime import timedelta

from marketplace.actions import set_trading_limits
from marketplace.actions.market import Market
from marketplace.domain.entry import CancelOrder, PlaceOrder, ReplaceOrder
from marketplace.domain.limits import Limits
from marketplace.queries.messages import messages_of_last_second
from tests.world import World
from timetable.queries import wall_now


def place(world: World, own_id: str, member: int | None = None) -> PlaceOrder:
    return PlaceOrder(
        member=member or world.cast.ben.id, client_order_id=own_id, request=world.request()
    )


def test_messages_count_on_when_the_market_is_loaded_in_the_same_second(world: World) -> None:
    eli = world.cast.eli.person.pk
    set_trading_limits(
        member_id=None, limits=Limits(most_messages=2), by_person_id=eli, now=world.now
    )
    wall = wall_now().replace(microsecond=0)

    def answer(own_id: str, after_s: float, member: int | None = None) -> str:
        at = wall + timedelta(seconds=after_s)
        (answer,) = Market().take_turn([place(world, own_id, member)], now=world.now, wall=at)
        return answer.refused

    told = [answer(f"lab-{n}", n / 10) for n in range(4)]

    assert told == ["", "", "TooManyMessages", "TooManyMessages"]
    assert answer("hers", 0.5, world.cast.dana.id) == ""
    second, members = messages_of_last_second()
    ben, dana = world.cast.ben.id, world.cast.dana.id
    assert (second, members) == (int(wall.timestamp()), [ben, ben, ben, ben, dana])
    assert answer("next", 1.0) == ""
    assert messages_of_last_second() == (int(wall.timestamp()) + 1, [ben])


def test_a_market_without_a_journal_has_heard_nothing(db: None) -> None:
    assert messages_of_last_second() == (0, [])


def test_a_loaded_market_counts_like_the_one_that_went_on(world: World) -> None:
    wall = wall_now().replace(microsecond=0)
    went_on = Market()
    entries = [place(world, "a"), place(world, "a"), place(world, "b")]
    went_on.take_turn(entries, now=world.now, wall=wall)
    change = ReplaceOrder(member=world.cast.ben.id, order_id=10**9, version=1, amount=1)
    went_on.take_turn([change], now=world.now, wall=wall + timedelta(milliseconds=200))

    loaded = Market()
    loaded.load(went_on.book.number)

    for told in ("second", "messages"):
        assert loaded.book.state()[told] == went_on.book.state()[told]


def test_what_the_book_forgot_the_market_answers_as_before(world: World) -> None:
    mine = Market()
    (placed,) = mine.take_turn([place(world, "a")], now=world.now, wall=wall_now())
    cancel = CancelOrder(member=world.cast.ben.id, order_id=placed.id)
    mine.take_turn([cancel], now=world.now, wall=wall_now())

    def again() -> tuple[str, object]:
        (answer,) = mine.take_turn([cancel], now=world.now, wall=wall_now())
        return answer.refused, answer.facts

    before = again()
    mine.book.forget_ended(0)
    assert again() == before
    assert before[0] == "MoveRefused"
