"""Sealing in a suite whose other workers have transactions of their own running.

The sealer waits for every older transaction of the server, those of other databases
included, so a test must wait until they have ended.
"""

import time
from datetime import datetime

from django.db import connection

from accounts.actions import seal_deeds
from accounts.actions.sealing import SealReport

PATIENCE_S = 90


def wait_until_older_transactions_end(deeds: int | None = None) -> None:
    """Wait until the first `deeds` deeds (all of them by default) may be sealed."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT xid FROM accounts_deed ORDER BY id LIMIT %s) d"
                " WHERE d.xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
                [deeds],
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


def seal_quietly(*, now: datetime, deeds: int | None = None) -> SealReport:
    """Seal once older transactions have ended."""
    wait_until_older_transactions_end(deeds)
    return seal_deeds(now=now)
