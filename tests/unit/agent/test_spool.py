"""The spool keeps readings in one chain, through restarts, within its limit."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gridhour_agent.chain import Reading, genesis, link, readings_message
from gridhour_agent.conformance.refusal import signed
from gridhour_agent.identity import Key
from gridhour_agent.market_time import QUARTER
from gridhour_agent.spool import Spool
from gridhour_agent.wire import Meter
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.chain import extend, signed_message
from delivery.domain.chain import genesis as genesis_of_platform
from delivery.domain.metering import QuarterReading

START = datetime(2026, 12, 1, tzinfo=UTC)
CHAIN = "gh-GH-2026-000017"
METER = Meter(f"{CHAIN}-g1", CHAIN, 4, START, START + timedelta(hours=24), genesis(CHAIN), 0, START)


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return Key.kept_in(tmp_path)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path / "spool.sqlite")
    spool.follow([METER])
    return spool


def keep(spool: Spool, key: Key, count: int, first: int = 0) -> bool:
    readings = [Reading(START + (first + k) * QUARTER, 3_600) for k in range(count)]
    return spool.append(CHAIN, readings, START + (first + count) * QUARTER, key)


@given(amounts=st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)), max_size=20))
def test_agent_and_platform_hash_and_sign_the_same_bytes(amounts: list[tuple[int, int]]) -> None:
    head, hashes = genesis(CHAIN), []
    for sequence, (delivered, unhealthy) in enumerate(amounts, start=1):
        head = link(head, sequence, Reading(START + sequence * QUARTER, delivered, unhealthy))
        hashes.append(head)
    theirs = [QuarterReading(START + k * QUARTER, *pair) for k, pair in enumerate(amounts, 1)]

    assert hashes == extend(genesis_of_platform(CHAIN), 0, theirs)
    assert readings_message(CHAIN, head) == signed_message(CHAIN, head)


def test_readings_wait_in_batches_signed_when_they_were_metered(spool: Spool, key: Key) -> None:
    for k in range(5):
        keep(spool, key, 1, first=k)

    first = spool.batches(most=3)[0]
    spool.sent(first)
    second = spool.batches(most=3)[0]

    assert (first.first, len(first.readings), second.first, len(second.readings)) == (1, 3, 4, 2)
    for batch in (first, second):
        assert signed(key.public, batch.signature, readings_message(CHAIN, batch.head))
    assert spool.place_of(CHAIN) == (second.head, 5, START + 5 * QUARTER)


def test_a_restart_forgets_nothing(spool: Spool, key: Key, tmp_path: Path) -> None:
    keep(spool, key, 4)
    spool.keep("clock", {"factor": 1})
    spool.close()

    again = Spool(tmp_path / "spool.sqlite")

    assert (again.backlog, again.meters(), again.fact("clock")) == (4, [METER], {"factor": 1})


def test_the_platform_s_place_is_taken_only_where_ours_is_behind(spool: Spool, key: Key) -> None:
    keep(spool, key, 2)
    ahead = replace(METER, head="f" * 64, length=9, read_until=START + 9 * QUARTER)

    spool.follow([ahead])
    waiting = spool.place_of(CHAIN)
    spool.sent(spool.batches()[0])
    spool.follow([METER])
    ours = spool.place_of(CHAIN)
    spool.follow([ahead])

    assert waiting == ours
    assert spool.place_of(CHAIN) == ("f" * 64, 9, START + 9 * QUARTER)


def test_a_full_spool_takes_no_more_and_loses_nothing(tmp_path: Path, key: Key) -> None:
    spool = Spool(tmp_path / "small.sqlite", max_bytes=128 * 1024)
    spool.follow([METER])
    kept = 0
    while keep(spool, key, 50, first=50 * kept):
        kept += 1

    place = spool.place_of(CHAIN)
    refused = keep(spool, key, 50, first=50 * kept)

    assert 1 < kept < 20
    assert not refused
    assert spool.backlog == 50 * kept
    assert spool.place_of(CHAIN) == place
    assert (tmp_path / "small.sqlite").stat().st_size <= 128 * 1024 + 1024 * 1024
    for _ in range(kept):
        spool.sent(spool.batches(most=50)[0])
    assert keep(spool, key, 50, first=50 * kept)


def test_a_disk_that_is_full_keeps_all_or_nothing(tmp_path: Path, key: Key) -> None:
    spool = Spool(tmp_path / "hard.sqlite")
    spool.follow([METER])
    pages = spool.db.execute("PRAGMA page_count").fetchone()[0]
    spool.db.execute(f"PRAGMA max_page_count={pages + 1}")

    assert not keep(spool, key, 500)
    assert spool.backlog == 0
    spool.keep("clock", {"big": "x" * 100_000})
    assert spool.fact("clock") == {}


def test_other_trouble_with_the_file_is_not_taken_for_fullness(spool: Spool, key: Key) -> None:
    spool.db.execute("DROP TABLE readings")

    with pytest.raises(sqlite3.OperationalError):
        keep(spool, key, 1)


def test_what_was_changed_in_the_file_no_longer_fits_its_hash(spool: Spool, key: Key) -> None:
    keep(spool, key, 1)
    spool.db.execute("UPDATE readings SET body = replace(body, '3600', '9999')")
    batch = spool.batches()[0]

    told = Reading(START, int(batch.readings[0]["delivered_device_seconds"]))

    assert link(genesis(CHAIN), 1, told) != batch.head


def test_a_chain_goes_on_from_the_platform_s_head_when_that_was_restored(
    spool: Spool, key: Key
) -> None:
    keep(spool, key, 4)
    back = replace(METER, head="e" * 64, length=1, read_until=START + QUARTER)
    spool.follow([back])

    assert spool.chain_anew(CHAIN, key)
    batch = spool.batches()[0]

    assert (batch.first, len(batch.readings)) == (2, 3)
    head = "e" * 64
    for offset in range(3):
        head = link(head, 2 + offset, Reading(START + (1 + offset) * QUARTER, 3_600))
    assert batch.head == head
    assert not spool.chain_anew("gh-unknown", key)


def test_a_chain_that_is_never_taken_is_set_aside_and_begun_again(spool: Spool, key: Key) -> None:
    keep(spool, key, 3)

    assert spool.set_aside(CHAIN) == 3
    spool.follow([METER])
    assert spool.place_of(CHAIN) == (genesis(CHAIN), 0, START)


def test_readings_of_an_unknown_chain_are_not_kept(spool: Spool, key: Key) -> None:
    assert not spool.append("gh-unknown", [Reading(START, 1)], START + QUARTER, key)


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first, second = Key.kept_in(tmp_path), Key.kept_in(tmp_path)

    assert first.public == second.public
    assert (tmp_path / "agent.key").stat().st_mode & 0o777 == 0o600
