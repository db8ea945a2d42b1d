"""A wake-up saves waiting; it never fails an action."""

import contextlib

import psycopg
import pytest
from celery.signals import worker_ready
from django.db import connection

from config.celery import app
from config.conductor import JOURNEY, LEGS, LOCK_SPACE
from config.tasks import AGAIN, walk_leg
from counter import patience
from counter.waking import announce


@pytest.mark.django_db
def test_a_wake_up_reaches_the_broker_after_the_commit(
    django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_until", 0.0)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        announce("traded")

    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue("celery")
        assert queue.get(timeout=2).headers["task"] == "config.wake"


def messages() -> list[tuple[str, list[object]]]:
    """Take what waits in the queue: tasks and their arguments."""
    found = []
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue("celery")
        with contextlib.suppress(queue.Empty):
            while True:
                message = queue.get(timeout=0.3)
                found.append((message.headers["task"], list(message.payload[0])))
                message.ack()
    return found


def test_a_worker_that_starts_looks_at_every_leg() -> None:
    messages()

    worker_ready.send(sender=None)

    assert messages() == [("config.walk_leg", [leg.name, AGAIN]) for leg in JOURNEY]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("again", "returned", "sent"),
    [(0, False, []), (0, True, [AGAIN]), (2, False, [1]), (1, True, [])],
)
def test_what_a_killed_worker_was_walking_is_walked_again_when_its_leg_is_free(
    again: int, returned: bool, sent: list[int]
) -> None:
    """The database hears of its death in moments: until then the leg counts as taken."""
    messages()
    owner = connection.settings_dict
    with psycopg.connect(
        host=owner["HOST"], port=owner["PORT"], user=owner["USER"], dbname=owner["NAME"]
    ) as other:
        number = list(LEGS).index("money")
        other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, number])
        walk_leg.push_request(delivery_info={"redelivered": returned})
        try:
            walk_leg.run("money", again)
        finally:
            walk_leg.pop_request()

    assert messages() == [("config.walk_leg", ["money", left]) for left in sent]


@pytest.mark.django_db
def test_a_lost_broker_does_not_fail_the_action(
    django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_until", 0.0)
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        announce("traded")

    # Who has waited for it once does not wait again at once.
    assert patience.is_left_alone()
    monkeypatch.setattr(patience, "_until", 0.0)
