"""The web and the worker beside a journey, started again whenever they end."""

import threading
from types import TracebackType

from config.services.children import Child, start, wait_until_ready
from config.services.house import doors, house_programs, refuse_busy_doors
from config.services.places import places

WATCH_EVERY_S = 0.1
NEEDED = ("web", "worker")


class House:
    """Runs web and worker while the `with` block lasts; an end of either is a restart."""

    def __init__(self) -> None:
        self.at = doors()
        self.restarts = 0
        self._children: list[Child] = []
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "House":
        """Start both and wait until they answer."""
        refuse_busy_doors(self.at)
        for program in house_programs(places(), self.at):
            if program.name in NEEDED:
                child = start(program)
                self._children.append(child)
                wait_until_ready(child)
        self._watcher.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        self._closing.set()
        self._watcher.join()
        while self._children:
            self._children.pop().stop()

    def _watch(self) -> None:
        while not self._closing.wait(WATCH_EVERY_S):
            for index, child in enumerate(self._children):
                if child.ended:
                    child.end_session()
                    self._children[index] = start(child.program)
                    self.restarts += 1
