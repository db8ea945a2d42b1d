"""Append deeds to the audit trail, inside the transaction that does them."""

from datetime import datetime
from typing import Any

import msgspec

from accounts.models import Deed
from accounts.queries.audit import SEVERAL

_BATCH = """
INSERT INTO accounts_deed (at_market, actor_person_id, actor_member_id, verb, subject, facts)
SELECT %(now)s::timestamptz, r.person, r.member, r.verb, r.subject, r.facts
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


class DeedsOfATurn:
    """What people did in one turn of the market: one deed a person, member and verb.

    Of several, the subject is `several`; its facts name the subjects, and what was done to each.
    """

    def __init__(self) -> None:
        self._done: dict[tuple[int | None, int, str], list[tuple[str, dict[str, Any]]]] = {}

    def note(
        self, verb: str, subject: str, *, person: int | None, member: int, facts: dict[str, Any]
    ) -> None:
        """Note what was done, to what, by whom."""
        self._done.setdefault((person, member, verb), []).append((subject, facts))

    def statements(self, now: datetime) -> list[tuple[str, dict[str, Any]]]:
        """Return what appends them, at market time `now`."""
        if not self._done:
            return []
        rows = []
        for (person, member, verb), done in self._done.items():
            subject, facts = done[0]
            if len(done) > 1:
                subjects, each = zip(*done, strict=True)
                subject, facts = SEVERAL, {"subjects": subjects, "each": each}
            row = {"verb": verb, "subject": subject, "facts": facts}
            rows.append({"person": person, "member": member, **row})
        return [(_BATCH, {"now": now, "rows": msgspec.json.encode(rows).decode()})]
