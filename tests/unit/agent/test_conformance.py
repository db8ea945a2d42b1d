"""The suite passes the reference platform and finds each thing that a wrong one does."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from gridhour_agent.client import Doors
from gridhour_agent.commands import main
from gridhour_agent.conformance.checks import CHECKS
from gridhour_agent.conformance.reference import FAULTS, Reference
from gridhour_agent.conformance.suite import Skipped, Subject, run

from tests.unit.agent.site import platform

FOUND_BY = {
    "code_unknown_taken": "code-unknown",
    "code_serves_twice": "code-once",
    "code_forgets": "code-again",
    "proof_unchecked": "code-with-proof",
    "challenge_serves_twice": "challenge-once",
    "challenge_unbound": "challenge-bound",
    "challenge_made_up": "challenge-made-up",
    "key_unchecked": "key-proved",
    "credential_unneeded": "credential-needed",
    "fence_stands_still": "session-begins",
    "fence_ignored": "session-fences",
    "protocol_ignored": "protocol-known",
    "fields_ignored": "fields-known",
    "clock_wrong": "heartbeat-answers",
    "lease_twice": "leased-once",
    "lost_kept": "lost-given-again",
    "held_given_again": "lost-given-again",
    "lease_kept": "session-frees",
    "lease_ignored": "session-frees",
    "result_overwritten": "result-once",
    "figures_unneeded": "acceptance-needs-figures",
    "hole_taken": "output-in-order",
    "chain_of_anybody": "chain-own",
    "head_unchecked": "chain-checked",
    "signature_unchecked": "chain-checked",
    "skew_ignored": "clock-right",
    "reading_twice": "readings-once",
    "reading_overwritten": "reading-kept",
    "probe_unbounded": "probes-named",
    "measurement_unproved": "measurement-proved",
    "measurement_untrue": "measurement-true",
    "measurement_twice": "measurement-once",
    "way_of_anybody": "measurement-of-named",
    "agent_kept": "next-agent",
}


def verdicts_on(*faults: str) -> dict[str, str]:
    with platform(Reference(frozenset(faults))) as (url, reference):
        found = run(Subject(Doors(url), reference.new_code), CHECKS)
    return {one.check: one.verdict for one in found}


def test_the_reference_platform_conforms() -> None:
    assert set(verdicts_on().values()) == {"holds"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_platform_that_is_wrong_on_purpose_fails(fault: str) -> None:
    assert verdicts_on(fault)[FOUND_BY[fault]] == "broken"


def test_every_check_finds_something_that_the_reference_can_do_wrong() -> None:
    assert set(CHECKS) == set(FOUND_BY.values())
    assert set(FOUND_BY) == set(FAULTS)


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such faults"):
        Reference(frozenset({"sunshine"}))


def test_checks_without_codes_or_work_are_skipped_and_said(capsys: Any) -> None:
    with platform() as (url, reference):
        strict = main(["conform", url, "--code", reference.new_code(), "--strict", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert strict == 2
    assert told["counts"] == {"holds": len(CHECKS) - 1, "broken": 0, "skipped": 1}
    assert [one["check"] for one in told["checks"] if one["verdict"] == "skipped"] == ["next-agent"]


def test_the_command_says_what_is_broken(capsys: Any) -> None:
    with platform(Reference(frozenset({"reading_twice"}))) as (url, reference):
        result = main(["conform", url, "--code", reference.new_code()])

    assert result == 1
    assert "broken   readings-once        A batch is stored once" in capsys.readouterr().out


def test_codes_of_the_reference_can_be_typed_to_the_command() -> None:
    assert re.fullmatch("[0-9a-f]{32}", Reference().new_code())


def test_the_command_needs_an_address_and_a_code() -> None:
    assert main(["conform"]) == 1
    assert main(["conform", "https://gridhour.example"]) == 1
    assert main(["conform", "http://gridhour.example", "--code", "x"]) == 1


def test_nothing_serving_is_broken_not_skipped() -> None:
    found = run(Subject(Doors("http://127.0.0.1:9"), lambda: "code"), CHECKS)

    assert {one.verdict for one in found} == {"broken", "skipped"}
    assert "broken" in {one.verdict for one in found if one.check == "code-once"}


def test_without_a_code_nothing_is_claimed() -> None:
    def none_left() -> str:
        raise Skipped("none")

    with platform() as (url, _reference):
        found = run(Subject(Doors(url), none_left), CHECKS)

    assert {one.check for one in found if one.verdict == "holds"} <= {"code-unknown"} | {
        "credential-needed"
    }


def test_other_agents_can_be_tested_against_the_reference() -> None:
    serve = [sys.executable, "-m", "gridhour_agent", "conform", "--serve", "0"]
    with subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        url, code = one.stdout.readline().strip(), one.stdout.readline().strip()
        result = main(["conform", url, "--code", code])
        one.stdin.write("\n")
        one.stdin.flush()
        again = one.stdout.readline().strip()
        one.stdin.close()
        ended = one.wait(10)

    assert (result, ended) == (0, 0)
    assert again not in {"", code}
