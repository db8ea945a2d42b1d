"""A book begun from stored rows goes on as if it had never stopped."""

from exchange.book import Book
from exchange.book import commands as say

NINE = 9


def nation(book: Book) -> Book:
    book.apply(say.Pool(pool=1, seller=2, chip="a", devices=8, gflops={"TRAINING": 100}))
    for member in (2, 3, 4):
        book.apply(say.Member(member=member))
        book.apply(say.Funds(member=member, available_micros=10**12))
    return book


def sell(listing: int, devices: int, hours: int) -> say.Sell:
    return say.Sell(
        listing=listing,
        member=2,
        pool=1,
        devices=devices,
        first_hour=NINE,
        hours=hours,
        ask_micros=20_000,
    )


def buy(order: int, member: int, amount: int, **more: object) -> say.Buy:
    facts = {"hours": 1, "first_hour": NINE, "last_hour": NINE + 1, "limit_micros": 20_000}
    return say.Buy(order=order, member=member, amount=amount, **{**facts, **more})  # type: ignore[arg-type]


def test_what_is_laid_trades_on_like_what_was_there() -> None:
    before = nation(Book())
    before.apply(sell(1, 4, 2))
    before.apply(buy(1, 3, 3))
    before.apply(buy(2, 3, 9, splittable=True, time_in_force="GTC"))

    pool = say.Pool(pool=1, seller=2, chip="a", devices=8, gflops={"TRAINING": 100})
    again = Book()
    again.apply(say.Pool(pool=1, seller=2, chip="a", devices=8, used={NINE: 4, NINE + 1: 4}))
    again.apply(pool)
    for member in (2, 3, 4):
        again.apply(say.Member(member=member))
        again.apply(say.Funds(member=member, available_micros=10**12))
    again.lay_listing(sell(1, 4, 2), arrival=1, version=1, free=[0, 4])
    hold = 20_000 * 9
    again.lay_order(
        buy(2, 3, 9, splittable=True),
        arrival=5,
        version=1,
        filled=1,
        spent_micros=20_000,
        left_micros=hold - 20_000,
        fixed_start=NINE,
    )
    again.number = before.number

    for command in (
        buy(7, 4, 2, first_hour=NINE + 1, last_hour=NINE + 2),
        sell(8, 4, 1),
        say.Cancel(order=2, member=3),
        say.Withdraw(listing=1, member=2),
    ):
        assert again.apply(command) == before.apply(command)


def test_a_listing_with_the_same_free_in_every_hour_is_laid_too() -> None:
    again = Book()
    again.apply(say.Pool(pool=1, seller=2, chip="a", devices=8, used={NINE: 4, NINE + 1: 4}))
    again.apply(say.Member(member=2))
    again.lay_listing(sell(1, 4, 2), arrival=1, version=1, free=[4, 4])
    again.number = 1

    (ended,) = again.apply(say.Withdraw(listing=1, member=2))

    assert ended.number == 2  # type: ignore[union-attr]
