"""Statistics of the bench and the shape of its file. Nothing here is timed."""

import json
from pathlib import Path

import pytest

from bench.figures import GOALS, Figure, Goal, Round, Run, collect, median, percentile
from bench.report import save, table
from bench.run import MEASURES, Wanted

MACHINE: dict[str, object] = {
    "model": "test",
    "processors": 2,
    "memory_mb": 1,
    "system": "none",
    "postgres": "none",
    "python": "3",
}


def _round(ours: float, peer: float, foreign_bp: int = 0) -> Round:
    return Round(
        ours=Run(ours, "orders/s", cpu_us_each=900.0, foreign_bp=foreign_bp),
        peer=Run(peer, "inserts/s", cpu_us_each=80.0),
    )


def _collected(taken: list[Round], rounds: int) -> Figure:
    source = iter(taken)
    figure = Figure("path.x", "ratio", "a mix", Goal(0.25))
    collect([figure], lambda: [next(source)], rounds, lambda _figure, _round: None)
    return figure


@pytest.mark.parametrize(
    ("values", "middle"), [([], 0.0), ([3.0], 3.0), ([9.0, 1.0, 2.0], 2.0), ([4.0, 1.0], 2.5)]
)
def test_the_median_is_the_middle(values: list[float], middle: float) -> None:
    assert median(values) == middle


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(1, 101)]

    assert (percentile(values, 95), percentile(values, 50)) == (95.0, 50.0)
    assert (percentile([7.0], 95), percentile([], 95)) == (7.0, 0.0)


def test_a_figure_is_the_median_of_ratios_not_the_ratio_of_medians() -> None:
    figure = _collected([_round(1, 1), _round(10, 100), _round(30, 100)], 3)

    assert figure.value == pytest.approx(0.3)
    assert figure.goal.holds(figure.value) is True


def test_noisy_rounds_are_discarded_and_counted() -> None:
    figure = _collected([_round(1, 1, 1_000), _round(2, 1), _round(9, 1, 5_000), _round(2, 1)], 2)

    assert (figure.value, figure.discarded, figure.noisy) == (2.0, 2, False)


def test_after_ten_discards_it_reports_all_the_same_and_says_so() -> None:
    figure = _collected([_round(1, 1, 2_000)] * 12, 2)

    assert (len(figure.rounds), figure.discarded, figure.noisy) == (2, 10, True)
    assert "NOISY" in table([figure], MACHINE)


def test_goals_compare_in_their_direction() -> None:
    assert Goal(1.5, most=True).holds(1.5) is True
    assert Goal(1.5, most=True).holds(1.6) is False
    assert Goal(0.25).holds(0.24) is False
    assert Goal().holds(0.0) is None
    assert [str(goal) for goal in (Goal(0.25), Goal(2, most=True), Goal())] == [
        "≥ 0.25",
        "≤ 2",
        "none yet",
    ]


def test_the_file_has_the_promised_shape(tmp_path: Path) -> None:
    figure = _collected([_round(5, 10)], 1)
    place = tmp_path / "results" / "latest.json"

    save([figure], MACHINE, {"book.y": "no peer"}, place)

    document = json.loads(place.read_text())
    assert document["machine"]["processors"] == 2
    (row,) = document["figures"]
    assert {"id", "value", "unit", "goal", "holds", "runs"} <= set(row)
    assert (row["id"], row["value"], row["holds"]) == ("path.x", 0.5, True)
    assert row["runs"][0]["ours"]["cpu_us_each"] == 900.0
    assert document["missing"] == {"book.y": "no peer"}
    assert "900.0 CPU µs each" in table([figure], MACHINE)


def test_a_figure_without_a_peer_is_its_own_value() -> None:
    figure = Figure("path.takeover_s", "s", "a mix", Goal(5, most=True))
    collect([figure], lambda: [Round(Run(2.5, "s"))], 3, lambda _figure, _round: None)

    assert (figure.value, figure.goal.holds(figure.value)) == (2.5, True)
    assert "peer" not in table([figure], MACHINE)


def test_figures_measured_together_wait_for_each_others_quiet_rounds() -> None:
    first, second = (Figure(name, "ratio", "a mix") for name in ("path.a", "path.b"))
    passes = iter([[_round(1, 1, 9_000), _round(2, 1)], [_round(3, 1), _round(4, 1)]])

    collect([first, second], lambda: next(passes), 1, lambda _figure, _round: None)

    assert (first.value, first.discarded, second.value, second.discarded) == (3.0, 1, 2.0, 0)


def test_one_figure_or_a_group_can_be_asked_for() -> None:
    def places(*only: str) -> list[str]:
        return Wanted(5, 4.0, "mixed", only).places

    assert places("book.growth_1k_to_100k") == ["bench.books:Growth"]
    assert places("path") == ["bench.orders:OrderPath", "bench.takeover:Takeover"]
    assert places() == list(MEASURES)
    assert not Wanted(5, 4.0, "mixed", ["book"]).needs_database
    assert Wanted(5, 4.0, "mixed").needs_database


def test_every_figure_that_is_measured_has_its_goal() -> None:
    assert {id_ for ids in MEASURES.values() for id_ in ids} == set(GOALS)
