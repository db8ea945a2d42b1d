"""Empty the tables between committing tests, past the triggers that forbid it to everyone."""

from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

_sql_flush = DatabaseOperations.sql_flush
TRUNCATE_TRIGGERS = """
SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
WHERE NOT tgisinternal AND (tgtype & 32) <> 0
"""


def _flush_past_triggers(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
    statements = _sql_flush(self, *args, **kwargs)
    with self.connection.cursor() as cursor:
        cursor.execute(TRUNCATE_TRIGGERS)
        triggers = cursor.fetchall()
    before = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in triggers]
    after = [f"ALTER TABLE {table} ENABLE TRIGGER {name}" for table, name in triggers]
    return [*before, *statements, *after]


def allow_flush() -> None:
    """Let the owner's flush pass; what the application may do is untouched."""
    DatabaseOperations.sql_flush = _flush_past_triggers  # type: ignore[method-assign]
