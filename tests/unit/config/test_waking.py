"""A wake-up saves waiting; it never fails an action."""

import pytest

from config.celery import app
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
