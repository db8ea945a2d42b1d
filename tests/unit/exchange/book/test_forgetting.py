"""What the book forgets so as not to grow: nobody must notice."""

from exchange.book import Book
from exchange.book.commands import Cancel, Halt, Member, Pool, Resume
from exchange.book.state import MOST_CHANGED, MOST_DEMANDS, State
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    YUAN,
    buy,
    market,
    pool,
    refusal,
    requires,
    sell,
    tell,
    trades,
)

CHEAP = {"limit_micros": YUAN // 2, "amount": 1}


def many_demands(book: Book, first: int = 0) -> State:
    state = book._state
    for number in range(first, first + MOST_DEMANDS + 1):
        state.demand(requires(max_rtt_us=number), "", "TRAINING")
    return state


def test_demands_are_forgotten_but_for_those_somebody_rests_with() -> None:
    near = {"city": "xian", "requires": requires(max_rtt_us=7)}
    book = market(buy(9, **CHEAP, **near), buy(8, unit="PFLOPS", **near, **{**CHEAP, "amount": 9}))
    tell(book, buy(7, **CHEAP), buy(6, unit="PFLOPS", limit_micros=YUAN, amount=9))
    tell(book, Cancel(order=7, member=BEN), Cancel(order=6, member=BEN))
    tell(book, sell(2, ask_micros=3 * YUAN))
    state = many_demands(book)
    assert len(state.queues) == 2
    assert len(state.demands) < 10
    assert state.most_demands == MOST_DEMANDS
    tell(book, pool(1, rtt_us={"xian": 5}), buy(5, **CHEAP))
    assert trades(tell(book, sell(1, ask_micros=YUAN // 2, devices=3, hours=2))) == [
        (9, 1, 1, 100),
        (5, 1, 1, 100),
    ]


def test_an_order_that_waits_out_a_halt_is_found_after_its_demand_was_forgotten() -> None:
    book = market(buy(9), Halt(scope="MEMBER", subject=str(BEN)))
    many_demands(book)
    tell(book, Resume(scope="MEMBER", subject=str(BEN)))
    assert trades(tell(book, sell(1))) == [(9, 1, 8, 100)]


def measured(number: int) -> Pool:
    """Ada's pool after another measurement: a new kind of listing, in a new aisle."""
    return pool(1, gflops={"TRAINING": 1_000_000 + number}, rtt_us={"xian": number})


def test_kinds_of_the_past_are_forgotten_and_listings_stay_to_be_sold() -> None:
    far = requires(max_rtt_us=10**6)
    waiting = buy(8, city="xian", requires=far, limit_micros=YUAN // 2, amount=2)
    book = market(measured(1), sell(1, devices=8), sell(2, devices=8), waiting)
    for number in range(2, 2 * MOST_CHANGED):
        tell(book, measured(number))
    state = book._state
    assert len(state.kinds) <= MOST_CHANGED + 3
    assert len(state.aisle_list) == len(state.aisles) <= MOST_CHANGED + 3
    assert trades(tell(book, buy(9, city="xian", requires=far))) == [(9, 1, 8, 100)]
    tell(book, sell(3, devices=2, hours=2, ask_micros=YUAN // 2))
    assert trades(tell(book, buy(7, member=CAI, amount=8))) == [(7, 2, 8, 100)]
    book = Book.restore(book.state())
    assert trades(tell(book, Member(member=ADA), buy(6))) == [(6, 1, 8, 102)]


def test_the_book_forgets_the_oldest_endings() -> None:
    book = market(buy(8), buy(9), buy(10))
    for order in (8, 9, 10):
        tell(book, Cancel(order=order, member=BEN))
    book.forget_ended(2)

    codes = [refusal(tell(book, Cancel(order=order, member=BEN)))[0] for order in (8, 9, 10)]
    assert codes == ["E-NOT-FOUND", "E-STATE-01", "E-STATE-01"]
    book.forget_ended(2)
    assert len(book.state()["ended_orders"]) == 2
