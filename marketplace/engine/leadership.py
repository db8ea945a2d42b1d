"""Who may write: one leader by advisory lock, fenced by its term.

The lock is held by the connection that writes, so that it ends with whatever ends the writer.
A leader that is silent for too long (stopped, swapped out) has its session ended; when it wakes,
its term has passed and nothing that it writes is accepted. One that cannot write its sign, since
the database lets nobody write, is not silent: its session still asks.
"""

import os
import socket
from datetime import datetime, timedelta

import structlog
from django.db import connection

log = structlog.get_logger(__name__)
LOCK = 7_305_200
# A leader gives a sign at least every BEAT, also when nobody asks for anything.
BEAT = timedelta(seconds=0.5)
SILENT = timedelta(seconds=2)

# Longer than that a turn waits for nobody's lock: its callers are told that the market is busy.
_PATIENCE = "SET lock_timeout = '2s'"
_TRY = "SELECT pg_try_advisory_lock(%s)"
_TERM = """
INSERT INTO marketplace_marketsequence AS s
       (id, last_number, journal, chain, epoch, leader, halted_by, beat_at)
VALUES (1, 0, 0, '', 1, %(leader)s, '', %(wall)s)
ON CONFLICT (id) DO UPDATE
SET epoch = s.epoch + 1, leader = EXCLUDED.leader, beat_at = EXCLUDED.beat_at
RETURNING epoch
"""
_BEAT = "UPDATE marketplace_marketsequence SET beat_at = %s WHERE id = 1 AND epoch = %s"
_SILENT = """
SELECT l.pid FROM pg_locks l CROSS JOIN marketplace_marketsequence s
JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND (l.classid::bigint << 32) + l.objid::bigint = %s
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (s.beat_at IS NULL OR s.beat_at < %s)
  AND (a.state <> 'active' OR a.wait_event_type = 'Client')
  AND a.state_change < clock_timestamp() - make_interval(secs => %s)
"""


def try_to_lead(wall: datetime) -> int | None:
    """Return the term that begins now, or None while another engine leads."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_PATIENCE)
        leader = f"{socket.gethostname()}:{os.getpid()}"
        cursor.execute(_TERM, {"leader": leader, "wall": wall})
        return int(cursor.fetchone()[0])


def give_sign(term: int, wall: datetime) -> bool:
    """Say that the leader lives; False when its term has passed."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, [wall, term])
        return bool(cursor.rowcount)


def end_silent_leader(wall: datetime) -> bool:
    """End the session of a leader that has given no sign for too long; tell whether it was."""
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, [LOCK, wall - SILENT, SILENT.total_seconds()])
        row = cursor.fetchone()
        if row is None:
            return False
        log.warning("silent_leader_ended", session=row[0])
        cursor.execute("SELECT pg_terminate_backend(%s)", [row[0]])
        return True


def stop_market(reason: str) -> None:
    """Note why the engine stopped by itself: no turn is taken until an operator resumes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_marketsequence SET halted_by = %s WHERE id = 1", [reason[:400]]
        )
