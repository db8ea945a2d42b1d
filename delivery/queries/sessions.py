"""Sessions at the database: a worker that was killed leaves none behind."""

from dataclasses import dataclass

from django.db import connection

# A server process may get the number of an earlier one: with its start it is named for ever.
NAMES = """
SELECT pid || ':' || extract(epoch FROM backend_start), pid = pg_backend_pid()
FROM pg_stat_activity WHERE datname = current_database() AND backend_start IS NOT NULL
"""


@dataclass(frozen=True)
class Sessions:
    """The name of this process's own session, and of all that live."""

    own: str
    living: frozenset[str]


def sessions() -> Sessions:
    """Return who is connected now; a claim made in a session that is over is nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        rows = cursor.fetchall()
    own = next(name for name, is_own in rows if is_own)
    return Sessions(own, frozenset(name for name, _ in rows))
