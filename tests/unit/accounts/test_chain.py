"""The chain as pure arithmetic: every tampering with it is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.domain.chain import START, DeedFacts, Link, canonical, chained, first_break

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def _deed(number: int) -> DeedFacts:
    return DeedFacts(
        deed_id=number,
        at_market=NOON + timedelta(minutes=number),
        at_wall=NOON,
        actor_person_id=1,
        actor_member_id=2,
        verb="ORDER_PLACED",
        subject=f"order:{number}",
        facts={"devices": number, "note": "算力"},
    )


@pytest.fixture
def links() -> list[Link]:
    return list(chained([_deed(number) for number in range(1, 6)], sequence=0, head=START))


def test_an_untouched_chain_holds(links: list[Link]) -> None:
    assert first_break(links) is None
    assert first_break([]) is None


def test_a_chain_continues_where_it_ended(links: list[Link]) -> None:
    more = chained([_deed(6)], sequence=5, head=links[-1].hash)

    assert first_break([*links, *more]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"devices": 3, "note": "算"}},
        {"facts": {"devices": 4, "note": "算力"}},
        {"verb": "ORDER_PLACEd"},
        {"subject": "order:4"},
        {"actor_person_id": 3},
        {"actor_member_id": None},
        {"at_market": NOON + timedelta(minutes=3, microseconds=1)},
        {"at_wall": NOON + timedelta(microseconds=1)},
        {"deed_id": 30},
    ],
)
def test_changing_anything_a_deed_says_is_found(
    links: list[Link], change: dict[str, object]
) -> None:
    links[2] = replace(links[2], deed=replace(links[2].deed, **change))  # type: ignore[arg-type]

    broken = first_break(links)

    assert broken is not None
    assert broken.sequence == 3


def test_a_lost_deed_a_swap_and_a_new_hash_are_found(links: list[Link]) -> None:
    lost = links[:2] + links[3:]
    swapped = [*links[:2], replace(links[2], deed=links[3].deed, hash=links[3].hash), *links[3:]]
    forged = [*links[:2], replace(links[2], hash="f" * 64), *links[3:]]
    rewritten = links[:2] + list(
        chained([replace(_deed(3), verb="NOTHING")], sequence=2, head=links[1].hash)
    )

    assert [getattr(first_break(case), "sequence", None) for case in (lost, swapped, forged)] == [
        3,
        3,
        3,
    ]
    assert getattr(first_break([*rewritten, *links[3:]]), "sequence", None) == 4


def test_the_same_facts_have_one_spelling() -> None:
    assert (
        canonical({"b": 1, "a": "算"})
        == canonical({"a": "算", "b": 1})
        == '{"a":"算","b":1}'.encode()
    )
