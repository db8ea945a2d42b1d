"""What a centre writes into `slurm.toml` in the agent's folder, checked when the agent starts."""

import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from gridhour_agent.connector import ConnectorFailed

FILE = "slurm.toml"
PROGRAMS = ("sacctmgr", "scontrol", "sbatch", "squeue", "sacct", "scancel", "sdiag")
LISTS = {"job_users", "as_user", "probe"}
NUMBERS = {
    "devices_per_node", "cores_per_node", "memory_mb_per_core", "lease_minutes",
    "acceptance_wait_s",
}  # fmt: skip
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
POOL = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
GRES = re.compile(r"[A-Za-z0-9_]+(:[A-Za-z0-9_.-]+)?")
FEWEST_MINUTES = 30
# `sbatch --uid` would keep the agent's group, which is root's.
AS_ROOT = ("runuser", "-u", "{user}", "--")


class Misconfigured(ConnectorFailed):
    """The file is not right; the message names the field."""


@dataclass(frozen=True)
class Pool:
    """The identical nodes that stand for one pool of the market."""

    partition: str
    gres: str
    devices_per_node: int
    cores_per_node: int
    memory_mb_per_core: int = 0

    @property
    def gres_kind(self) -> str:
        """Return the name of the generic resource without its type: gpu, npu."""
        return self.gres.partition(":")[0]

    @property
    def cores_per_device(self) -> int:
        """Return a device's share of its node's cores."""
        return self.cores_per_node // self.devices_per_node


@dataclass(frozen=True)
class Settings:
    """One cluster as its centre lends it.

    `as_user` goes before `sbatch`, which runs as a job user: the default is for an agent that is
    root, another one may use `sudo`. `job_dir` is each job user's own folder, with `{user}` in
    it, seen by nodes and agent. `programs` is where Slurm's programs are, `probe` a measuring
    command of the centre's own. A reservation lasts `lease_minutes` and is prolonged.
    """

    cluster: str
    job_users: tuple[str, ...]
    job_dir: str
    pools: Mapping[str, Pool] = field(default_factory=dict)
    parent_account: str = "gridhour"
    programs: str = ""
    slurm_conf: str = ""
    as_user: tuple[str, ...] = AS_ROOT
    python: str = "python3"
    probe: tuple[str, ...] = ()
    lease_minutes: int = 240
    acceptance_wait_s: int = 45

    @property
    def path(self) -> str:
        """Return where programs are looked for."""
        return f"{self.programs}:{SYSTEM_PATH}" if self.programs else SYSTEM_PATH

    def folder_of(self, user: str) -> str:
        """Return where the user's jobs write."""
        return self.job_dir.replace("{user}", user)

    def pool(self, name: str) -> Pool:
        """Return what stands for a pool of the market; Misconfigured where nothing does."""
        if name not in self.pools:
            raise Misconfigured(f"pools.{name}: is missing in {FILE}")
        return self.pools[name]


def read_settings(state: Path) -> Settings:
    """Return what the file in the agent's folder says; Misconfigured, naming the field."""
    try:
        table = tomllib.loads((state / FILE).read_text())
    except (OSError, ValueError) as failure:
        raise Misconfigured(f"{state / FILE}: {failure}") from failure
    return settings_of(table)


def settings_of(table: Mapping[str, object]) -> Settings:
    """Return the table's settings; refuse with Misconfigured, naming the field."""
    pools = table.get("pools")
    if not isinstance(pools, Mapping) or not pools:
        raise Misconfigured("pools: has no table, such as [pools.qy-1-h800]")
    made = {name: _pool(name, pool) for name, pool in pools.items()}
    values = _values("", Settings, {key: table[key] for key in table if key != "pools"})
    settings = Settings(**values, pools=made)  # type: ignore[arg-type]
    _check_words(settings)
    _check_machine(settings)
    return settings


def _pool(name: str, table: object) -> Pool:
    where = f"pools.{name}"
    if not POOL.fullmatch(name) or not isinstance(table, Mapping):
        raise Misconfigured(f"{where}: is a table, named by small letters, digits and -")
    pool = Pool(**_values(f"{where}.", Pool, table))  # type: ignore[arg-type]
    if not PLAIN.fullmatch(pool.partition):
        raise Misconfigured(f"{where}.partition: is not the name of a partition")
    if not GRES.fullmatch(pool.gres):
        raise Misconfigured(f"{where}.gres: is a resource and its type, such as gpu:h800")
    if pool.cores_per_node % pool.devices_per_node:
        raise Misconfigured(f"{where}.cores_per_node: is a multiple of devices_per_node")
    return pool


def _values(
    where: str, shape: type[Pool] | type[Settings], table: Mapping[str, object]
) -> dict[str, object]:
    known = {each.name: each for each in fields(shape) if each.name != "pools"}
    for name in table:
        if name not in known:
            raise Misconfigured(f"{where}{name}: no such field; known are {', '.join(known)}")
    for name, each in known.items():
        if each.default is MISSING and name not in table:
            raise Misconfigured(f"{where}{name}: is missing")
    return {name: _value(where, name, value) for name, value in table.items()}


def _value(where: str, name: str, value: object) -> object:
    if name in LISTS:
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise Misconfigured(f"{where}{name}: is a list of texts")
        return tuple(value)
    if name in NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Misconfigured(f"{where}{name}: is a whole number from 1 on")
    elif not isinstance(value, str) or not value:
        raise Misconfigured(f"{where}{name}: is a text")
    return value


def _check_words(settings: Settings) -> None:
    for name in ("cluster", "parent_account"):
        if not PLAIN.fullmatch(getattr(settings, name)):
            raise Misconfigured(f"{name}: is not a name at Slurm")
    users = settings.job_users
    if not users or not all(PLAIN.fullmatch(user) and user != "root" for user in users):
        raise Misconfigured("job_users: names accounts for jobs, at least one and never root")
    if not settings.job_dir.startswith("/") or "{user}" not in settings.job_dir:
        raise Misconfigured("job_dir: is a folder with {user} in it, from / on")
    if set(settings.job_dir) & set("%\\"):
        raise Misconfigured("job_dir: has a % or a \\, which Slurm would replace")
    if not any("{user}" in word for word in settings.as_user):
        raise Misconfigured("as_user: is a command with {user} in it")
    if settings.lease_minutes < FEWEST_MINUTES:
        raise Misconfigured(f"lease_minutes: is at least {FEWEST_MINUTES}")


def _check_machine(settings: Settings) -> None:
    missing = [name for name in PROGRAMS if shutil.which(name, path=settings.path) is None]
    if missing:
        raise Misconfigured(f"programs: {', '.join(missing)} not found in {settings.path}")
    if settings.slurm_conf and not Path(settings.slurm_conf).is_file():
        raise Misconfigured(f"slurm_conf: there is no file {settings.slurm_conf}")
    if os.geteuid() != 0 and settings.as_user == AS_ROOT:
        raise Misconfigured("as_user: is missing, and the agent is not root")
    if shutil.which(settings.as_user[0], path=settings.path) is None:
        raise Misconfigured(f"as_user: {settings.as_user[0]} not found in {settings.path}")
    for user in settings.job_users:
        if not Path(settings.folder_of(user)).is_dir():
            raise Misconfigured(f"job_dir: there is no folder {settings.folder_of(user)}")
