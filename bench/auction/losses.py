"""Who loses in a thousand small books: counted by the verifier, not by the clearing."""

from bench.auction.small import small
from bench.auction.taken import Taken
from bench.figures import Round, Run
from exchange.clearing.clearing import Config, clear
from exchange.verifying import report

BOOKS = 1_000
CONFIG = Config(dual_steps=30, search_steps=200, attempts=1)
NO_LOSS = ("no seller below the ask", "no buyer above limit or budget", "block offers")


def losses(taken: Taken, books: int = BOOKS) -> Round:
    """Return how many rows lose; what else the verifier finds is told beside it."""
    lost = other = executed = 0
    for number in range(books):
        if number % 100 == 0:
            print(f"  small book {number} of {books}", flush=True)
        book = small(taken.seed * 1_000_000 + number)
        outcome = clear(book, CONFIG)
        executed += len(outcome["accepted"])
        for check in report(book, outcome).checks:
            if check.name in NO_LOSS:
                lost += len(check.findings)
            else:
                other += len(check.findings)
    note = f"{executed} orders executed; {other} findings of another kind"
    return Round(Run(float(lost), "losses", note=note))
