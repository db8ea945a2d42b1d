"""Data for a delivery's jobs on a cluster: written by the operator, read by the job user alone.

Each job user has a folder of data that is the operator's (group the job user's, mode 2750), so
that jobs read what is there and change nothing. Below it a hand-over has a folder of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.accounts import Accounts
from delivery.adapters.slurm.commands import CommandRefused, Commands
from delivery.adapters.slurm.options import SlurmOptions
from delivery.domain.data import is_plain_path
from delivery.domain.handover import AllocationView, Held

# What is on its way stands beside what jobs see, where they are not told to look.
COMING, SHOWN = "incoming", "data"


@dataclass(frozen=True)
class Shelves:
    """Folders of data, by Slurm's external name; every call may be repeated."""

    options: SlurmOptions
    commands: Commands
    accounts: Accounts

    @property
    def there(self) -> bool:
        """Tell whether the centre has given a folder for data."""
        return bool(self.options.data_dir)

    def environment(self, user: str, external: str) -> dict[str, str]:
        """Return what tells a job where its data is; nothing where there is no folder for it."""
        return {"GRIDHOUR_DATA": f"{self._folder(user, external)}/{SHOWN}"} if self.there else {}

    def staged(self, external: str) -> Mapping[str, Held]:
        """Return what stands of each file; what jobs see counts before what is on its way."""
        folder, found = self._mine(external), dict[str, Held]()
        for below in (COMING, SHOWN):
            for line in self._listed(f"{folder}/{below}"):
                size, _, name = line.partition(" ")
                found[name] = Held(int(size), sealed=below == SHOWN)
        return found

    def _listed(self, folder: str) -> list[str]:
        try:
            said = self.commands.run("find", folder, "-type", "f", "-printf", r"%s %P\n")
        except CommandRefused:
            # Nothing has come yet: there is no folder.
            return []
        return said.splitlines()

    def write(self, external: str, name: str, offset: int, content: bytes) -> int:
        """Write the bytes at the offset; ConnectorFailed for a gap."""
        path = f"{self._mine(external)}/{COMING}/{_plain(name)}"
        if not offset:
            self.commands.run("mkdir", "-p", path.rpartition("/")[0])
        elif offset > self._size(path):
            msg = f"{name} would have a gap before {offset}"
            raise ConnectorFailed(msg)
        where = (f"of={path}", f"seek={offset}", "oflag=seek_bytes,nofollow")
        self.commands.run_bytes(
            "dd", *where, "conv=notrunc", "iflag=fullblock", "bs=64K", "status=none", given=content
        )
        return len(content)

    def _size(self, path: str) -> int:
        try:
            return int(self.commands.run("stat", "-c", "%s", path))
        except CommandRefused:
            return 0

    def seal(self, external: str, name: str, sha256: str) -> bool:
        """Move a file of that hash to where jobs see it; throw away one of another."""
        folder = self._mine(external)
        path, target = f"{folder}/{COMING}/{_plain(name)}", f"{folder}/{SHOWN}/{name}"
        try:
            found = self.commands.run("sha256sum", "-b", "--", path).lstrip("\\")[:64]
        except CommandRefused:
            # Another worker was faster.
            return self.staged(external).get(name, Held(0)).sealed
        if found != sha256:
            self.commands.run("rm", "-f", "--", path)
            return False
        self.commands.run("mkdir", "-p", target.rpartition("/")[0])
        self.commands.run("mv", "-f", "-T", "--", path, target)
        # Whatever the operator's umask: the job user's group reads, and nobody else.
        self.commands.run("chmod", "-R", "u+rwX,g+rX,g-w,o-rwx", "--", folder)
        return True

    def clear(self, external: str) -> None:
        """Remove all data of a hand-over; nothing happens when there is none."""
        user = self.accounts.user_of(external) if self.there else ""
        if user:
            self.commands.run("rm", "-rf", "--", self._folder(user, external))

    def _folder(self, user: str, external: str) -> str:
        return f"{self.options.data_dir.replace('{user}', user)}/{external}"

    def _mine(self, external: str) -> str:
        user = self.accounts.user_of(external)
        if not user or not self.there:
            msg = f"{external} has no folder for data"
            raise ConnectorFailed(msg)
        return self._folder(user, external)


class TakesData:
    """What the connector does with data; a hand-over without account or folder is refused."""

    shelves: Shelves

    @property
    def takes_data(self) -> bool:
        """Tell whether the centre has given a folder for data."""
        return self.shelves.there

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        """Return what stands in the hand-over's folders of data."""
        return self.shelves.staged(view.external_name)

    def stage(self, view: AllocationView, name: str, offset: int, content: bytes) -> int:
        """Write as the operator, beside what jobs see."""
        return self.shelves.write(view.external_name, name, offset, content)

    def seal_staged(self, view: AllocationView, name: str, sha256: str) -> bool:
        """Move a file of that hash to where jobs see it, which only the operator may change."""
        return self.shelves.seal(view.external_name, name, sha256)


def _plain(name: str) -> str:
    if not is_plain_path(name):
        msg = f"{name!r} is no file below a folder"
        raise ConnectorFailed(msg)
    return name
