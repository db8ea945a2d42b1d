"""Each condition has its own no, with what was wanted and what was found."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.requirement import CONDITIONS, Mismatch, Requirement, mismatches, satisfies
from tests.unit.exchange.books import H100

CASES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("FAMILY", {"families_allowed": frozenset({"ascend"})}, ["ascend"], "nvidia"),
    ("FAMILY", {"families_excluded": frozenset({"nvidia"})}, ["not nvidia"], "nvidia"),
    ("CHIP", {"chips_allowed": frozenset({"a100"})}, ["a100"], "h100"),
    ("STACK", {"stack": "CANN"}, "CANN", "CUDA"),
    ("MEMORY", {"min_memory_gb": 96}, 96, 80),
    ("SCALE_UP", {"min_scale_up_gbs": 900}, 900, 450),
    ("SCALE_OUT", {"min_scale_out_gbps": 800}, 800, 400),
    ("ZONE", {"zones_allowed": frozenset({"wuhu"})}, ["wuhu"], "qingyang"),
    ("PUE", {"max_pue_thousandths": 1_150}, 1_150, 1_180),
    ("CARBON", {"max_carbon_g_per_kwh": 400}, 400, 420),
    ("FIRMNESS", {"firmness": frozenset({"SURPLUS"})}, ["SURPLUS"], "FIRM"),
    ("RTT", {"max_rtt_us": 19_999}, 19_999, 20_000),
]


@pytest.mark.parametrize(("code", "asked", "wanted", "found"), CASES)
def test_a_condition_that_fails_is_named(
    code: str, asked: dict[str, Any], wanted: Any, found: Any
) -> None:
    requirement = Requirement(**asked)

    assert mismatches(requirement, H100) == (Mismatch(code, wanted, found),)
    assert not satisfies(requirement, H100)


def test_every_condition_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(CONDITIONS)


def test_a_requirement_that_asks_for_nothing_takes_anything() -> None:
    assert satisfies(Requirement(), replace(H100, rtt_us=None))


def test_figures_at_the_bound_satisfy() -> None:
    exact = Requirement(
        families_allowed=frozenset({"nvidia"}),
        chips_allowed=frozenset({"h100"}),
        stack="CUDA",
        min_memory_gb=80,
        min_scale_up_gbs=450,
        min_scale_out_gbps=400,
        max_rtt_us=20_000,
        firmness=frozenset({"FIRM"}),
        zones_allowed=frozenset({"qingyang"}),
        max_pue_thousandths=1_180,
        max_carbon_g_per_kwh=420,
    )

    assert mismatches(exact, H100) == ()


def test_an_unmeasured_round_trip_satisfies_no_ceiling() -> None:
    assert mismatches(Requirement(max_rtt_us=10**6), replace(H100, rtt_us=None)) == (
        Mismatch("RTT", 10**6, None),
    )
