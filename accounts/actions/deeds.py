"""Append deeds to the audit trail, inside the transaction that does them."""

from datetime import datetime
from typing import Any

import msgspec

from accounts.models import Deed

_BATCH = """
INSERT INTO accounts_deed (at_market, actor_person_id, actor_member_id, verb, subject, facts)
SELECT %(now)s, r.person, r.member, r.verb, r.subject, r.facts
FROM json_to_recordset(%(rows)s)
     AS r(person bigint, member bigint, verb text, subject text, facts jsonb)
"""


def record_deed(
    *,
    verb: str,
    subject: str,
    now: datetime,
    member_id: int | None = None,
    person_id: int | None = None,
    facts: dict[str, Any] | None = None,
) -> Deed:
    """Append what was done (`ORDER_PLACED`), to what (`order:17`), by whom, with facts.

    The sealer chains it later; chaining here would serialise every writer.
    """
    return Deed.objects.create(
        at_market=now,
        actor_person_id=person_id,
        actor_member_id=member_id,
        verb=verb,
        subject=subject,
        facts=facts or {},
    )


def deeds_statement(rows: list[dict[str, Any]], now: datetime) -> tuple[str, dict[str, Any]]:
    """Return what appends many deeds at once: `person`, `member`, `verb`, `subject`, `facts`."""
    return _BATCH, {"now": now, "rows": msgspec.json.encode(rows).decode()}
