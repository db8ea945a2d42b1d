"""How a member's dead-man switch stands."""

from marketplace.domain.switches import Switch
from marketplace.models import CancelSwitch


def switch_of(member_id: int) -> Switch | None:
    """Return the member's newest switch, armed or not; None when it never had one."""
    row = CancelSwitch.objects.filter(member_id=member_id).first()
    if row is None:
        return None
    return Switch(row.state, row.seconds, row.due_at, row.fired_at, row.ended)
