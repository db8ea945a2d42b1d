"""The holder: one small process that holds a hand-over's devices; standard library only.

It outlives the workers, and ends when nobody renews its lease. It reads the wall clock
itself, because it is the meter.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from delivery.adapters.process.meter import TICK_S, SpanWriter
from delivery.adapters.process.places import Holding, read_json, start_ticks, write_json
from delivery.adapters.process.running import Jobs


class Ended(Exception):
    """The holder was asked to end."""


def hold(holding: Holding) -> None:
    """Tick, run jobs, and end when the lease is not renewed or somebody asks."""
    config = read_json(holding.folder / "config.json")
    writer, jobs = SpanWriter(holding.spans), Jobs(holding, config)
    why = "the hand-over ended"
    jobs.note_lost()
    try:
        while not holding.stop.exists():
            if _unrenewed_s(holding) > int(config["lease_s"]) or _house_is_gone(config):
                why = "the lease was not renewed"
                break
            writer.tick(time.time_ns(), healthy=not holding.ill.exists())
            jobs.look(time.monotonic())
            time.sleep(TICK_S)
    except (Ended, FileNotFoundError):
        pass
    finally:
        jobs.kill_all(why)
        # Nobody else holds under this name, or the starter would have found us alive.
        holding.holder.unlink(missing_ok=True)


def _unrenewed_s(holding: Holding) -> float:
    """Return the seconds since the lease was renewed."""
    return time.time_ns() / 1e9 - holding.lease.stat().st_mtime


def _house_is_gone(config: dict[str, int]) -> bool:
    """Tell whether the supervisor that this holder was started under is dead."""
    pid = int(config.get("house_pid", 0))
    ticks = start_ticks(pid) if pid else 0
    return pid > 0 and (ticks == 0 or ticks != config.get("house_start_ticks"))


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended


def main(folder: str, lock: str) -> None:
    """Leave the starter's session, say who holds, let the lock go, and hold."""
    holding = Holding(Path(folder))
    ready, said = os.pipe()
    if os.fork():
        os.close(said)
        # The starter waits until the holder has written its name.
        os._exit(0 if os.read(ready, 1) else 1)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    pid = os.getpid()
    write_json(holding.holder, {"pid": pid, "start_ticks": start_ticks(pid)})
    os.close(int(lock))
    os.write(said, b"1")
    os.close(said)
    os.close(ready)
    hold(holding)


if __name__ == "__main__":
    main(*sys.argv[1:3])
