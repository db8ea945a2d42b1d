"""One Slurm account a hand-over, with its limit of devices and one job user of its own."""

import zlib
from dataclasses import dataclass

from counter.failpoints import failpoint
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.commands import CommandRefused, Commands
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.rest import SLURMDB, Rest
from delivery.domain.naming import from_lower_case, lower_case_name


@dataclass(frozen=True)
class Accounts:
    """Accounts below the one that the centre gave us; what is elsewhere is not ours."""

    options: SlurmOptions
    rest: Rest
    commands: Commands

    def living(self) -> dict[str, list[str]]:
        """Return the external name of each account of ours, and its job users."""
        query = {"cluster": self.options.cluster}
        rows = self.rest.rows("associations", f"{SLURMDB}/associations", **query)
        ours: dict[str, list[str]] = {
            name: []
            for row in rows
            if row["parent_account"] == self.options.parent_account
            and (name := from_lower_case(str(row["account"])))
        }
        for row in rows:
            name = from_lower_case(str(row["account"]))
            if name in ours and row["user"]:
                ours[name].append(str(row["user"]))
        return ours

    def ensure(self, external: str, devices: int) -> str:
        """Create account, limit and job user unless they are there; return the job user.

        Two hand-overs may take the same user at once. Each writes first and looks then, so
        that at least one of them sees it and gives the user back.
        """
        known = self.living()
        if external not in known:
            self._add(external, devices)
            failpoint("slurm.account_added")
        elif known[external]:
            return known[external][0]
        pool = self.options.job_users
        first = zlib.crc32(external.encode()) % len(pool)
        for user in (*pool[first:], *pool[:first]):
            if _holders(known, user):
                continue
            self._change("add", external, user)
            failpoint("slurm.user_added")
            known = self.living()
            if _holders(known, user) == [external]:
                return user
            self._change("delete", external, user)
        msg = "every job user is taken; the centre may add more"
        raise ConnectorFailed(msg)

    def user_of(self, external: str) -> str:
        """Return the account's job user; empty when it has none."""
        return next(iter(self.living().get(external, [])), "")

    def _add(self, external: str, devices: int) -> None:
        account, options = lower_case_name(external), self.options
        self.commands.run(
            "sacctmgr", "-i", "add", "account", account, f"description={account}",
            f"organization={options.parent_account}", f"parent={options.parent_account}",
            f"cluster={options.cluster}", f"GrpTRES=gres/{options.gres_kind}={devices}",
        )  # fmt: skip

    def _change(self, verb: str, external: str, user: str) -> None:
        where = (f"account={lower_case_name(external)}", f"cluster={self.options.cluster}")
        self.commands.run("sacctmgr", "-i", verb, "user", user, *where)

    def delete(self, external: str) -> None:
        """Take the account away, its job user with it; nothing happens when it is gone."""
        try:
            self.commands.run("sacctmgr", "-i", "delete", "account", lower_case_name(external))
        except CommandRefused:
            if external in self.living():
                raise


def _holders(known: dict[str, list[str]], user: str) -> list[str]:
    """Return the hand-overs that have the user."""
    return [name for name, users in known.items() if user in users]
