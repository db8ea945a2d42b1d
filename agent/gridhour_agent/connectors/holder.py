"""The holder: a small process that holds one hand-over, ticks, and runs its jobs.

It outlives the agent, so that a restart changes nothing, and ends when nobody renews its lease.
"""

import json
import os
import sys
import time
from pathlib import Path

from gridhour_agent.connectors.jobs import Jobs
from gridhour_agent.connectors.places import Place, process_started, write_json

TICK_S = 0.2
MISSED_NS = 2_000_000_000


def hold(place: Place, lease_s: int) -> None:
    """Tick until the lease is not renewed or somebody asks to end."""
    jobs = Jobs(place)
    from_ns = to_ns = time.time_ns()
    with place.spans.open("a") as spans:
        offset = spans.tell()
        try:
            while not place.stop.exists() and _unrenewed_s(place) <= lease_s:
                now = time.time_ns()
                if not 0 <= now - to_ns <= MISSED_NS:
                    from_ns, offset = now, spans.tell()
                to_ns = now
                spans.truncate(offset)
                spans.seek(offset)
                spans.write(f"{from_ns:020d} {to_ns:020d}\n")
                spans.flush()
                jobs.look()
                time.sleep(TICK_S)
        except FileNotFoundError:
            pass
        finally:
            jobs.end_all()


def _unrenewed_s(place: Place) -> float:
    return time.time_ns() / 1e9 - place.lease.stat().st_mtime


def main(folder: str, lease_s: str, lock: str) -> None:
    """Leave the starter's session, say who holds, let the lock go, and hold."""
    place = Place(Path(folder))
    ready, said = os.pipe()
    if os.fork():
        os.close(said)
        # The starter waits until the holder has written its name.
        os._exit(0 if os.read(ready, 1) else 1)
    os.close(ready)
    os.setsid()
    pid = os.getpid()
    write_json(place.holder, {"pid": pid, "started": process_started(pid)})
    os.close(int(lock))
    os.write(said, b"1")
    os.close(said)
    try:
        hold(place, int(lease_s))
    finally:
        place.holder.unlink(missing_ok=True)


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
