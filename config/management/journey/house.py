"""The programs beside a journey, started again whenever they end."""

import threading
from collections.abc import Sequence
from types import TracebackType

from django.conf import settings

from config.services.children import Child, start, wait_until_ready
from config.services.house import doors, house_programs, refuse_busy_doors
from config.services.places import places

WATCH_EVERY_S = 0.1
ONLINE = ("engine", "web", "worker")
OFFLINE = ("engine",)


class House:
    """Runs the needed programs while the `with` block lasts; an end of one is a restart.

    This process asks the engine too, as all others do.
    """

    def __init__(self, needed: Sequence[str]) -> None:
        self.at = doors()
        self._needed = needed
        self.restarts = 0
        self._children: list[Child] = []
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "House":
        """Start them and wait until they answer."""
        if "web" in self._needed:
            refuse_busy_doors(self.at)
        for program in house_programs(places(), self.at):
            if program.name in self._needed:
                child = start(program)
                self._children.append(child)
                wait_until_ready(child)
        self._watcher.start()
        settings.ENGINE_SOCKET = str(places().engine_socket)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop them."""
        settings.ENGINE_SOCKET = ""
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
