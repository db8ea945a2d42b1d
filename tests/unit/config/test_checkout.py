"""Each checkout has servers and ports of its own."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config.checkout import PORTS_PER_CHECKOUT, first_port, service_addresses

FIRST_EPHEMERAL = 32_768
folders = st.text(alphabet="abcdefgh/-", min_size=1, max_size=30).map(
    lambda name: Path("/x") / name
)


@given(folders)
def test_a_checkouts_ports_lie_below_those_that_the_system_hands_out(folder: Path) -> None:
    port = first_port(folder)

    assert port > 1024
    assert port + PORTS_PER_CHECKOUT <= FIRST_EPHEMERAL
    assert port == first_port(folder)


@given(folders, folders)
def test_two_checkouts_share_all_their_ports_or_none(one: Path, other: Path) -> None:
    first, second = first_port(one), first_port(other)

    assert first == second or abs(first - second) >= PORTS_PER_CHECKOUT


def test_two_neighbouring_checkouts_differ() -> None:
    assert first_port(Path("/home/ada/gridhour")) != first_port(Path("/home/ada/gridhour-2"))


def test_an_address_of_ones_own_replaces_the_embedded_server() -> None:
    given_addresses = {"DATABASE_URL": "postgresql://db/market", "REDIS_URL": "redis://cache/0"}

    addresses = service_addresses(Path("/x"), given_addresses, production=True)

    assert addresses.database_url == addresses.database_owner_url == "postgresql://db/market"
    assert addresses.redis_url == "redis://cache/0"


def test_production_without_servers_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL and REDIS_URL"):
        service_addresses(Path("/x"), {"DATABASE_URL": "postgresql://db/market"}, production=True)


def test_each_role_has_its_address() -> None:
    addresses = service_addresses(Path("/x"), {"GRIDHOUR_PG_PORT": "1234"}, production=False)

    assert addresses.database_url == "postgresql://gridhour_app@127.0.0.1:1234/gridhour"
    assert addresses.database_owner_url == "postgresql://postgres@127.0.0.1:1234/gridhour"
    assert addresses.database_reader_url == "postgresql://gridhour_reader@127.0.0.1:1234/gridhour"
