"""`make bench`: measure against known peers; prints a table, writes bench/results/latest.json."""

import argparse
import signal
from contextlib import ExitStack

import django

from bench import place
from bench.figures import MOST_DISCARDS
from bench.orders_mix import MIXES
from bench.run import Wanted, names, run
from config.compiled import prefer


def main() -> None:
    """Measure in a throw-away database."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load in a round")
    parser.add_argument("--mix", choices=sorted(MIXES), default="mixed", help="of the order path")
    parser.add_argument("--only", nargs="*", default=[], choices=names(), metavar="GROUP_OR_ID")
    parser.add_argument("--discards", type=int, default=MOST_DISCARDS, help="of noisy rounds")
    options = parser.parse_args()
    wanted = Wanted(
        rounds=options.rounds,
        seconds=options.seconds,
        mix=options.mix,
        only=options.only,
        discards=options.discards,
    )
    # Ended from outside, it still drops its databases and stops its programs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        # The turns of `bench.turns` are taken in this process, as an engine takes them.
        prefer()
        if wanted.needs_database:
            place.move_in()
            django.setup()
            stack.enter_context(place.furnished())
        run(wanted)


main()
