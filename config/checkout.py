"""Where this checkout's services live: addresses of its own, from its own path.

Two checkouts on one machine never collide, because ports are a function of the
checkout's path. `DATABASE_URL` and `REDIS_URL` replace the embedded servers.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FIRST_PORT = 20_000
PORTS_PER_CHECKOUT = 10
CHECKOUTS = 1_000


@dataclass(frozen=True)
class ServiceAddresses:
    """The addresses of the database (three roles) and of Valkey."""

    database_url: str
    database_owner_url: str
    database_reader_url: str
    redis_url: str


def first_port(base_dir: Path) -> int:
    """Return the first of the ten ports that belong to the checkout at `base_dir`."""
    digest = hashlib.sha256(str(base_dir.resolve()).encode()).digest()
    slot = int.from_bytes(digest[:4], "big") % CHECKOUTS
    return FIRST_PORT + slot * PORTS_PER_CHECKOUT


def service_addresses(
    base_dir: Path, environment: Mapping[str, str], *, production: bool
) -> ServiceAddresses:
    """Return the addresses from the environment, else those of the embedded servers.

    Raises ImproperlyConfigured when production names no database or no Valkey.
    """
    port = first_port(base_dir)
    pg_port = int(environment.get("GRIDHOUR_PG_PORT", port))
    valkey_port = int(environment.get("GRIDHOUR_VALKEY_PORT", port + 1))
    database_url = environment.get("DATABASE_URL", "")
    redis_url = environment.get("REDIS_URL", "")
    if production and not (database_url and redis_url):
        msg = "production needs DATABASE_URL and REDIS_URL"
        raise ImproperlyConfigured(msg)
    embedded = "postgresql://{role}@127.0.0.1:{port}/gridhour"
    return ServiceAddresses(
        database_url=database_url or embedded.format(role="gridhour_app", port=pg_port),
        database_owner_url=environment.get("DATABASE_OWNER_URL")
        or database_url
        or embedded.format(role="postgres", port=pg_port),
        database_reader_url=environment.get("DATABASE_READER_URL")
        or database_url
        or embedded.format(role="gridhour_reader", port=pg_port),
        redis_url=redis_url or f"redis://127.0.0.1:{valkey_port}/0",
    )
