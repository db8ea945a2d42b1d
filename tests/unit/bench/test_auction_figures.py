"""The arithmetic of the call auction's figures, and that unsound outcomes count for nothing."""

import pytest

from bench.auction.__main__ import wanted
from bench.auction.losses import CONFIG, losses
from bench.auction.measures import MEASURES, per_order, points
from bench.auction.small import small
from bench.auction.taken import Taken, UnsoundError, run_of, sound
from exchange.clearing.clearing import clear
from exchange.verifying import verify

ANSWER = {
    "seconds": 2.0, "cpu_s": 3.0, "peak_mib": 512.0, "orders": 300, "welfare_micros": 97_000_000,
    "bound_micros": 100_000_000, "rejected_in_the_money": 4, "foreign_bp": 120, "findings": [],
}  # fmt: skip


def test_points_are_hundredths_of_the_bound() -> None:
    assert points(97, 85, 100) == pytest.approx(12)
    assert points(85, 97, 100) == pytest.approx(-12)


def test_growth_compares_time_by_order() -> None:
    assert per_order(60, 20_000) / per_order(9, 3_000) == pytest.approx(1)


def test_a_run_tells_welfare_bound_and_processor_time_of_an_order() -> None:
    run = run_of(ANSWER, 2.0, "s")

    assert (run.value, run.cpu_us_each, run.foreign_bp) == (2.0, 10_000, 120)
    assert "welfare 97.00 yuan, bound 100.00; 4 of 300 rejected in the money" in run.note


def test_an_outcome_with_findings_counts_for_nothing() -> None:
    assert sound(ANSWER) is ANSWER
    with pytest.raises(UnsoundError, match="LOSS order 3"):
        sound({**ANSWER, "findings": ["LOSS order 3"]})


def test_a_group_or_an_id_asks_for_its_figures_and_nothing_for_all() -> None:
    assert wanted([]) == list(MEASURES)
    assert wanted(["onezone"]) == [
        "clearing.onezone_speed_vs_assume",
        "clearing.onezone_welfare_vs_assume",
    ]
    assert wanted(["clearing.L_gib"]) == ["clearing.L_gib"]


def test_losses_are_those_that_the_verifier_finds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    taken = Taken(tmp_path, 1)  # type: ignore[arg-type]
    honest = losses(taken, books=10).ours

    def dear(book: object, config: object) -> dict[str, object]:
        """Return an outcome whose prices were raised after the clearing."""
        outcome = clear(book, CONFIG)
        for prices in outcome["prices"].values():
            prices[:] = [50_000_000] * len(prices)
        return outcome

    monkeypatch.setattr("bench.auction.losses.clear", dear)
    assert honest.value == 0
    assert losses(taken, books=10).ours.value > 0
    assert verify(small(1_000_000), dear(small(1_000_000), CONFIG))
