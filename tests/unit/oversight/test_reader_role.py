"""Regulators read through a role that cannot write: tried on a real connection of its own."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import errors

from config.rights import READER_ROLE, grant_rights

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Iterator[psycopg.Connection]:
    """A connection of the reading role to the test's database, after the same grants."""
    grant_rights("default")
    connection.connection.commit()
    address = settings.DATABASES["reader"]
    with psycopg.connect(
        host=connections["default"].settings_dict["HOST"],
        port=connections["default"].settings_dict["PORT"],
        dbname=connections["default"].settings_dict["NAME"],
        user=address["USER"],
        password=address["PASSWORD"],
        autocommit=True,
    ) as opened:
        yield opened


@pytest.mark.django_db(transaction=True)
def test_the_reader_reads_every_room(reader: psycopg.Connection) -> None:
    assert reader.execute("SELECT current_user").fetchone() == (READER_ROLE,)
    for table in ("accounts_member", "ledger_entryline", "marketplace_trade", "oversight_licence"):
        reader.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO oversight_licence (number) VALUES ('x')",
        "UPDATE accounts_member SET state = 'SUSPENDED'",
        "DELETE FROM accounts_deed",
        "TRUNCATE marketplace_trade CASCADE",
        "CREATE TABLE mine (id integer)",
        "DROP TABLE oversight_licence CASCADE",
        "SELECT nextval('oversight_licence_id_seq')",
        "SELECT * FROM marketplace_trade FOR UPDATE",
    ],
)
def test_the_reader_cannot_write(reader: psycopg.Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(statement)
