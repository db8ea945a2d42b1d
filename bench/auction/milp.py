"""The optimum of a book by a plain MILP, kept under the book's hash, and the time to reach it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.auction.model import MICROS, program_of
from bench.child import BASE, peer
from exchange.clearing.book import digest
from exchange.verifying.reading import read_book

HIGHS = ("highs", ("highspy==1.15.1", "numpy==2.4.6"), "highs_peer.py")
KEPT = BASE / "var" / "bench" / "optima"
LONG_S, MOST_S = 3_600, 1_200
SHARE = 0.97


def program_file(book: dict[str, Any], folder: Path) -> str:
    """Write the program of a book; return where."""
    path = folder / "program.npz"
    np.savez(path, **program_of(read_book(book))._asdict())
    return str(path)


def optimum(book: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the optimum's `welfare_micros` and `bound_micros`, found now or in an earlier run.

    A run that ended at its limit is not kept.
    """
    kept = KEPT / f"{digest(book)}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    print("  searching the optimum by MILP (once for each book; minutes)", flush=True)
    found = _ask(program=program_file(book, folder), target=None, seconds=LONG_S)
    told = {
        "welfare_micros": round(found["welfare_yuan"] * MICROS),
        "bound_micros": round(found["bound_yuan"] * MICROS),
        "seconds": round(found["seconds"], 1),
        "status": found["status"],
        "highs": found["highs"],
    }
    if found["status"] == "Optimal":
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(told, indent=2) + "\n")
    return told


def time_to_share(book: dict[str, Any], best_micros: int, folder: Path) -> dict[str, Any]:
    """Return seconds and cpu_s until the MILP has 0.97 of the optimum, or until it gave up."""
    target = SHARE * best_micros / MICROS
    program = program_file(book, folder)
    found = _ask(program=program, target=target, seconds=MOST_S)
    for seconds, cpu_s, yuan in found["better"]:
        if yuan >= target:
            return {"seconds": seconds, "cpu_s": cpu_s, "reached": True}
    return {"seconds": found["seconds"], "cpu_s": found["cpu_s"], "reached": False}


def _ask(**work: object) -> dict[str, Any]:
    with peer(*HIGHS) as solver:
        return solver.ask(**work)
