"""Ways into jobs on nodes: what a job is given for its door, and how the house comes in."""

import hmac
import re
import secrets
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.crypto import salted_hmac

from delivery.adapters.connector import ConnectorFailed, DoorClosed
from delivery.adapters.doors import relay, terminal
from delivery.adapters.slurm import node_door
from delivery.adapters.slurm.jobs import Jobs, has_ended
from delivery.adapters.slurm.node_door import NONCE_BYTES, PROOF_BYTES, SHELLS, proof, read_exactly
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.rest import SLURM, Rest
from delivery.domain.serving import LEAST_PORT, MOST_PORT

CONNECT_S, PROVE_S = 5.0, 5.0
NOTE_BYTES = 8
BEFORE = (relay, terminal)
OWN_IMPORT = re.compile(r"^from delivery\.adapters\.doors\.\w+ import .+\n", re.MULTILINE)


def program() -> str:
    """Return the text that a node runs before a job: relay, shells, and the door behind them."""
    texts = [Path(str(module.__file__)).read_text() for module in (*BEFORE, node_door)]
    text, found = OWN_IMPORT.subn("", "".join(texts))
    if found != len(BEFORE):
        msg = "the door's text does not take those before it"
        raise ConnectorFailed(msg)
    return text


def secret_of(name: str) -> bytes:
    """Return what a job's door and the house alone know; the same for the job each time."""
    return salted_hmac("delivery.slurm-door", name, algorithm="sha256").digest()


def note_path(options: SlurmOptions, user: str, name: str) -> str:
    """Return the file in which a job's door says at which port of its node it listens."""
    return f"{options.folder_of(user)}/{name}.door"


@dataclass
class Doors:
    """Comes in at the doors of jobs that run; where each is, is kept while it works."""

    options: SlurmOptions
    rest: Rest
    jobs: Jobs
    _known: dict[str, tuple[str, int]] = field(default_factory=dict)

    def wrapped(self, user: str, name: str, port: int, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command that opens the door and becomes the job's; port 0 is for shells."""
        note = note_path(self.options, user, name)
        return (self.options.python, "-I", "-c", program(), note, str(port or SHELLS), *argv)

    def enter(self, external: str, user: str, name: str) -> socket.socket:
        """Connect to a job's door and let both sides prove who they are.

        The node is Slurm's word, the port alone the job's: it leads nowhere but to its own node,
        and there nothing is said to who cannot prove that it is the job's door.
        """
        node, port = self._known.get(name) or self._find(external, user, name)
        try:
            connected = self._connect(node, port)
            with_proof = _proved(connected, secret_of(name))
        except OSError as closed:
            self._known.pop(name, None)
            msg = "nobody is behind the job's door"
            raise DoorClosed(msg) from closed
        self._known[name] = (node, port)
        return with_proof

    def _find(self, external: str, user: str, name: str) -> tuple[str, int]:
        rows = [row for row in self.jobs.named(external, name) if not has_ended(row)]
        told = self.jobs.read(note_path(self.options, user, name), 0, NOTE_BYTES).strip()
        if not rows or rows[0]["job_state"] != "RUNNING" or not told.isdigit():
            msg = "the job's door is not open"
            raise DoorClosed(msg)
        port = int(told)
        if not LEAST_PORT <= port <= MOST_PORT:
            msg = "the job's door is at no port of a job"
            raise DoorClosed(msg)
        batch = str(rows[0]["batch_host"])
        nodes = self.rest.rows("nodes", f"{SLURM}/node/{batch}")
        return (str(nodes[0]["address"]) if nodes else batch), port

    def _connect(self, node: str, port: int) -> socket.socket:
        reach = self.options.reach
        if not reach:
            return socket.create_connection((node, port), CONNECT_S)
        words = [
            part.replace("{node}", node).replace("{port}", str(port)) for part in self.options.reach
        ]
        ours, theirs = socket.socketpair()
        with theirs:
            end = theirs.fileno()
            going = subprocess.Popen(  # noqa: S603  the centre's words; node and port are Slurm's
                words, stdin=end, stdout=end, stderr=subprocess.DEVNULL
            )
        # It ends with the connection; somebody has to take its end.
        threading.Thread(target=going.wait, daemon=True).start()
        return ours


def _proved(connected: socket.socket, secret: bytes) -> socket.socket:
    """Prove and have proved; the connection is closed, with OSError, when the other side cannot."""
    proved = False
    try:
        connected.settimeout(PROVE_S)
        ours = secrets.token_bytes(NONCE_BYTES)
        connected.sendall(ours)
        theirs = read_exactly(connected, NONCE_BYTES)
        said = read_exactly(connected, PROOF_BYTES)
        proved = hmac.compare_digest(said, proof(secret, b"node", ours, theirs))
        if proved:
            connected.sendall(proof(secret, b"house", theirs, ours))
    finally:
        if not proved:
            connected.close()
    if not proved:
        msg = "this is not the job's door"
        raise ConnectionRefusedError(msg)
    return connected
