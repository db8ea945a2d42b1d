"""The servers come up, are shared, and leave nothing behind however they end."""

import os
import signal
import socket
import sys

import pytest

from tests.services.checkout import Checkout, wait_until

pytestmark = pytest.mark.xdist_group("services")


def test_a_command_runs_beside_both_servers_and_nothing_stays(checkout: Checkout) -> None:
    result = checkout.manage("services", "run", "--", "sh", "-c", "echo beside; exit 7")

    assert (result.stdout, result.returncode) == ("beside\n", 7)
    assert checkout.leaves_nothing()


def test_data_is_kept_from_one_run_to_the_next(checkout: Checkout) -> None:
    checkout.sql("CREATE TABLE kept AS SELECT 42 AS answer")

    assert "42" in checkout.sql("SELECT answer FROM kept")


def test_ctrl_c_leaves_no_process_and_no_port(checkout: Checkout) -> None:
    supervisor = checkout.start("services", "up")
    assert wait_until(checkout.is_up)

    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(30) == 0
    assert checkout.leaves_nothing()


def test_killing_the_supervisor_leaves_no_process_and_no_port(checkout: Checkout) -> None:
    supervisor = checkout.start("services", "up")
    assert wait_until(checkout.is_up)

    supervisor.kill()
    supervisor.wait()

    assert wait_until(checkout.leaves_nothing, 20), checkout.processes()


def test_a_lost_database_stops_everything_and_keeps_what_was_committed(checkout: Checkout) -> None:
    checkout.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    supervisor = checkout.start("services", "up")
    assert wait_until(checkout.is_up)

    os.kill(checkout.process("/postgres -D"), signal.SIGKILL)

    assert supervisor.wait(30) == 1
    assert "PostgreSQL ended" in checkout.log()
    assert wait_until(checkout.leaves_nothing, 20), checkout.processes()
    assert "42" in checkout.sql("SELECT answer FROM kept")


def test_a_lost_valkey_is_started_again(checkout: Checkout) -> None:
    checkout.start("services", "up")
    assert wait_until(checkout.is_up)
    lost = checkout.process("valkey")

    os.kill(lost, signal.SIGKILL)

    assert wait_until(lambda: "Valkey ended" in checkout.log(), 10)
    assert wait_until(lambda: "GRIDHOUR_VALKEY_PORT" in checkout.open_ports(), 10)


@pytest.mark.parametrize("setting", ["GRIDHOUR_PG_PORT", "GRIDHOUR_VALKEY_PORT"])
def test_a_busy_port_is_named_with_the_setting_that_moves_it(
    checkout: Checkout, setting: str
) -> None:
    with socket.create_server(("127.0.0.1", checkout.ports[setting])):
        result = checkout.manage("services", "run", "--", "true")

        assert result.returncode == 1
        assert f"port {checkout.ports[setting]} is taken" in result.stderr
        assert f"set {setting}" in result.stderr
        assert not checkout.processes()


def test_a_second_command_uses_the_first_ones_servers_which_wait_for_it(
    checkout: Checkout,
) -> None:
    first = checkout.start("services", "run", "--", "sleep", "2")
    assert wait_until(checkout.is_up)
    server = checkout.process("/postgres -D")
    second = checkout.start("services", "run", "--", "sleep", "4")

    first_still_waits = not wait_until(lambda: first.poll() is not None, 3)

    assert first_still_waits
    assert checkout.process("/postgres -D") == server
    assert second.wait(20) == 0
    assert first.wait(20) == 0
    assert checkout.leaves_nothing()


def test_a_second_supervisor_is_refused(checkout: Checkout) -> None:
    checkout.start("services", "up")
    assert wait_until(checkout.is_up)

    result = checkout.manage("services", "up")

    assert result.returncode == 1
    assert "supervised by another process" in result.stderr


def test_servers_named_by_an_address_are_not_started(checkout: Checkout) -> None:
    result = checkout.manage(
        "services",
        "run",
        "--",
        "sh",
        "-c",
        "echo only the command",
        DATABASE_URL="postgresql://db.example/gridhour",
        REDIS_URL="redis://valkey.example/0",
    )

    assert result.stdout == "only the command\n"
    assert not (checkout.var / "postgres").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_root_serves_a_checkout_that_no_other_account_can_reach(
    closed_checkout: Checkout,
) -> None:
    assert "gridhour_app" in closed_checkout.sql("SELECT rolname FROM pg_roles")

    supervisor = closed_checkout.start("services", "up")
    assert wait_until(closed_checkout.is_up)
    supervisor.kill()

    assert wait_until(closed_checkout.leaves_nothing, 20), closed_checkout.processes()


def test_status_tells_up_from_down(checkout: Checkout) -> None:
    down = checkout.manage("services", "status").stdout
    status = [sys.executable, "manage.py", "services", "status"]
    up = checkout.manage("services", "run", "--", *status).stdout

    assert "PostgreSQL: down" in down
    assert "PostgreSQL: up" in up
