"""Sessions on pages: opened by the buyer, seen by those it concerns, keys never said again."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.http import HttpResponse

from accounts.models import Membership
from delivery.actions import schedule_queue
from delivery.actions.shells import enter_shell
from delivery.models import Allocation, Job, JobKind, Shell
from delivery.pages.words import JOB_KINDS
from tests.cast import Player, visitor
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now

FROM = "203.0.113.9"
JOB = {"client_job_id": "train-1", "name": "train", "devices": 1, "time_limit_s": 600}


@pytest.fixture
def delivery(world: World, settings: Any, tmp_path: Path) -> Delivery:
    """A delivery that has begun, where shells are given; pages need no cell."""
    settings.SSH_DOOR, settings.VAR_DIR = "door.example:2222", tmp_path
    delivery = Delivery(world)
    delivery.begin()
    Allocation.objects.filter(pk=delivery.id).update(connector="process")
    return delivery


def key_of(kind: str = "ssh-ed25519", **more: Any) -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(kind, comment="ben", **more)


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode()


def asked(player: Player, delivery: Delivery, **change: Any) -> HttpResponse:
    given = {"public_key": public(key_of()), "devices": 1, "time_limit_s": 600} | change
    answer = visitor(player).post(f"/deliveries/{delivery.id}/sessions/", given)
    assert isinstance(answer, HttpResponse)
    return answer


def running(world: World, delivery: Delivery, **change: Any) -> Shell:
    """A session that Ben opened on the page, and that runs."""
    asked(world.cast.ben, delivery, **change)
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    shell = Shell.objects.latest("id")
    assert shell.job.state == "RUNNING"
    return shell


def entered(shell: Shell, delivery: Delivery, *, times: int = 1) -> None:
    for _ in range(times):
        facts = {"from_address": FROM, "now": delivery.start, "wall": wall_now()}
        assert enter_shell(name=str(shell), **facts)


def test_a_form_that_is_sent_twice_opens_one_session(world: World, delivery: Delivery) -> None:
    page = visitor(world.cast.ben).get(f"/deliveries/{delivery.id}/sessions/").content.decode()
    own_id = re.findall(r'name="client_job_id" value="([0-9a-f]{16})"', page)[0]
    form = {"public_key": public(key_of()), "client_job_id": own_id}

    answers = [asked(world.cast.ben, delivery, **form) for _ in range(2)]
    other = asked(world.cast.ben, delivery, **form, time_limit_s=601)

    session = Shell.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/jobs/{session.job_id}/"] * 2
    assert other.status_code == 422
    assert "was used for another job" in other.content.decode()


def test_the_id_of_a_job_opens_no_session(world: World, delivery: Delivery) -> None:
    job = Job.objects.create(**JOB, buyer_id=world.cast.ben.id, submitted_at=delivery.start)

    refused = asked(world.cast.ben, delivery, client_job_id=job.client_job_id)

    assert refused.status_code == 422
    assert not Shell.objects.exists()


def test_every_kind_of_job_has_its_word() -> None:
    assert set(JOB_KINDS) == set(JobKind.values)
    assert JOB_KINDS["SESSION"] == "Session"


@pytest.mark.parametrize(("language", "words"), [("en", "Open a session"), ("zh-hans", "打开会话")])
def test_a_buyer_opens_a_session_and_is_told_how_to_enter_it(
    world: World, delivery: Delivery, language: str, words: str
) -> None:
    client, key = visitor(world.cast.ben, language), key_of()
    assert words in client.get(f"/deliveries/{delivery.id}/").content.decode()

    answer = asked(world.cast.ben, delivery, public_key=public(key))

    shell = Shell.objects.get()
    job = f"/jobs/{shell.job_id}/"
    page = client.get(job).content.decode()
    command = f"ssh -i key -o CertificateFile={shell}-cert.pub"
    command += f" -o UserKnownHostsFile={shell}-known_hosts -p 2222 {shell}@door.example"
    certificate, known = client.get(f"{job}certificate/"), client.get(f"{job}known-hosts/")
    assert answer.status_code == 302
    assert answer["Location"] == job
    assert command in page
    assert key.get_fingerprint() in page
    read = asyncssh.import_certificate(certificate.content)
    assert read.principals == [str(shell)]
    assert read.key.public_data == key.public_data
    assert known.content.startswith(b"[door.example]:2222 ssh-ed25519 ")
    assert certificate["Content-Disposition"].endswith(f"{shell}-cert.pub")
    assert 'hx-get="' + job in page
    part = client.get(f"{job}?part=session", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="session-steps"')


def private_keys() -> list[str]:
    key = key_of()
    return [
        key.export_private_key("openssh").decode(),
        key.export_private_key("openssh").decode().replace("\n", " "),
        key.export_private_key("openssh").decode().split("\n")[1],
        key_of("ssh-rsa", key_size=4096).export_private_key("pkcs1-pem").decode(),
        key_of("ecdsa-sha2-nistp256").export_private_key("pkcs8-pem").decode(),
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAAIHNlY3JldA==",
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_private_key_is_refused_and_never_said_again(
    world: World, delivery: Delivery, number: int
) -> None:
    private = private_keys()[number]

    answer = asked(world.cast.ben, delivery, public_key=private, devices=3)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is a private key" in page
    assert 'id="session_public_key_error"' in page
    secret = [line for line in private.split() if len(line) > 12 and "KEY" not in line.upper()]
    assert secret
    assert not any(line in page for line in secret)
    assert 'value="3"' in page
    assert Job.objects.count() == 0
    body = {"public_key": private}
    told = visitor(world.cast.ben).post(
        f"/api/v1/allocations/{delivery.id}/sessions/", body, content_type="application/json"
    )
    assert told.status_code in {400, 422}
    assert not any(line in told.content.decode() for line in secret)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"public_key": "hello"}, "not one line of an OpenSSH public key"),
        ({"public_key": ""}, "This field is required"),
        ({"public_key": "RSA"}, "Keys of the kind ssh-rsa are not taken"),
        ({"devices": 99}, "99"),
        ({"devices": 0}, "greater than or equal to 1"),
        ({"time_limit_s": 3_601}, "less than or equal to 3600"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    world: World, delivery: Delivery, change: dict[str, Any], words: str
) -> None:
    if change.get("public_key") == "RSA":
        change = {"public_key": public(key_of("ssh-rsa", key_size=2048))}

    answer = asked(world.cast.ben, delivery, **change)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="session_{next(iter(change))}_error"' in page
    assert words in page
    assert Job.objects.count() == 0


def test_who_may_see_sees_who_came_in_and_the_seller_that_there_are_sessions(
    world: World, delivery: Delivery
) -> None:
    shell = running(world, delivery)
    entered(shell, delivery, times=2)
    cast, place = world.cast, f"/deliveries/{delivery.id}/sessions/"
    details = (FROM, shell.fingerprint)

    pages = {
        name: visitor(getattr(cast, name)).get(place).content.decode()
        for name in ("ben", "cleo", "eli", "ada")
    }

    for name, page in pages.items():
        assert str(shell) in page, name
        assert all((word in page) == (name != "ada") for word in details), name
        assert ("Open a session" in page) == (name == "ben"), name
        assert (f"/jobs/{shell.job_id}/cancel/" in page) == (name == "ben"), name
        assert "cert-v01" not in page
    assert str(shell) in visitor(cast.ada).get(f"/deliveries/{delivery.id}/").content.decode()
    assert visitor(cast.dana).get(place).status_code == 404
    for name in ("ada", "cleo", "eli", "dana"):
        client = visitor(getattr(cast, name))
        assert client.get(f"/jobs/{shell.job_id}/certificate/").status_code == 404
        assert asked(getattr(cast, name), delivery).status_code in {403, 404}
    assert Shell.objects.count() == 1


def test_a_reader_of_the_buyer_s_team_sees_sessions_and_opens_none(
    world: World, delivery: Delivery
) -> None:
    shell = running(world, delivery)
    Membership.objects.filter(person=world.cast.ben.person).update(role="VIEWER")
    client = visitor(world.cast.ben)

    page = client.get(f"/jobs/{shell.job_id}/").content.decode()

    assert shell.fingerprint in page
    assert "session-command" not in page
    assert client.get(f"/jobs/{shell.job_id}/certificate/").status_code == 403
    assert "Open a session" not in client.get(f"/deliveries/{delivery.id}/").content.decode()
    assert asked(world.cast.ben, delivery).status_code == 403


def test_visits_are_paged_and_a_session_that_has_ended_says_so(
    world: World, delivery: Delivery
) -> None:
    shell = running(world, delivery)
    entered(shell, delivery, times=21)
    client = visitor(world.cast.ben)
    place = f"/jobs/{shell.job_id}/"

    assert client.get(place).content.decode().count(f"{FROM}</th>") == 20
    assert client.get(f"{place}?page=2").content.decode().count(f"{FROM}</th>") == 1
    Shell.objects.update(certificate_until=wall_now() - timedelta(seconds=1))
    assert "certificate has expired" in client.get(place).content.decode()
    Job.objects.update(state="SUCCEEDED")
    ended = client.get(place).content.decode()
    assert "This session has ended" in ended
    assert "session-command" not in ended


def test_sessions_are_called_so_among_jobs(world: World, delivery: Delivery) -> None:
    shell = running(world, delivery)
    asked(world.cast.ben, delivery)

    for place in ("/jobs/", "/queue/", f"/deliveries/{delivery.id}/"):
        page = visitor(world.cast.ben).get(place).content.decode()
        assert f">{shell}" in page, place
        assert ">Session</span>" in page, place
    assert f"<h1>{shell}" in visitor(world.cast.ben).get(f"/jobs/{shell.job_id}/").content.decode()


def test_where_no_shells_are_given_there_is_no_card(
    world: World, delivery: Delivery, settings: Any
) -> None:
    place = f"/deliveries/{delivery.id}/"
    assert 'id="sessions"' in visitor(world.cast.ada).get(place).content.decode()

    Allocation.objects.filter(pk=delivery.id).update(connector="simulated")
    assert 'id="sessions"' not in visitor(world.cast.ben).get(place).content.decode()
    refused = asked(world.cast.ben, delivery)
    assert refused.status_code == 422
    assert "cannot be entered" in refused.content.decode()
    settings.SSH_DOOR = ""
    assert asked(world.cast.ben, delivery).status_code == 422
