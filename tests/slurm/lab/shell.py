"""An SSH server for the cluster's operator, as at a login node; standard library only."""

from pathlib import Path

from ground import run
from layout import Layout

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/operator.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


def prepare_shell(at: Layout) -> None:
    """Make both keys and the configuration, once."""
    folder = at.ssh
    if folder.exists():
        return
    folder.mkdir(mode=0o755)
    for name in ("host", "operator"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name))
    key = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{at.ports['sshd']} {key}")
    (folder / "config").write_text(CONFIG.format(port=at.ports["sshd"], folder=folder))
    if not Path("/run/sshd").exists():
        # The server wants it, and nothing of ours is made outside of the cluster's own view.
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        Path("/run/sshd").mkdir()
