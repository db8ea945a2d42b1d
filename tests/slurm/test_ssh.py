"""Slurm's programs on a login node, by a real SSH server, as an operator without any rights."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.domain.handover import JobSpec
from tests.slurm.conftest import Centre, until, view_of
from tests.slurm.lab.table import table_of


@pytest.fixture
def by_ssh(centre: Centre) -> Iterator[Centre]:
    """The centre, whose commands go through SSH."""
    if not (Path("/usr/sbin/sshd").exists() and shutil.which("ssh")):
        pytest.skip("there is no SSH server or client here")
    centre.lab.tell("start", "sshd")
    site = SlurmConnector(**table_of(centre.lab) | {"commands": centre.lab.at.by_ssh})
    yield Centre(centre.lab, site)
    site.rest.client.close()
    centre.lab.tell("stop", "sshd")


def test_a_hand_over_lives_and_ends_by_ssh(by_ssh: Centre) -> None:
    view, site = view_of(401, devices=2), by_ssh.site

    made, again = site.ensure(view), site.ensure(view)
    measured = site.accept_test(view)
    program = ("sh", "-c", 'echo "it\'s $1; $HOME"', "sh", "$(id) 'quoted'")
    status = by_ssh.run(view, "job-1", *program)
    output = site.job_log(view, "job-1", 0).decode()
    site.release(view.external_name)

    assert (made.adopted, again.adopted) == (False, True)
    assert measured.devices_found == 2
    assert (status.exit_code, status.reason) == (0, "")
    assert output.startswith("it's $(id) 'quoted'; /")
    assert by_ssh.leftovers() == []


def test_the_operator_reads_what_it_knows_by_name_and_nothing_else(by_ssh: Centre) -> None:
    view, site = view_of(402, devices=1), by_ssh.site
    site.ensure(view)
    site.run_job(view, JobSpec("job-1", ("true",), 1, 20))
    until(lambda: not site.job_state(view, "job-1").running)
    folder = site.options.folder_of(site.accounts.user_of(view.external_name))

    assert site.commands.run("id", "-un").strip() == "gridhour"
    with pytest.raises(ConnectorFailed, match="Permission denied"):
        site.commands.run("ls", folder)
    site.release(view.external_name)


def test_a_login_node_that_is_away_ends_nothing(by_ssh: Centre) -> None:
    view, site = view_of(403, devices=1), by_ssh.site
    site.ensure(view)
    by_ssh.lab.tell("kill", "sshd")

    with pytest.raises(ConnectorFailed, match="sacctmgr"):
        site.ensure(view_of(404, devices=1))
    with pytest.raises(ConnectorFailed):
        site.release(view.external_name)

    by_ssh.lab.tell("start", "sshd")
    assert site.ensure(view).adopted
    site.release(view.external_name)
    site.release("gh-GH-2026-404-g1")
    assert by_ssh.leftovers() == []
