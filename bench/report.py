"""What the bench says: progress while it runs, a table, and a file that programs can check."""

import json
from pathlib import Path

from bench.figures import Figure, Round, median

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"
WIDTH = 20


def progress(rounds: int, figure: Figure, taken: Round) -> None:
    """Print where a figure stands, with the round just taken."""
    done = len(figure.rounds)
    bar = "█" * (done * WIDTH // rounds) + "·" * (WIDTH - done * WIDTH // rounds)
    noise = f", {figure.discarded} discarded" if figure.discarded else ""
    print(
        f"  {figure.id:<34} {bar} {done}/{rounds} {figure.unit} {taken.ratio:,.3f}{noise}",
        flush=True,
    )


def table(figures: list[Figure], machine: dict[str, object]) -> str:
    """Return the table: value, goal, and both sides with their processor time."""
    lines = [
        (
            f"machine: {machine['model']}, {machine['processors']} processors, "
            f"{machine['memory_mb']} MB; {machine['system']}; "
            f"{machine['postgres']}; Python {machine['python']}"
        ),
        "",
        f"{'figure':<34} {'value':>10} {'goal':>9} {'holds':>6} {'rounds':>7} {'discarded':>9}",
    ]
    for figure in figures:
        lines += _rows(figure)
    return "\n".join(lines)


def save(
    figures: list[Figure],
    machine: dict[str, object],
    missing: dict[str, str],
    to: Path = RESULTS,
) -> None:
    """Write `bench/results/latest.json`; `missing` tells why a figure has not been measured."""
    to.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine,
        "figures": [figure.as_json() for figure in figures],
        "missing": missing,
    }
    to.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _rows(figure: Figure) -> list[str]:
    holds = {True: "yes", False: "no", None: "–"}[figure.goal.holds(figure.value)]
    rows = [
        (
            f"{figure.id:<34} {figure.value:>10,.3f} {figure.goal!s:>9} {holds:>6}"
            f" {len(figure.rounds):>7} {figure.discarded:>9}"
        )
    ]
    for name, runs in (
        ("ours", [row.ours for row in figure.rounds]),
        ("peer", [row.peer for row in figure.rounds if row.peer is not None]),
    ):
        if not runs:
            continue
        value = median([run.value for run in runs])
        costs = [run.cpu_us_each for run in runs if run.cpu_us_each is not None]
        cost = f", {median(costs):,.1f} CPU µs each" if costs else ""
        foreign = median([float(run.foreign_bp) for run in runs]) / 100
        rows.append(
            f"    {name}: {value:,.1f} {runs[0].unit}{cost},"
            f" others used {foreign:.0f} % of the machine"
        )
        if runs[-1].note:
            rows.append(f"      last round: {runs[-1].note}")
    rows.append(f"    mix: {figure.mix}")
    if figure.noisy:
        rows.append("    NOISY: others used more than 10 % of the machine; measure again")
    return rows
