"""The carriers' door at hand-over: its own word that a link stands, with what it measured."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from delivery.actions.links.provisioning import begin_hand_over, judge_link
from delivery.domain.link_handover import MeasuredLink
from delivery.domain.link_lifecycle import LINK_UNTIL_ACCEPTED
from delivery.domain.refusals import LinkConfirmedOtherwise, LinkNotAwaited
from delivery.models import LinkDelivery, LinkTest
from exchange.refusal import NotFound
from marketplace.domain.links import REPORTED


@transaction.atomic
def confirm_link(
    *,
    member_id: int,
    person_id: int | None,
    link_delivery_id: int,
    mbps: int,
    rtt_us: int,
    now: datetime,
) -> LinkDelivery:
    """Take a carrier's word that its link stands, with the Mbit/s and round trip it measured.

    The link is accepted, or fails where that stays behind its contract, or where it comes after
    the deadline. The same figures again change nothing; others are refused, and so is a link that
    waits for no confirmation. NotFound unless the member carries the link and reports it itself.
    """
    row = (
        LinkDelivery.objects.select_for_update(of=("self",))
        .select_related("agreement__link_trade__trade__pool", "link")
        .filter(pk=link_delivery_id, agreement__seller_id=member_id, connector=REPORTED)
        .first()
    )
    if row is None:
        raise NotFound
    said: dict[str, object] = {"mbps": mbps, "rtt_us": rtt_us}
    test = LinkTest.objects.filter(link_delivery=row).first()
    if test is not None:
        if test.evidence["said"] != said:
            raise LinkConfirmedOtherwise
        return row
    if row.state not in LINK_UNTIL_ACCEPTED:
        raise LinkNotAwaited(state=row.state)
    if begin_hand_over(row, now):
        judge_link(row, MeasuredLink(mbps, rtt_us, {"method": REPORTED, "said": said}), now)
    record_deed(
        verb="LINK_CONFIRMED",
        subject=f"link_delivery:{row.pk}",
        member_id=member_id,
        person_id=person_id,
        facts=said,
        now=now,
    )
    return row
