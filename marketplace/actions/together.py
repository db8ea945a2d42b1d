"""Statements that travel together: one round trip, through the driver's own cursor."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor

Row = dict[str, Any]
Statement = tuple[str, Row]


def run_together(statements: Sequence[Statement]) -> None:
    """Run statements in one round trip; the first that fails fails all."""
    connection.ensure_connection()
    raw = connection.connection
    # The driver's own cursor: the server keeps the statements prepared.
    with connection.wrap_database_errors, raw.pipeline(), Cursor(raw) as cursor:
        for text, parameters in statements:
            cursor.execute(text, parameters, prepare=True)
