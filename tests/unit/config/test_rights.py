"""The database itself refuses what must never happen, whatever the code does."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from config.rights import APP_ROLE, APPEND_ONLY_TABLES, READER_ROLE

pytestmark = pytest.mark.django_db


@contextmanager
def as_role(role: str) -> Iterator[psycopg.Connection]:
    """Connect to the test's database as one of the two roles."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=role,
        dbname=settings["NAME"],
        options="-c lock_timeout=2000",
    ) as opened:
        yield opened


@pytest.mark.parametrize("act", ["UPDATE {} SET verb = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_may_not_edit_the_audit_trail(act: str) -> None:
    with as_role(APP_ROLE) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(act.format("accounts_deed"))


def test_the_application_may_edit_nothing_that_is_written_once() -> None:
    allowed = []
    with connection.cursor() as cursor:
        for table in APPEND_ONLY_TABLES:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [APP_ROLE, table, right])
                if cursor.fetchone()[0]:
                    allowed.append((table, right))

    assert allowed == []


def test_the_application_may_add_to_what_is_written_once() -> None:
    with as_role(APP_ROLE) as app:
        app.execute(
            "INSERT INTO timetable_clockrow (wall_origin, market_origin, factor, reason)"
            " VALUES (now(), now(), 1, 'a test, rolled back')"
        )
        app.rollback()


@pytest.mark.parametrize(
    "act", ["CREATE TABLE mine (id int)", "ALTER TABLE accounts_member ADD COLUMN mine int"]
)
def test_the_application_may_not_change_the_schema(act: str) -> None:
    with as_role(APP_ROLE) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(act)


@pytest.mark.parametrize(
    "act",
    [
        "INSERT INTO accounts_member DEFAULT VALUES",
        "UPDATE accounts_member SET state = 'ADMITTED'",
        "DELETE FROM marketplace_order",
        "TRUNCATE marketplace_trade",
        "CREATE TABLE mine (id int)",
        "SELECT nextval('marketplace_order_id_seq')",
    ],
)
def test_the_reader_may_write_nothing(act: str) -> None:
    with as_role(READER_ROLE) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(act)


def test_the_reader_may_read_everything() -> None:
    with as_role(READER_ROLE) as reader:
        tables = connection.introspection.table_names()
        for table in tables:
            reader.execute(sql.SQL("SELECT 1 FROM {} LIMIT 0").format(sql.Identifier(table)))


def test_neither_role_is_owner_or_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s)"
            " AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)",
            [APP_ROLE, READER_ROLE],
        )
        assert cursor.fetchone()[0] == 2
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner IN (%s, %s)", [APP_ROLE, READER_ROLE]
        )
        assert cursor.fetchone()[0] == 0
