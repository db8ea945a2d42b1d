"""The one-zone book, ours and assume-framework's `complex_clearing` in turn."""

import json
from typing import Any

from bench.auction.onezone import BOOKS, onezone
from bench.auction.taken import Taken, run_of, watch
from bench.child import peer
from bench.figures import Round, Run

ASSUME = ("assume", ("assume-framework==0.6.0", "highspy==1.15.1"), "assume_peer.py")


def against_assume(taken: Taken) -> Round:
    """Return books a second, ours by assume's."""
    ours, theirs = _both(taken)
    peer_run = Run(1 / theirs["seconds"], "books/s", foreign_bp=theirs["foreign_bp"])
    return Round(run_of(ours, 1 / ours["seconds"], "books/s"), peer_run)


def quality_against_assume(taken: Taken) -> Round:
    """Return welfare, ours by assume's."""
    ours, theirs = _both(taken)
    return Round(
        run_of(ours, ours["welfare_micros"] / 1e6, "yuan"), Run(theirs["welfare_yuan"], "yuan")
    )


_KNOWN: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}


def _both(taken: Taken) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clear the largest one-zone book by both, once for each seed."""
    if taken.seed not in _KNOWN:
        book = onezone(BOOKS[-1], taken.seed)
        path = taken.folder / "onezone.json"
        path.write_text(json.dumps(book))
        with peer(*ASSUME) as assume:
            theirs = watch(lambda: assume.ask(book=str(path)))
        _KNOWN[taken.seed] = taken.ours(book), theirs
    return _KNOWN[taken.seed]
