"""Checkouts beside each other never meet."""

from pathlib import Path

from tests.services.checkout import Checkout

LENT = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_checkouts_have_ports_of_their_own_that_the_system_lends_to_nobody() -> None:
    ports = [port for _ in range(200) for port in Checkout(Path("/nowhere")).ports.values()]

    assert len(set(ports)) == len(ports) == 200 * 7
    assert max(ports) < int(LENT.read_text().split()[0])
