"""Lines of commands in, lines of events out, and why an order filled or not."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.book import Book
from exchange.book import commands as say
from exchange.book import events as happened
from exchange.book.replay import NotACommand, replay

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
MARKET = (
    b'{"do":"pool","pool":1,"seller":1,"chip":"H","devices":8,"gflops":{"TRAINING":400000}}',
    b'{"do":"member","member":1}',
    b'{"do":"member","member":2}',
    b'{"do":"funds","member":2,"available_micros":1000000000}',
)


def sell(**facts: Any) -> bytes:
    plain = {"listing": 1, "member": 1, "pool": 1, "devices": 4, "first_hour": 10, "hours": 4}
    return json.dumps({"do": "sell", "ask_micros": 2_000_000} | plain | facts).encode()


def buy(**facts: Any) -> bytes:
    plain = {"order": 1, "member": 2, "amount": 2, "hours": 2, "first_hour": 10, "last_hour": 14}
    return json.dumps({"do": "buy", "limit_micros": 2_500_000} | plain | facts).encode()


def told(*lines: bytes, explain: bool = False) -> list[dict[str, Any]]:
    return [json.loads(line) for line in replay([*MARKET, *lines], Book(), explain=explain)]


def explained(*lines: bytes) -> dict[str, Any]:
    return told(*lines, explain=True)[-1]


def test_each_event_is_a_line() -> None:
    events = told(sell(), buy())

    assert [event["event"] for event in events] == ["accepted", "accepted", "traded", "ended"]
    assert [event["number"] for event in events] == [1, 2, 3, 4]


def test_a_refusal_names_its_line() -> None:
    (event,) = told(b"", b"# a remark", sell(devices=9))

    assert event == {
        "event": "rejected",
        "code": "E-CAP-01",
        "field": "devices",
        "facts": {"free": 8, "hour": 10},
        "line": 7,
    }


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b'{"do":"cancel","order":1}', "member", "missing"),
        (b'{"do":"cancel","order":1,"member":2,"colour":"red"}', "colour", "unknown"),
        (b'{"do":"clock","now_s":-1,"first_open":0}', "now_s", ">= 0"),
        (b'{"do":"buy","requires":{"firmness":["FIRM",3]}}', "requires.firmness[1]", "str"),
        (b'{"do":"dance"}', "do", "dance"),
        (b"[]", "", "object"),
        (b'{"do":', "", "truncated"),
        (b'{"do":"halt","reason":"\xff"}', "", "utf-8"),
    ],
)
def test_a_line_that_is_no_command_is_named_after_what_came_before(
    line: bytes, field: str, reason: str
) -> None:
    events: list[bytes] = []
    with pytest.raises(NotACommand, match="line 6") as caught:
        events.extend(replay([*MARKET, sell(), line, buy()], Book()))

    assert (caught.value.line, caught.value.field) == (6, field)
    assert reason in caught.value.reason


def test_a_mark_before_the_first_line_is_skipped() -> None:
    assert list(replay([b'\xef\xbb\xbf{"do":"clock","now_s":0,"first_open":0}\r\n'], Book())) == []


def test_a_filled_order_is_explained_with_the_limit_that_would_have_been_enough() -> None:
    line = explained(sell(), buy())

    assert line["explain"] == 1
    assert (line["credited"], line["blocked_by"]) == (2, "")
    assert line["survivors"]["OPEN"] == line["survivors"]["PRICE"] == 1
    assert line["fills_at_limit_micros"] == 2_000_000


@pytest.mark.parametrize(
    ("listing", "order", "blocked_by", "limit"),
    [
        ({}, {"limit_micros": 1_000_000}, "PRICE", 2_000_000),
        ({}, {"limit_micros": 1_000_000, "budget_micros": 1}, "PRICE", None),
        ({}, {"amount": 5}, "AMOUNT", None),
        ({}, {"amount": 5, "splittable": True}, "TOGETHER", None),
        ({}, {"first_hour": 14, "last_hour": 16}, "WINDOW", None),
        ({}, {"requires": {"zones_allowed": ["north"]}}, "ZONE", None),
        ({}, {"time_in_force": "GFA"}, "GFA", 2_000_000),
        ({}, {"amount": 2_000, "unit": "PFLOPS", "workload_class": "HPC"}, "TRADING", None),
        ({}, {"amount": 800_000, "unit": "PFLOPS"}, "PRICE", 5_000_000),
        ({}, {"member": 1}, "E-FUNDS-01", None),
        ({}, {"member": 9}, "E-NOT-FOUND", 2_000_000),
    ],
)
def test_what_kept_an_order_from_being_filled(
    listing: dict[str, Any], order: dict[str, Any], blocked_by: str, limit: int | None
) -> None:
    line = explained(sell(**listing), buy(**order))

    assert (line["blocked_by"], line["fills_at_limit_micros"]) == (blocked_by, limit)


def test_ones_own_listing_is_no_listing_for_oneself() -> None:
    line = explained(
        b'{"do":"funds","member":1,"available_micros":1000000000}', sell(), buy(member=1)
    )

    assert line["blocked_by"] == "SELF_TRADE"
    assert line["survivors"]["OTHERS"] == 0


def test_what_is_beyond_the_collar_or_halted_is_counted_out() -> None:
    reference = b'{"do":"reference","chip":"H","price_micros":1000000,"nominal_gflops":5}'
    beyond = explained(reference, sell(), buy())
    assert (beyond["blocked_by"], beyond["survivors"]["COLLAR"]) == ("E-COLLAR-01", 0)

    halted = explained(sell(), b'{"do":"halt","scope":"CHIP","subject":"H"}', buy())
    assert (halted["blocked_by"], halted["survivors"]["TRADING"]) == ("TRADING", 0)


rows = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 2))
SLOWER = b'{"do":"pool","pool":2,"seller":1,"chip":"L","devices":8,"gflops":{"TRAINING":200000}}'


@settings(max_examples=30)
@example(listings=[(2, 10, 1), (1, 6, 2)], amount=2, compute=True)
@given(listings=st.lists(rows, max_size=3), amount=st.integers(1, 6), compute=st.booleans())
def test_the_limit_named_is_the_smallest_that_fills_all(
    listings: list[tuple[int, int, int]], amount: int, compute: bool
) -> None:
    sells = [
        sell(listing=number, devices=devices, ask_micros=ask * 10_000, pool=pool)
        for number, (devices, ask, pool) in enumerate(listings, 1)
    ]
    asked: dict[str, Any] = {"amount": amount, "splittable": True, "time_in_force": "FOK"}
    if compute:
        asked |= {"unit": "PFLOPS", "amount": amount * 300_000}

    def fills(limit: int) -> bool:
        events = told(SLOWER, *sells, buy(limit_micros=limit, **asked))
        credited: int = sum(event.get("credited", 0) for event in events)
        return credited == int(asked["amount"])

    named = explained(SLOWER, *sells, buy(**asked))["fills_at_limit_micros"]
    assert fills(named or 10**12) == (named is not None)
    assert not any(fills(limit) for limit in range(10_000, named or 0, 10_000))


@pytest.mark.parametrize("name", ["minimal", "evening"])
def test_the_examples_of_the_documents_trade(name: str) -> None:
    lines = (EXAMPLES / f"{name}.jsonl").read_bytes().splitlines()
    book = Book()
    events = [json.loads(line) for line in replay(lines, book, explain=True)]

    assert any(event.get("event") == "traded" for event in events)
    assert [event["number"] for event in events if "number" in event] == list(
        range(1, book.number + 1)
    )


def test_the_evening_shows_what_the_page_says() -> None:
    lines = (EXAMPLES / "evening.jsonl").read_bytes().splitlines()
    events = [json.loads(line) for line in replay(lines, Book())]

    assert [event["code"] for event in events if event["event"] == "rejected"] == ["E-CAP-01"]
    assert {event.get("reason", "") for event in events if event["event"] == "ended"} == {
        *("", "FOK", "SELF_TRADE", "IOC", "BY_BUYER", "CANCEL_ALL", "GATE_CLOSED"),
    }
    assert {"halted", "resumed", "replaced"} < {event["event"] for event in events}


def test_commands_take_no_longer_window_than_the_market_trades() -> None:
    with pytest.raises(NotACommand, match=r"line 5, field hours"):
        told(sell(hours=10**12))


@pytest.mark.parametrize("page", ["replay.md", "replay.zh-Hans.md"])
def test_the_page_names_every_command_field_event_and_refusal(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    words = set(re.findall(r"`([^`\n]+)`", text)) | set(re.findall(r'"(\w+)":', text))
    kinds = [*get_args(say.Said), *get_args(happened.Happened)]
    tags = {str(kind.__struct_config__.tag) for kind in kinds}
    fields = {name for kind in (*get_args(say.Said), say.Requires) for name in names_of(kind)}
    sources = (ROOT / "exchange" / "book").glob("*.py")
    codes = {code for file in sources for code in re.findall(r"E-[A-Z]+-\w+", file.read_text())}

    assert len(codes) > 20
    assert (tags | fields | codes) - words == set()


def names_of(kind: Any) -> tuple[str, ...]:
    return tuple(kind.__struct_fields__)


@pytest.mark.parametrize("page", ["replay.md", "replay.zh-Hans.md"])
def test_the_page_begins_with_the_minimal_example(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    lines = (EXAMPLES / "minimal.jsonl").read_text().splitlines()

    assert "\n".join(line for line in lines if not line.startswith("#")) in text
