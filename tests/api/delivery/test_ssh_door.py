"""Sessions by the real OpenSSH client: a certificate lets in, and nothing else does."""

import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Deed, Membership
from delivery.actions import cancel_job, drive_job, end_visits, open_shell
from delivery.actions.shells import OpenedShell, enter_shell
from delivery.adapters.connectors import connector_named
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.shell_keys import authority, presented
from delivery.domain.refusals import KeyKindRefused, KeyRefused, NoDoorThere, PrivateKeyGiven
from delivery.models import Allocation, Job, Shell, ShellVisit
from exchange.refusal import NotFound
from tests.api.delivery.test_work import caller
from tests.cast import visitor
from tests.ssh import SshClient, door_for_shells, needs_openssh
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_openssh,
]


@dataclass
class Scene(SshClient):
    """A delivery of Ben's on this machine, the door for shells, and a key."""

    world: World
    delivery: Delivery

    def opened(self, **more: Any) -> OpenedShell:
        asked = {
            "member_id": self.world.cast.ben.id,
            "person_id": self.world.cast.ben.person.pk,
            "allocation_id": self.delivery.id,
            "public_key": self.key.with_suffix(".pub").read_text(),
            "devices": 1,
            "time_limit_s": 600,
            "now": self.delivery.start,
            "wall": wall_now(),
        }
        opened = open_shell(**asked | more)
        self.keep(opened.certificate)
        self.know(opened.known_hosts)
        return opened

    def started(self, job_id: int) -> Job:
        site = connector_named("process")
        assert isinstance(site, ProcessConnector)
        for _ in range(200):
            job = drive_job(job_id=job_id, now=self.delivery.start, wall=wall_now())
            folder = site.holdings.holding(f"gh-{self.delivery.agreement.number}", 1)
            if (folder.job(job.external_id or "none") / "door").exists():
                return job
            time.sleep(0.05)
        raise AssertionError(job.reason)


@pytest.fixture
def scene(settings: Any, tmp_path: Path) -> Iterator[Scene]:
    settings.VAR_DIR = tmp_path
    connector_named.cache_clear()
    site = connector_named("process")
    assert isinstance(site, ProcessConnector)
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells, so nobody enters one")
    world = World()
    delivery = Delivery(world, devices=1, hours=1, pool=world.process_pool)
    Allocation.objects.filter(pk=delivery.id).update(gflops_per_device=1)
    delivery.begin()
    with door_for_shells() as port:
        settings.SSH_DOOR = f"127.0.0.1:{port}"
        scene = Scene(port, tmp_path, world, delivery)
        scene.make_key()
        yield scene
    for name in site.inventory():
        site.release(name)


def test_the_real_client_enters_its_session_and_its_visit_is_noted(scene: Scene) -> None:
    opened = scene.opened()
    job = scene.started(opened.shell.job_id)
    name = str(opened.shell)

    told = scene.run(name, "cat; echo oops >&2; pwd; exit 7", input="typed\n")
    screen = scene.run(name, options=("-tt",), input="tty; echo T=$TERM; exit 5\n")

    assert (told.stdout, told.stderr, told.returncode) == ("typed\n/job\n", "oops\n", 7)
    assert "/dev/pts/0" in screen.stdout
    assert screen.returncode == 5
    visits = list(ShellVisit.objects.order_by("id"))
    assert [visit.from_address for visit in visits] == ["127.0.0.1"] * 2
    assert all(visit.left_at is not None for visit in visits)
    verbs = (
        Deed.objects.filter(subject=f"job:{job.pk}").order_by("id").values_list("verb", flat=True)
    )
    assert [verb for verb in verbs if verb.startswith("SESSION")] == [
        "SESSION_OPENED",
        *["SESSION_ENTERED", "SESSION_LEFT"] * 2,
    ]
    api = caller(scene.world.cast.ben).get("/api/v1/sessions/").json()["results"]
    assert (api[0]["name"], len(api[0]["visits"])) == (name, 2)
    assert caller(scene.world.cast.dana).get("/api/v1/sessions/").json()["results"] == []


def test_what_the_pages_hand_out_lets_the_real_client_in(scene: Scene) -> None:
    """Ben pastes his key, saves two files beside it and copies the command, as he is told."""
    browser, folder = visitor(scene.world.cast.ben), scene.folder
    line = scene.key.with_suffix(".pub").read_text()
    form = {"public_key": line, "devices": 1, "time_limit_s": 600}

    answer = browser.post(f"/deliveries/{scene.delivery.id}/sessions/", form)
    shell = Shell.objects.get()
    assert answer.url == f"/jobs/{shell.job_id}/"
    scene.started(shell.job_id)
    page = browser.get(answer.url).content.decode()
    for file in ("certificate", "known-hosts"):
        saved = browser.get(f"/jobs/{shell.job_id}/{file}/")
        name = saved["Content-Disposition"].rpartition("''")[2]
        assert name in page
        (folder / name).write_bytes(saved.content)
    command = page.partition('id="session-command" tabindex="0">')[2].partition("</pre>")[0]
    words = [*shlex.split(command), "echo in $((6 * 7))"]
    quiet = ["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
    entered = subprocess.run(
        [words[0], *quiet, *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )

    assert (entered.stdout, entered.returncode) == ("in 42\n", 0), entered.stderr
    again = browser.get(answer.url).content.decode()
    assert "127.0.0.1</th>" in again


def test_nothing_but_the_session_s_own_certificate_lets_in(scene: Scene) -> None:
    opened = scene.opened()
    scene.started(opened.shell.job_id)
    name, line = str(opened.shell), scene.key.with_suffix(".pub").read_text()
    now = wall_now()
    key = presented(line)
    hour = timedelta(hours=1)
    own = str(scene.folder / "own-ca")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", own], check=True)
    tried = {
        "an expired certificate": key.certified(name, now - hour, now - timedelta(seconds=1)),
        "one that is not valid yet": key.certified(name, now + hour, now + 2 * hour),
        "one for another session": key.certified("session-999", now, now + hour),
    }
    assert scene.run(name, "echo in").stdout == "in\n"
    for why, certificate in tried.items():
        scene.keep(certificate)
        refused = scene.run(name, "echo in")
        assert (refused.stdout, refused.returncode) == ("", 255), why
    scene.keep(key.certified("session-999", now, now + hour))
    assert scene.run("session-999", "echo in").stdout == ""
    (scene.folder / "key-cert.pub").unlink()
    assert scene.run(name, "echo in").returncode == 255, "the bare key"
    subprocess.run(
        ["ssh-keygen", "-q", "-s", own, "-I", name, "-n", name, f"{scene.key}.pub"],
        check=True,
    )
    assert scene.run(name, "echo in").returncode == 255, "another authority's"
    assert authority().get_fingerprint() not in line


def test_a_session_s_door_forwards_nothing_and_ends_with_the_session(scene: Scene) -> None:
    opened = scene.opened()
    job = scene.started(opened.shell.job_id)
    name = str(opened.shell)
    with socket.create_server(("127.0.0.1", 0)) as house:
        target = f"127.0.0.1:{house.getsockname()[1]}"
        forwarded = scene.run(name, options=("-W", target))
        back = scene.run(
            name, "true", options=("-R", f"0:{target}", "-o", "ExitOnForwardFailure=yes")
        )
        subsystem = scene.run(name, "sftp", options=("-s",))
    held = subprocess.Popen(scene.ssh(name, "echo in; sleep 100"), stdout=subprocess.PIPE)
    assert held.stdout is not None
    assert held.stdout.readline() == b"in\n"

    cancel_job(member_id=scene.world.cast.ben.id, job_id=job.pk, now=scene.delivery.start)

    assert held.wait(20) == 255
    held.stdout.close()
    assert [result.returncode for result in (forwarded, back)] == [255, 255]
    assert subsystem.returncode != 0
    assert scene.run(name, "echo in").returncode == 254


def test_who_may_not_enter_any_more_is_not_let_in(scene: Scene) -> None:
    opened = scene.opened()
    scene.started(opened.shell.job_id)
    facts: dict[str, Any] = {"from_address": "127.0.0.1", "now": scene.delivery.start}
    name, wall = str(opened.shell), wall_now()

    assert enter_shell(name=name, wall=wall, **facts) is not None
    assert enter_shell(name=name, wall=wall + timedelta(hours=2), **facts) is None
    for strange in ("session-", "session-0", "root", f"{name}x", "session-²"):
        assert enter_shell(name=strange, wall=wall, **facts) is None
    Membership.objects.filter(person=scene.world.cast.ben.person).delete()
    assert enter_shell(name=name, wall=wall, **facts) is None
    Job.objects.filter(pk=opened.shell.job_id).update(state="SUCCEEDED")
    assert end_visits(now=scene.delivery.start, wall=wall) == 1
    assert end_visits(now=scene.delivery.start, wall=wall) == 0


def test_a_session_is_opened_by_the_buyer_for_a_sound_key_where_shells_are_given(
    scene: Scene,
) -> None:
    with pytest.raises(NotFound):
        scene.opened(member_id=scene.world.cast.dana.id)
    for bad in ("", "ssh-rsa AAAA", "hello", "ssh-ed25519 x\nssh-ed25519 y", "x" * 3_000):
        with pytest.raises(KeyRefused):
            scene.opened(public_key=bad)
    with pytest.raises(PrivateKeyGiven):
        scene.opened(public_key=scene.key.read_text())
    rsa = str(scene.folder / "rsa")
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa], check=True)
    with pytest.raises(KeyKindRefused):
        scene.opened(public_key=Path(f"{rsa}.pub").read_text())
    Allocation.objects.filter(pk=scene.delivery.id).update(connector="simulated")
    with pytest.raises(NoDoorThere):
        scene.opened()
    assert Shell.objects.count() == 0
    assert Job.objects.count() == 0
