"""What befalls the market in a storm: engines and PostgreSQL are killed, leaders are stopped."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.storm.ground import LEADERS_BACKEND, Engine, Ground, wait_until

ENGINE, SERVER, STOPPED = "engine", "PostgreSQL", "leader stopped"
VALKEY, READ_ONLY, LOCKED, FULL = "Valkey", "read-only", "row locked", "disk full"
# Most kills meet a market that is whole again; the others meet one without a standby.
WHOLE_PERCENT = 80
WHOLE_S, POINT_S, AWAY_S = 8.0, 3.0, 30.0
# How long the database cannot write, or Valkey does not answer.
TROUBLED_S = 3.0
CHUNK = 1 << 18
EPOCH = "SELECT epoch FROM marketplace_marketsequence"


@dataclass
class Faults:
    """Brings about one fault after another, until so many of each kind have happened."""

    ground: Ground
    wanted: dict[str, int]
    wrong: list[str] = field(default_factory=list)

    def happened(self, what: str) -> int:
        """Return how often that has happened."""
        return self.ground.died(what)

    @property
    def over(self) -> bool:
        """Tell whether enough of each has happened."""
        return all(self.happened(what) >= count for what, count in self.wanted.items())

    def next(self) -> None:
        """Bring about one of those that are still to come."""
        left = {what: count - self.happened(what) for what, count in self.wanted.items()}
        choice = [what for what, count in left.items() for _ in range(max(count, 0))]
        what = self.ground.random.choice(choice)
        if self.ground.random.randrange(100) < WHOLE_PERCENT or what == STOPPED:
            wait_until(lambda: self.ground.stood_by, WHOLE_S)
        bring = {
            ENGINE: self.kill_engine,
            SERVER: self.kill_server,
            STOPPED: self.stop_leader,
            VALKEY: self.trouble_valkey,
            READ_ONLY: self.forbid_writing,
            LOCKED: self.lock_the_market,
            FULL: self.fill_disk,
        }
        bring.get(what, self.kill_all_of_server)()

    def kill_engine(self) -> None:
        """Kill the leader: it does so itself at a named point, or is ended at random."""
        ground = self.ground
        leader = ground.leader() or next(iter(list(ground.engines)))
        if leader.point:
            before = ground.died(ENGINE)
            if wait_until(lambda: ground.died(ENGINE) > before, POINT_S):
                return
        leader.point = ""
        leader.process.kill()
        ground.note(f"{ENGINE}, at random")

    def kill_server(self) -> None:
        """Kill the whole server, or the process that serves the leader."""
        ground = self.ground
        backend = ground.ask(LEADERS_BACKEND) if ground.random.random() < 0.5 else None
        with suppress(ProcessLookupError):
            if isinstance(backend, int):
                os.kill(backend, signal.SIGKILL)
                ground.note(f"{SERVER}, the leader's process")
                return
        self.kill_all_of_server()

    def kill_all_of_server(self) -> None:
        """Kill the server's first process: the others end when they notice."""
        self.ground.servers[0].process.kill()
        self.ground.note(f"{SERVER}, all of it")

    def trouble_valkey(self) -> None:
        """Kill Valkey, or stop it so that it takes calls and answers none."""
        valkey = self.ground.servers[1].process
        if self.ground.random.random() < 0.5:
            valkey.kill()
            self.ground.note(f"{VALKEY}, killed")
            return
        valkey.send_signal(signal.SIGSTOP)
        self.ground.note(f"{VALKEY}, stopped")
        time.sleep(TROUBLED_S)
        valkey.send_signal(signal.SIGCONT)

    def forbid_writing(self) -> None:
        """Let PostgreSQL read only, for a while."""
        with self.ground.look("postgres") as server:
            server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            server.execute("SELECT pg_reload_conf()")
            self.ground.note(READ_ONLY)
            time.sleep(TROUBLED_S)
            server.execute("SET default_transaction_read_only = off")
            server.execute("ALTER SYSTEM RESET default_transaction_read_only")
            server.execute("SELECT pg_reload_conf()")

    def lock_the_market(self) -> None:
        """Hold the lock on the market's own row, as somebody who has forgotten to commit."""
        with self.ground.look() as owner, owner.transaction():
            owner.execute("SELECT 1 FROM marketplace_marketsequence FOR UPDATE")
            self.ground.note(LOCKED)
            time.sleep(TROUBLED_S)

    def fill_disk(self) -> None:
        """Leave PostgreSQL no room, for a while."""
        ballast, filled = self.ground.disk / "ballast", 0.0
        with ballast.open("wb", buffering=0) as file:
            while not filled or time.monotonic() < filled + TROUBLED_S:
                try:
                    file.write(bytes(CHUNK))
                except OSError:
                    if not filled:
                        filled = time.monotonic()
                        self.ground.note(FULL)
                    time.sleep(0.005)
        ballast.unlink()

    def stop_leader(self) -> None:
        """Stop the leader for so long that another takes over, then wake it."""
        ground = self.ground
        leader, term = ground.leader(), ground.ask(EPOCH)
        if leader is None or not isinstance(term, int):
            return
        leader.point = ""
        leader.process.send_signal(signal.SIGSTOP)
        ground.note(f"{STOPPED}")
        if not wait_until(lambda: _later(ground.ask(EPOCH), term), AWAY_S):
            self.wrong.append(f"nobody led after term {term}")
        leader.process.send_signal(signal.SIGCONT)
        if not wait_until(lambda: _gave_way(ground, leader), AWAY_S):
            self.wrong.append(f"the leader of term {term} came back to lead")


def _later(found: object, term: int) -> bool:
    return isinstance(found, int) and found > term


def _gave_way(ground: Ground, old: Engine) -> bool:
    """Tell whether the woken one is gone or waits, while another leads."""
    leads = ground.leader()
    return old.process.poll() is not None or (leads is not None and leads is not old)
