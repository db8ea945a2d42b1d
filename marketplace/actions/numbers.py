"""Row numbers, taken from the database's own sequences, many at once where an engine runs."""

from collections import deque

from django.db import connection

_TAKE = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


class Numbers:
    """Hands out ids of rows before they are written; a gap means nothing."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._ready: dict[str, deque[int]] = {}

    def take(self, table: str) -> int:
        """Return the next id of `marketplace_<table>`."""
        ready = self._ready.get(table)
        if not ready:
            ready = self._ready.setdefault(table, deque())
            with connection.cursor() as cursor:
                cursor.execute(_TAKE, [f"marketplace_{table}", self._at_once])
                ready.extend(number for (number,) in cursor.fetchall())
        return ready.popleft()

    def give_back(self, table: str, number: int) -> None:
        """Return an id that nothing came of."""
        self._ready[table].appendleft(number)
