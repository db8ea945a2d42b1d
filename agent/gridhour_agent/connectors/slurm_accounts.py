"""One Slurm account a hand-over, with its limit of devices and one job user of its own."""

import time
import zlib
from dataclasses import dataclass, replace

from gridhour_agent.connector import ConnectorFailed
from gridhour_agent.connectors.slurm_names import account_of, handover_of
from gridhour_agent.connectors.slurm_programs import ProgramRefused, Programs
from gridhour_agent.connectors.slurm_settings import Settings

KEPT_S = 1.0
# A job can hand in others; so many of an account may stand in Slurm's queue.
MOST_JOBS = 1_000
COLUMNS = ("account", "description", "parentname", "user", "grptres")


@dataclass(frozen=True)
class Account:
    """A hand-over's account: its pool, its limit of devices, its job user when it has one."""

    pool: str = ""
    devices: int = 0
    user: str = ""


@dataclass
class Accounts:
    """Accounts below the one that the centre gave us; what is elsewhere is not ours."""

    settings: Settings
    programs: Programs
    _seen: tuple[float, dict[str, Account]] | None = None

    def seen(self) -> dict[str, Account]:
        """Return the account of each hand-over, as it was at most a second ago."""
        if self._seen is None or time.monotonic() - self._seen[0] > KEPT_S:
            self._seen = (time.monotonic(), self.living())
        return self._seen[1]

    def living(self) -> dict[str, Account]:
        """Return the account of each hand-over that has one."""
        parent = self.settings.parent_account
        rows = self.programs.table(
            "sacctmgr", "--parsable2", "--noheader", "show", "account", "withassoc",
            f"clusters={self.settings.cluster}", f"organizations={parent}",
            f"format={','.join(COLUMNS)}",
        )  # fmt: skip
        found: dict[str, Account] = {}
        known = [dict(zip(COLUMNS, row, strict=False)) for row in rows if len(row) >= len(COLUMNS)]
        for row in known:
            name = handover_of(row["account"])
            if name and row["parentname"] == parent and not row["user"]:
                found[name] = Account(row["description"], devices_in(row["grptres"]))
        for row in known:
            name = handover_of(row["account"])
            if name in found and row["user"] and not found[name].user:
                found[name] = replace(found[name], user=row["user"])
        return found

    def of(self, name: str) -> Account:
        """Return a hand-over's account; ConnectorFailed when it has none, or no job user."""
        account = self.living().get(name, Account())
        if not account.user:
            msg = f"{name} has no job user"
            raise ConnectorFailed(msg)
        return account

    def ensure(self, name: str, pool: str, devices: int) -> None:
        """Create account, limit and job user unless they are there."""
        self._seen = None
        known = self.living()
        if name not in known:
            parent = self.settings.parent_account
            self.programs.run(
                "sacctmgr", "-i", "add", "account", account_of(name), f"description={pool}",
                f"organization={parent}", f"parent={parent}",
                f"cluster={self.settings.cluster}",
                f"GrpTRES=gres/{self.settings.pool(pool).gres_kind}={devices}",
                f"GrpSubmitJobs={MOST_JOBS}",
            )  # fmt: skip
        elif known[name].user:
            return
        self.programs.run(
            "sacctmgr", "-i", "add", "user", self._free_user(name, known),
            f"account={account_of(name)}", f"cluster={self.settings.cluster}",
        )  # fmt: skip

    def _free_user(self, name: str, known: dict[str, Account]) -> str:
        """Return a job user that no hand-over has; a buyer sees no other one's files so."""
        users, taken = self.settings.job_users, {account.user for account in known.values()}
        first = zlib.crc32(name.encode()) % len(users)
        for user in (*users[first:], *users[:first]):
            if user not in taken:
                return user
        msg = "every job user is taken; the centre may add more"
        raise ConnectorFailed(msg)

    def delete(self, name: str) -> None:
        """Take the account away, its job user with it; nothing happens when it is gone."""
        self._seen = None
        try:
            self.programs.run("sacctmgr", "-i", "delete", "account", account_of(name))
        except ProgramRefused:
            if name in self.living():
                raise


def devices_in(tres: str) -> int:
    """Return the devices of a limit like `gres/gpu=4`."""
    counts = [part.partition("=")[2] for part in tres.split(",") if part.startswith("gres/")]
    return max((int(count) for count in counts if count.isdecimal()), default=0)
