"""Our clearing in a process of its own: `python -m bench.auction.house`.

Each line in is a book and how to clear it, as JSON; each line out is what that took. The first
answer comes when the loops are compiled, so that no clearing pays for it.
"""

import hashlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from bench.auction.generator import generate
from bench.auction.mix import Size
from exchange.clearing.clearing import clear
from exchange.verifying import verify

WARM = Size(sites=12, hours=24, orders=24)


def cleared(work: dict[str, Any]) -> dict[str, Any]:
    """Clear the book that lies at a path; check it where that is asked for."""
    book = json.loads(Path(work["book"]).read_text())
    begun, busy = time.perf_counter(), time.process_time()
    outcome = clear(book)
    times = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - busy}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = [str(one) for one in verify(book, outcome)] if work["verify"] else []
    return {
        **times,
        "peak_mib": peak / 1024,
        "orders": len(book["orders"]),
        "welfare_micros": outcome["welfare_micros"],
        "bound_micros": outcome["bound_micros"],
        "rejected_in_the_money": outcome["rejected_in_the_money"],
        "digest": hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest(),
        "findings": found[:20],
    }


def main() -> None:
    """Answer every line until there are no more."""
    for linked in (False, True):
        clear(generate(WARM, 1, linked=linked))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(cleared(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
