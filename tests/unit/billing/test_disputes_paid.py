"""A dispute that is upheld moves money: the next run pays the buyer back, to the micro."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command

from billing.actions import settle_usage
from billing.models import Settlement
from billing.queries import usage_awaiting_settlement
from delivery.actions import accept_probe_readings, decide_dispute, open_dispute
from delivery.domain.metering import QUARTER, QuarterReading
from delivery.models import MeterDispute
from tests.unit.billing.house import House, Sold
from timetable.queries import wall_now

WHOLE = 8 * 900


def contested(house: House, sold: Sold) -> MeterDispute:
    """The site says that an hour was whole; the probe saw half of its second quarter."""
    house.deliver(sold, [28_800])
    now = sold.agreement.starts_at + timedelta(hours=2)
    probe = [WHOLE, WHOLE // 2, WHOLE, WHOLE]
    accept_probe_readings(
        member_id=house.ben,
        allocation_id=sold.allocation.pk,
        readings=[
            QuarterReading(sold.agreement.starts_at + place * QUARTER, amount)
            for place, amount in enumerate(probe)
        ],
        now=now,
    )
    return open_dispute(
        member_id=house.ben,
        allocation_id=sold.allocation.pk,
        hour_start=sold.agreement.starts_at,
        now=now,
    )


def decide(house: House, sold: Sold, *, upheld: bool) -> None:
    dispute = contested(house, sold)
    decide_dispute(
        dispute_id=dispute.pk,
        upheld=upheld,
        reason="both logs seen",
        person_id=None,
        now=sold.agreement.starts_at + timedelta(hours=3),
    )
    for usage_id in usage_awaiting_settlement(wall_now(), 10):
        settle_usage(usage_id=usage_id, now=sold.agreement.starts_at + timedelta(hours=3))


def test_upheld_the_difference_goes_back_to_the_buyer(house: House) -> None:
    sold = house.sold(hours=1)

    decide(house, sold, upheld=True)

    first, second = Settlement.objects.order_by("id")
    assert (first.run, second.run) == ("II", "SF")
    # An eighth of an hour of eight devices at 1.85 yuan.
    assert second.value_micros == -1_850_000
    assert second.released_micros == 1_850_000 * 106 // 100
    call_command("prove_books", stdout=StringIO())


def test_dismissed_no_money_moves(house: House) -> None:
    sold = house.sold(hours=1)

    decide(house, sold, upheld=False)

    assert Settlement.objects.count() == 1
    call_command("prove_books", stdout=StringIO())
