"""Every figure of the call auction: how it is taken, and its goal."""

from collections.abc import Callable
from typing import NamedTuple

from bench.auction import milp
from bench.auction.against_assume import against_assume, quality_against_assume
from bench.auction.losses import losses
from bench.auction.taken import Taken, run_of, yuan
from bench.figures import Goal, Round, Run

Take = Callable[[Taken], Round]


class Measure(NamedTuple):
    """A figure: its group for `--only`, unit, goal, and how a round of it is taken."""

    group: str
    unit: str
    goal: Goal
    take: Take
    mix: str


def points(ours_micros: int, other_micros: int, bound_micros: int) -> float:
    """Return by how many hundredths of the bound ours is above the other."""
    return 100 * (ours_micros - other_micros) / bound_micros


def per_order(seconds: float, orders: int) -> float:
    """Return milliseconds an order."""
    return seconds * 1_000 / orders


def _seconds(size: str, *, linked: bool = False) -> Take:
    def take(taken: Taken) -> Round:
        answer = taken.cleared(size, linked=linked)
        return Round(run_of(answer, answer["seconds"], "s"))

    return take


def _welfare(size: str, *, linked: bool = False) -> Take:
    def take(taken: Taken) -> Round:
        answer = taken.cleared(size, linked=linked)
        ours = run_of(answer, answer["welfare_micros"] / 1e6, "yuan")
        return Round(ours, yuan(answer["bound_micros"]))

    return take


def _rejected(size: str) -> Take:
    def take(taken: Taken) -> Round:
        answer = taken.cleared(size)
        ours = run_of(answer, answer["rejected_in_the_money"], "orders")
        return Round(ours, Run(answer["orders"], "orders"))

    return take


def _gib(taken: Taken) -> Round:
    answer = taken.cleared("L")
    return Round(run_of(answer, answer["peak_mib"] / 1024, "GiB"))


def _over_greedy(taken: Taken) -> Round:
    answer, naive = taken.cleared("L"), taken.greedy_micros("L")
    value = points(answer["welfare_micros"], naive, answer["bound_micros"])
    return Round(run_of(answer, value, "points"))


def _growth(taken: Taken) -> Round:
    large, middle = taken.cleared("L"), taken.cleared("M")
    return Round(
        run_of(large, per_order(large["seconds"], large["orders"]), "ms an order"),
        run_of(middle, per_order(middle["seconds"], middle["orders"]), "ms an order"),
    )


def _optimum(taken: Taken) -> Round:
    best = milp.optimum(taken.book("S"), taken.folder)
    answer = taken.cleared("S")
    ours = run_of(answer, answer["welfare_micros"] / 1e6, "yuan")
    note = f"{best['status']} after {best['seconds']} s, bound {best['bound_micros'] / 1e6:,.2f}"
    return Round(ours, Run(best["welfare_micros"] / 1e6, "yuan", note=note))


def _speed(taken: Taken) -> Round:
    best = milp.optimum(taken.book("S"), taken.folder)
    answer = taken.cleared("S")
    print("  the same book by MILP, to 0.97 of the optimum", flush=True)
    found = milp.time_to_share(taken.book("S"), best["welfare_micros"], taken.folder)
    note = f"{found['cpu_s']:.1f} s of processors" + ("" if found["reached"] else "; gave up")
    ours = run_of(answer, 1 / answer["seconds"], "books/s")
    return Round(ours, Run(1 / found["seconds"], "books/s", note=note))


def _threads(taken: Taken) -> Round:
    one, two = (taken.cleared("M", threads=threads)["digest"] for threads in (1, 2))
    return Round(Run(float(one == two), "same", note=f"{one[:16]} {two[:16]}"))


_BOOK = "demand 1.15 × capacity; 38 % divisible, 32 % blocks, 20 % gangs, 10 % groups"
_S = f"100 sites, 24 hours, 300 orders; {_BOOK}"
_M = f"1,000 sites, 48 hours, 3,000 orders; {_BOOK}"
_L = f"7,000 sites, 168 hours, 20,000 orders; {_BOOK}"
_ZONE = "one class in one zone, fixed hours, 3,000 orders over 48 hours; ÷ complex_clearing"
_LINKS = "; a third of blocks and gangs ask for a link"
_SMALL = "1,000 small books with every field of the format"

MEASURES = {
    "clearing.S_seconds": Measure("S", "s", Goal(5, most=True), _seconds("S"), _S),
    "clearing.S_vs_milp_optimum": Measure("S", "ratio", Goal(0.99), _optimum, _S),
    "clearing.S_speed_vs_milp": Measure("S", "ratio", Goal(10), _speed, _S),
    "clearing.M_seconds": Measure("M", "s", Goal(10, most=True), _seconds("M"), _M),
    "clearing.M_welfare_vs_bound": Measure("M", "ratio", Goal(0.98), _welfare("M"), _M),
    "clearing.M_rejected_share": Measure("M", "ratio", Goal(), _rejected("M"), _M),
    "clearing.M_same_bytes": Measure("threads", "same", Goal(1), _threads, f"1, 2 threads; {_M}"),
    "clearing.L_seconds": Measure("L", "s", Goal(60, most=True), _seconds("L"), _L),
    "clearing.L_welfare_vs_bound": Measure("L", "ratio", Goal(0.97), _welfare("L"), _L),
    "clearing.L_rejected_share": Measure("L", "ratio", Goal(0.03, most=True), _rejected("L"), _L),
    "clearing.L_gib": Measure("L", "GiB", Goal(2, most=True), _gib, _L),
    "clearing.L_points_over_greedy": Measure("L", "points", Goal(8), _over_greedy, _L),
    "clearing.growth_M_to_L": Measure("L", "ratio", Goal(2, most=True), _growth, f"L ÷ M; {_BOOK}"),
    "clearing.M_linked_seconds": Measure(
        "linked", "s", Goal(), _seconds("M", linked=True), _M + _LINKS
    ),
    "clearing.M_linked_welfare_vs_bound": Measure(
        "linked", "ratio", Goal(), _welfare("M", linked=True), _M + _LINKS
    ),
    "clearing.onezone_speed_vs_assume": Measure(
        "onezone", "ratio", Goal(10), against_assume, _ZONE
    ),
    "clearing.onezone_welfare_vs_assume": Measure(
        "onezone", "ratio", Goal(0.999), quality_against_assume, _ZONE
    ),
    "clearing.losses_in_1000_books": Measure(
        "losses", "losses", Goal(0, most=True), losses, _SMALL
    ),
}
