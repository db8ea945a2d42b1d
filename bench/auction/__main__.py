"""`make bench-auction`: measure the call auction; writes bench/results/auction.json."""

import argparse
import tempfile
from pathlib import Path

from bench import report
from bench.auction.measures import MEASURES
from bench.auction.taken import Taken
from bench.child import PeerMissingError
from bench.figures import Figure
from bench.machine import facts

RESULTS = report.RESULTS.with_name("auction.json")


def main() -> None:
    """Take the wanted figures; each round has a seed of its own."""
    groups = sorted({measure.group for measure in MEASURES.values()})
    parser = argparse.ArgumentParser(prog="bench.auction", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="seeds 1 to so many")
    names = [*groups, *MEASURES]
    parser.add_argument("--only", nargs="*", default=[], choices=names, metavar="GROUP_OR_ID")
    options = parser.parse_args()
    figures, missing = measured(wanted(options.only), options.rounds)
    machine = facts("no database")
    report.save(figures, machine, missing, RESULTS)
    print(f"\n{report.table(figures, machine)}\n\nwritten to {RESULTS}")


def wanted(only: list[str]) -> list[str]:
    """Return the ids of groups and figures that are asked for; all where none is."""
    return [
        id_ for id_, measure in MEASURES.items() if not only or {id_, measure.group} & set(only)
    ]


def measured(ids: list[str], rounds: int) -> tuple[list[Figure], dict[str, str]]:
    """Return the figures, and why others are missing."""
    figures = [
        Figure(id_, MEASURES[id_].unit, MEASURES[id_].mix, MEASURES[id_].goal) for id_ in ids
    ]
    missing: dict[str, str] = {}
    for seed in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            taken = Taken(Path(folder), seed)
            for figure in figures:
                try:
                    row = MEASURES[figure.id].take(taken)
                except PeerMissingError as problem:
                    missing[figure.id] = str(problem)
                    continue
                figure.add(row, most_discards=0)
                report.progress(rounds, figure, row)
    return [figure for figure in figures if figure.rounds], missing


if __name__ == "__main__":
    main()
