"""A market of its own to measure in: a throw-away database on the embedded server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.checkout import service_addresses

BASE = Path(__file__).resolve().parent.parent
MARKET, PEER, NAIVE = "gridhour_bench", "gridhour_bench_peer", "gridhour_bench_naive"
LISTING_TURNS = 8


def move_in() -> None:
    """Point this process and its children at the throw-away database, before settings load."""
    addresses = service_addresses(BASE, os.environ, production=False)
    os.environ["DATABASE_URL"] = _renamed(addresses.database_url, MARKET)
    os.environ["DATABASE_OWNER_URL"] = _renamed(addresses.database_owner_url, MARKET)
    os.environ["DATABASE_READER_URL"] = _renamed(addresses.database_reader_url, MARKET)
    os.environ["REDIS_URL"] = addresses.redis_url.rpartition("/")[0] + "/9"
    os.environ["API_CALLS_PER_MINUTE"] = os.environ["ENTRY_CALLS_PER_MINUTE"] = "100000000"
    os.environ["TOKENS_PER_MINUTE"] = "1000000"
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


@contextmanager
def furnished() -> Iterator[None]:
    """Make the databases and the seeded national market; drop both at the end."""
    _recreate()
    try:
        _manage("prepare_database", "-v", "0")
        _manage("seed", "-v", "0")
        _manage("traders", "--turns", str(LISTING_TURNS), "--orders-a-day", "20")
        yield
    finally:
        _drop()


def peer_address() -> str:
    """Return the address of the peer's database on the same server."""
    return _renamed(os.environ["DATABASE_OWNER_URL"], PEER)


def copied() -> dict[str, str]:
    """Copy the market as it is for the baseline; return the environment that works on it.

    Nobody may be connected to the market meanwhile.
    """
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _run(statement.format(sql.Identifier(NAIVE), sql.Identifier(MARKET)))
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL")
    return {name: _renamed(os.environ[name], NAIVE) for name in names}


def _recreate() -> None:
    _drop()
    for name in (MARKET, PEER):
        _run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _drop() -> None:
    for name in (MARKET, PEER, NAIVE):
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        _run(statement.format(sql.Identifier(name)))


def _run(statement: sql.Composed) -> None:
    owner = _renamed(os.environ["DATABASE_OWNER_URL"], "postgres")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(statement)


def _manage(*command: str) -> None:
    print(f"  manage.py {' '.join(command)}", flush=True)
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BASE,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _renamed(address: str, database: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))
