"""Workers and pages are told of trades by a thread of its own: turns wait for nobody."""

import threading
import time
from collections.abc import Callable

from counter.waking import tell_now

# At most so often; whoever is woken finds all the work that there is.
TELL_EVERY_S = 0.2


class Teller:
    """Tells, one after another, what turns have left to be told; begins with the first."""

    def __init__(self, tell: Callable[[str], None] = tell_now) -> None:
        self._tell = tell
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self) -> None:
        """Leave word that something was traded. A Valkey that hangs holds up only the telling."""
        self._news.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="telling", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            self._tell("traded")
            time.sleep(TELL_EVERY_S)


# One for the process, however often it comes to lead.
teller = Teller()
