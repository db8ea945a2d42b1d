"""Append deeds to the audit trail, inside the transaction that does them."""

from datetime import datetime
from typing import Any

from accounts.models import Deed


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
