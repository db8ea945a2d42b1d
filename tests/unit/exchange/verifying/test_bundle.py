"""What is published names nobody, binds everybody, and is checked by one command."""

import json
from typing import Any

import pytest

from exchange.verifying.anonymous import Anonymous, anonymous
from exchange.verifying.bundle import bundle_of, check_bundle, opens, participants_of
from exchange.verifying.member import own_lines
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.rows import Unreadable
from tests.golden.complete_auction import sealed
from tests.unit.exchange.verifying.stage import Json, good

SALTS = {member: f"salt of {member}" for member in range(10)}


def published() -> tuple[Anonymous, dict[str, bytes]]:
    book, outcome = good()
    frozen = anonymous(book, SALTS)
    return frozen, bundle_of(frozen, sealed(frozen.book, outcome))


def codes(files: dict[str, bytes]) -> list[str]:
    return [finding.code for check in check_bundle(files) for finding in check.findings]


def test_a_published_bundle_has_nothing_wrong() -> None:
    _, files = published()

    assert codes(files) == []
    assert sorted(files) == ["README", "book.json", "commitments.json", "outcome.json"]
    assert b"sha256 of book.json" in files["README"]


def test_no_member_or_site_is_named() -> None:
    frozen, files = published()

    sellers = {offer["seller"] for offer in frozen.book["offers"]}
    assert sellers <= set(range(1, 7 + 1))
    assert {offer.get("site") for offer in frozen.book["offers"]} == {None, "site-1", "site-2"}
    assert b"salt" not in files["book.json"] + files["commitments.json"]


def test_a_member_opens_its_own_commitment_and_no_other() -> None:
    frozen, _ = published()
    rows = participants_of(frozen.commitments)

    mine = opens("a small day", rows, 7, SALTS[7])

    assert mine is not None
    assert frozen.book["offers"][0]["seller"] == mine
    assert opens("a small day", rows, 8, SALTS[7]) is None


def test_a_member_without_a_salt_is_refused() -> None:
    with pytest.raises(KeyError):
        anonymous(good()[0], {7: "x"})


def test_rows_that_change_after_the_commitment_are_found() -> None:
    frozen, files = published()
    book = json.loads(files["book.json"])
    book["offers"][3]["devices"] += 1

    assert "LINES" in codes({**files, "book.json": json.dumps(book).encode()})
    assert frozen.book["offers"][3]["devices"] == 9


def changed(files: dict[str, bytes], change: Any) -> dict[str, bytes]:
    said = json.loads(files["commitments.json"])
    change(said["participants"])
    return {**files, "commitments.json": json.dumps(said).encode()}


def test_commitments_that_lack_somebody_or_say_one_twice_are_found() -> None:
    _, files = published()

    assert codes(changed(files, lambda rows: rows.pop())) == ["COMMITMENT"]
    same = changed(files, lambda rows: rows[0].update(commitment=rows[1]["commitment"]))
    assert codes(same) == ["COMMITMENT"]
    assert codes(changed(files, lambda rows: rows.append(rows[0]))) == ["UNREADABLE"]


@pytest.mark.parametrize(
    "text", [b"{", b'{"auction": 1.5}', b'{"auction": 1, "auction": 2}', b"[]", b"\xff"]
)
@pytest.mark.parametrize("name", ["book.json", "outcome.json", "commitments.json"])
def test_a_file_that_cannot_be_read_is_one_finding(name: str, text: bytes) -> None:
    _, files = published()

    assert codes({**files, name: text}) == ["UNREADABLE"]


def test_a_missing_file_is_one_finding() -> None:
    _, files = published()
    del files["outcome.json"]

    assert codes(files) == ["UNREADABLE"]


def test_a_refused_row_is_one_finding() -> None:
    _, files = published()

    assert codes({**files, "book.json": b'{"auction": "x", "hours": 0}'}) == ["UNREADABLE"]
    with pytest.raises(Unreadable, match="participants"):
        participants_of({"participants": 3})


def lines(participant: int, book: Json, outcome: Json) -> dict[str, tuple[str, bool]]:
    read = read_book(book)
    found = own_lines(read, read_outcome(outcome, read), participant)
    return {line.row: (line.sentence, line.right) for line in found}


def test_a_member_reads_what_its_lines_pay_earn_and_lost() -> None:
    book, outcome = good()

    assert lines(3, book, outcome)["order 1"] == (
        "executes: pays 10700000 at the published prices, its limit is worth 36000000",
        True,
    )
    assert lines(6, book, outcome)["order 7"] == (
        "does not execute (PARENT): at the published prices it lost 7000000",
        True,
    )
    seven = lines(7, book, outcome)
    assert seven["offer 1"][0].startswith("sells 6 device-hours for 9000000")
    assert lines(9, book, outcome)["link 1"] == ("carries 10 Gbit/s-hours for 100000", True)


def test_a_member_sees_what_is_wrong_with_its_lines() -> None:
    book, outcome = good()
    outcome["accepted"][0]["pays_micros"] += 1
    outcome["prices"]["west"][1] = 0
    outcome["link_prices"]["w>s"][0] = 0
    del outcome["rejected"][0]

    assert not lines(3, book, outcome)["order 1"][1]
    assert not lines(8, book, outcome)["offer 2"][1]
    assert not lines(9, book, outcome)["link 1"][1]
    assert lines(6, book, outcome)["order 6"] == (
        "does not execute (not told): at the published prices it lost 1000000",
        False,
    )
