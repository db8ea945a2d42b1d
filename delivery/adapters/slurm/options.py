"""What a centre's table in the connectors file says, checked when it is read."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from delivery.adapters.connector import ConnectorFailed

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LISTS = {"job_users", "token_command", "commands", "probe", "reach"}
NUMBERS = {"devices_per_node", "cores_per_node", "memory_mb_per_core", "acceptance_wait_s"}


class Misconfigured(ConnectorFailed):
    """The centre's table is not right; the message names the field."""


@dataclass(frozen=True)
class SlurmOptions:
    """One partition of identical nodes, how to reach it, and who works there.

    `commands` goes before every command that runs at the site: empty where Slurm's client
    programs are here, `ssh gridhour@login` where they are there. `reach` is a command whose
    input and output are a connection to `{port}` of `{node}`: empty where nodes are reached from
    here, `ssh -W {node}:{port} gridhour@login` where not. `job_dir` is each job user's own
    folder, with `{user}` in it; `data_dir` the operator's for that user's data, empty where
    the centre takes none.
    """

    url: str
    cluster: str
    partition: str
    gres: str
    devices_per_node: int
    cores_per_node: int
    job_users: tuple[str, ...]
    job_dir: str
    operator: str = "gridhour"
    parent_account: str = "gridhour"
    jwt_key_file: str = ""
    token_command: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    slurm_conf: str = ""
    ca_file: str = ""
    python: str = "python3"
    probe: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    memory_mb_per_core: int = 0
    acceptance_wait_s: int = 30
    data_dir: str = ""

    @property
    def gres_kind(self) -> str:
        """Return the name of the generic resource without its type: gpu, npu."""
        return self.gres.partition(":")[0]

    def folder_of(self, user: str) -> str:
        """Return where the user's jobs write."""
        return self.job_dir.replace("{user}", user)


def read_options(table: Mapping[str, object]) -> SlurmOptions:
    """Return the table's options; refuse with Misconfigured, naming the field."""
    known = {field.name: field for field in fields(SlurmOptions)}
    for name in table:
        if name not in known:
            raise Misconfigured(f"{name}: no such field; known are {', '.join(known)}")
    for name, field in known.items():
        if field.default is MISSING and name not in table:
            raise Misconfigured(f"{name}: is missing")
    options = SlurmOptions(**{name: _value(name, value) for name, value in table.items()})  # type: ignore[arg-type]
    _check(options)
    return options


def _value(name: str, value: object) -> object:
    if name in LISTS:
        if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
            raise Misconfigured(f"{name}: is a list of texts")
        return tuple(value)
    if name in NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Misconfigured(f"{name}: is a whole number from 1 on")
    elif not isinstance(value, str) or not value:
        raise Misconfigured(f"{name}: is a text")
    return value


def _check(options: SlurmOptions) -> None:
    address = urlsplit(options.url)
    plain = address.scheme == "http" and address.hostname in LOOPBACK
    if not address.hostname or not (address.scheme == "https" or plain):
        raise Misconfigured("url: is https, since tokens travel; http on loopback only")
    if not options.job_users:
        raise Misconfigured("job_users: names at least one account for jobs")
    if options.operator in options.job_users:
        raise Misconfigured("job_users: the operator runs no jobs")
    _check_folder("job_dir", options.job_dir)
    _check_folder("data_dir", options.data_dir or options.job_dir)
    if options.cores_per_node % options.devices_per_node:
        raise Misconfigured("cores_per_node: is a multiple of devices_per_node")
    if bool(options.jwt_key_file) == bool(options.token_command):
        raise Misconfigured("jwt_key_file: give this or token_command, not both")
    _check_reach(" ".join(options.reach))
    if options.jwt_key_file and not Path(options.jwt_key_file).is_file():
        raise Misconfigured(f"jwt_key_file: there is no file {options.jwt_key_file}")


def _check_folder(name: str, folder: str) -> None:
    if not folder.startswith("/") or "{user}" not in folder:
        raise Misconfigured(f"{name}: is a folder with {{user}} in it, from / on")


def _check_reach(words: str) -> None:
    if words and not ("{node}" in words and "{port}" in words):
        raise Misconfigured("reach: is a command with {node} and {port} in it")
