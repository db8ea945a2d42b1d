"""One supervisor over the servers and over what runs beside them."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from config.services.children import Child, Program, start, wait_until_ready
from config.services.lock import ready_note, supervisor_lock
from config.services.places import Places, ServicesUnavailable, refuse_busy_port
from config.services.postgres import create_database_and_roles, postgres_program
from config.services.valkey import valkey_program

# A program that keeps ending soon after its start is not started again for ever.
RESTARTS_LIMIT = 5
SOON_SECONDS = 30
TICK_SECONDS = 0.1

Say = Callable[[str], None]


class Supervisor:
    """Starts programs in order, starts them again when they end, stops them in reverse order."""

    def __init__(self, places: Places, say: Say, *, tells_starts: bool = True) -> None:
        self._places = places
        self._say = say
        self._tells_starts = tells_starts
        self._lock = supervisor_lock(places)
        self._children: list[Child] = []
        self._servers = 0
        self._restarts = 0
        self._stopping = False

    def try_to_lead(self) -> bool:
        """Take the checkout's supervisor lock; False when another supervisor holds it."""
        return self._lock.take()

    def start_servers(self) -> None:
        """Start the servers that this checkout owns; refuses a taken port by name."""
        places = self._places
        if places.own_pg:
            refuse_busy_port("PostgreSQL", places.pg_port, "GRIDHOUR_PG_PORT")
        if places.own_valkey:
            refuse_busy_port("Valkey", places.valkey_port, "GRIDHOUR_VALKEY_PORT")
        if places.own_pg:
            self.start(postgres_program(places))
            create_database_and_roles(places.pg_port)
        if places.own_valkey:
            self.start(valkey_program(places))
        self._servers = len(self._children)
        ready_note(places).write_text(f"{os.getpid()}\n")

    def start(self, program: Program) -> None:
        """Start one program and wait until it answers."""
        began = time.monotonic()
        child = start(program)
        self._children.append(child)
        wait_until_ready(child)
        if self._tells_starts:
            self._say(f"{program.name} is up ({time.monotonic() - began:.1f} s)")

    def heed_signals(self, signals: Sequence[signal.Signals]) -> None:
        """From now on these signals end `watch`."""
        for number in signals:
            signal.signal(number, self._note_stop)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def watch(self, done: Callable[[], bool] = lambda: False) -> None:
        """Watch until `done` or told to stop; refuses to go on without an essential program."""
        while not (self._stopping or done()):
            self._places.heartbeat.touch()
            for index, child in enumerate(self._children):
                if child.ended and not child.program.once:
                    self._children[index] = self._start_again(child)
            time.sleep(TICK_SECONDS)

    def _start_again(self, child: Child) -> Child:
        name, code = child.program.name, child.process.returncode
        child.end_session()
        soon = time.monotonic() - child.started < SOON_SECONDS
        self._restarts = self._restarts + 1 if soon else 1
        if child.program.essential or self._restarts > RESTARTS_LIMIT:
            msg = f"{name} ended ({code}); everything stops. Its log: {child.program.log}"
            raise ServicesUnavailable(msg)
        self._say(f"{name} ended ({code}) and is started again")
        time.sleep(TICK_SECONDS)
        return start(child.program)

    def stop(self) -> None:
        """Stop everything: all that uses the servers at once, then the servers, last one first."""
        with suppress(FileNotFoundError):
            ready_note(self._places).unlink()
        for child in self._children[self._servers :]:
            child.ask_to_stop()
        while self._children:
            self._children.pop().stop()
        self._lock.release()
