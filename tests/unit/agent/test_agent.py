"""An agent's turns: with the platform, without it, and after another one has begun."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.client import FencedOff, Refused, Session, Unreachable
from gridhour_agent.conformance.reference import CHAIN, Reference, serving
from gridhour_agent.connector import ConnectorFailed, Fenced, Handover
from gridhour_agent.market_time import wall_now
from gridhour_agent.sending import PATIENCE
from gridhour_agent.wire import Command
from gridhour_agent.working import do

from tests.unit.agent.site import platform, site_at

HANDOVER = f"{CHAIN}-g1"


def test_an_agent_does_its_work_and_sends_what_it_metered(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(4)

    outcomes = {row.kind: row.result for row in reference.work.rows}
    assert all(told is not None and told["outcome"] == "DONE" for told in outcomes.values())
    assert reference.work.outputs == {"job-1": b"simulated: nothing ran\n"}
    assert reference.heartbeats[-1]["handovers"][0]["handover"] == HANDOVER
    assert any(beat["jobs"] and not beat["jobs"][0]["running"] for beat in reference.heartbeats)
    # Three hours have passed: twelve quarters, and perhaps one more by now.
    assert len(reference.work.stored) in {12, 13, 14, 15, 16}
    assert site.spool.backlog == 0


def test_a_day_without_the_platform_costs_no_reading(tmp_path: Path) -> None:
    reference = Reference()
    reference.began -= timedelta(hours=30)
    reference.work.began = reference.began
    with serving(reference) as url:
        port = int(url.rpartition(":")[2])
        site = site_at(url, tmp_path, reference.new_code())
        site.hours.shift = -timedelta(hours=30)
        reference.skew = timedelta(0)
        site.turns(2)
    before = len(reference.work.stored)
    for hours in range(30, -1, -1):
        site.hours.shift = -timedelta(hours=hours)
        assert site.agent.turn() > 1
    waiting = site.spool.backlog
    with serving(reference, port):
        site.turns(3)

    window = 8 * 4
    assert waiting == window - before
    assert len(reference.work.stored) == reference.work.length == window
    assert site.spool.backlog == 0


def test_the_same_batch_after_a_lost_answer_is_stored_once(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)
        site.agent._meter()
        batch = site.spool.batches()[0]
        site.agent.readings._send(batch)
        body = {"readings": list(batch.readings), "head": batch.head}
        again = site.agent.session.call(
            "readings", chain=batch.chain, signature=batch.signature, **body
        )

    assert (again["stored"], again["known"]) == (0, len(batch.readings))


def test_an_agent_that_was_fenced_off_stops(tmp_path: Path) -> None:
    with platform() as (url, reference):
        first = site_at(url, tmp_path, reference.new_code())
        first.turns(1)
        second = Session(first.agent.session.doors, first.key, first.agent.session.agent)
        second.begin()

        with pytest.raises(FencedOff):
            first.turns(1)


def test_an_agent_whose_key_is_revoked_stops(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)
        reference.tokens.clear()
        reference.keys.clear()

        with pytest.raises(Refused, match="E-AGENT-02"):
            site.turns(1)


def test_an_expired_credential_is_renewed_by_the_way(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)
        reference.tokens.clear()
        site.turns(1)

    assert len(reference.heartbeats) == 2


def test_a_clock_that_is_off_keeps_the_readings(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.hours.shift = timedelta(minutes=5)
        site.turns(3)
        waiting = site.spool.backlog
        site.hours.shift = timedelta(0)
        site.turns(1)

    assert waiting >= 12
    assert site.spool.backlog == 0


def test_a_restored_platform_is_given_the_chain_anew(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)
        site.agent._meter()
        reference.work.head = "d" * 64
        site.turns(2)

    assert len(reference.work.stored) >= 12
    assert site.spool.backlog == 0


def test_readings_that_are_refused_for_ever_are_set_aside_and_counted(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)
        site.agent._meter()
        waiting = site.spool.backlog
        reference.work.chain = "gh-another"
        for _ in range(PATIENCE):
            site.agent.readings.turn()

    assert waiting >= 12
    assert site.agent.readings.dropped == waiting
    assert "404" in site.agent.readings.last_refusal


def test_a_silent_quarter_is_passed_after_an_hour(tmp_path: Path, monkeypatch: Any) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(1)

        def silent(_handover: Handover, windows: Any) -> list[None]:
            raise ConnectorFailed("the meter is away")

        monkeypatch.setattr(site.agent.connector, "read_meter", silent)
        site.turns(2)
        place = site.spool.place_of(CHAIN)

    assert place is not None
    assert timedelta(minutes=60) <= wall_now() - place[2] <= timedelta(minutes=90)
    assert site.agent.metering.gaps >= 7


def test_without_the_platform_a_hand_over_ends_long_after_its_window(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.turns(2)
    assert site.agent.connector.inventory() == [HANDOVER]
    site.turns(1)
    still = site.agent.connector.inventory()
    site.hours.shift = timedelta(hours=7)
    site.turns(1)

    assert still == [HANDOVER]
    assert site.agent.connector.inventory() == []
    assert reference.work.stored


def test_pauses_grow_while_nothing_answers(tmp_path: Path) -> None:
    site = site_at("http://127.0.0.1:9", tmp_path, name="sa-nobody")

    pauses = [site.agent.turn() for _ in range(7)]

    assert pauses == [4, 8, 16, 30, 30, 30, 30]
    assert "no platform" not in site.spool.fact("last_turn")
    assert site.spool.fact("last_turn")["error"]


def command(kind: str, **facts: Any) -> Command:
    return Command(1, kind, HANDOVER, "job-1", 1, facts)


def test_what_goes_wrong_at_the_site_is_a_failure_of_the_work(tmp_path: Path) -> None:
    site = site_at("http://127.0.0.1:9", tmp_path, name="sa-nobody")
    connector = site.agent.connector
    connector.ensure(Handover(f"{CHAIN}-g2", 1))
    size = {"devices": 1, "gflops_per_device": 1}

    fenced = do(connector, command("PROVISION", **size))
    unknown = do(connector, command("DANCE"))
    broken = do(connector, command("PROVISION"))
    no_argv = do(connector, command("RUN", argv="echo", devices=1, time_limit_s=1))
    untested = do(connector, command("ACCEPT", **size))

    assert (fenced["outcome"], fenced["fenced"]) == ("FAILED", True)
    assert "DANCE" in unknown["error"]
    assert broken["error"] == "WireBroken: devices is not a whole number"
    assert "argv" in no_argv["error"]
    assert untested["error"] == "there is no such hand-over"
    assert do(connector, command("CANCEL")) == {"outcome": "DONE"}
    assert do(connector, command("RELEASE")) == {"outcome": "DONE"}
    with pytest.raises(Fenced):
        connector.ensure(Handover(HANDOVER, 1))


def test_a_report_on_a_lease_that_is_over_is_dropped(tmp_path: Path) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        site.agent.session.begin()
        lease = site.agent.session.call("leases", limit=1)["commands"][0]
        stale = Command.read(lease | {"lease": 9})

        site.agent._report(stale, {"outcome": "DONE"})

    assert reference.work.rows[0].result is None


def test_a_platform_that_talks_nonsense_ends_no_agent(tmp_path: Path, monkeypatch: Any) -> None:
    with platform() as (url, reference):
        site = site_at(url, tmp_path, reference.new_code())
        monkeypatch.setattr(reference, "_heartbeats", lambda _body: {"clock": "noon"})
        assert site.agent.turn() > 1

    assert site.spool.fact("last_turn")["error"] == "clock is not an object"
    with pytest.raises(Unreachable):
        site.agent.session.call("leases", limit=1)
