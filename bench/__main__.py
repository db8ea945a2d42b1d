"""`make bench`: measure against known peers; prints a table, writes bench/results/latest.json."""

import argparse
import importlib
import signal

import django

from bench import place


def main() -> None:
    """Measure in a throw-away database."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load in a round")
    parser.add_argument("--only", nargs="*", default=[], choices=["path", "ledger", "pages"])
    options = parser.parse_args()
    # Ended from outside, it still drops its databases and stops its programs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    place.move_in()
    django.setup()
    with place.furnished():
        # Modules that know the models can be loaded only now.
        run = importlib.import_module("bench.run")
        run.run(rounds=options.rounds, seconds=options.seconds, only=options.only)


main()
