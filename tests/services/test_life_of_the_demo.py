"""The whole market comes up with one command and leaves nothing behind, however it ends."""

import os
import signal
import socket
import subprocess
import urllib.request
from datetime import datetime, timedelta

import pytest

from tests.services.checkout import Checkout, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("services")]
UP_SECONDS = 240


def start_demo(checkout: Checkout) -> subprocess.Popen[str]:
    (checkout.var / "test.log").unlink(missing_ok=True)
    demo = checkout.start("demo")
    assert wait_until(
        lambda: "Gridhour is open" in checkout.log() or demo.poll() is not None, UP_SECONDS
    )
    assert demo.poll() is None, checkout.log()
    return demo


def market_time(checkout: Checkout) -> datetime:
    """Return the market time of the newest clock row."""
    shown = checkout.sql("SELECT market_origin FROM timetable_clockrow ORDER BY id DESC LIMIT 1")
    return datetime.fromisoformat(shown.splitlines()[2].strip())


def test_the_demo_opens_survives_its_processes_and_leaves_nothing_behind(
    checkout: Checkout,
) -> None:
    demo = start_demo(checkout)
    address = f"http://127.0.0.1:{checkout.ports['GRIDHOUR_PORT']}/"
    assert address in checkout.log()
    assert "regulator@gridhour.example" in checkout.log()
    with urllib.request.urlopen(f"{address}readyz") as answer:
        assert answer.status == 200

    os.kill(checkout.process("config.wsgi"), signal.SIGKILL)
    os.kill(checkout.process("celery -A config.celery worker"), signal.SIGKILL)
    assert wait_until(lambda: "web ended (-9)" in checkout.log(), 10)
    assert wait_until(lambda: "worker ended (-9)" in checkout.log(), 10)
    assert wait_until(lambda: "GRIDHOUR_PORT" in checkout.open_ports(), 30)
    # What compiles the clearing's loops ends when it has, and is not started again.
    assert "loops is up" in checkout.log()
    assert "loops ended" not in checkout.log()

    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    assert checkout.leaves_nothing(), checkout.processes()

    rested_at = market_time(checkout)
    demo = start_demo(checkout)
    demo.kill()
    assert wait_until(checkout.leaves_nothing, 40), checkout.processes()
    # The market went on from where it rested.
    assert market_time(checkout) - rested_at < timedelta(minutes=1)


@pytest.mark.parametrize("setting", ["GRIDHOUR_PORT", "GRIDHOUR_EVENTS_PORT"])
def test_a_busy_door_is_named_before_anything_starts(checkout: Checkout, setting: str) -> None:
    with socket.create_server(("127.0.0.1", checkout.ports[setting])):
        result = checkout.manage("demo")

        assert result.returncode == 1
        assert f"set {setting} to a free port" in result.stderr
        assert not (checkout.var / "postgres").exists()
