"""What replaces a delivery that went dark, when, and what does not."""

from datetime import timedelta

import pytest

from billing.actions import cover
from delivery.actions import plan_allocation
from delivery.actions.allocations import locked, move
from delivery.models import Allocation, Substitution
from marketplace.domain.refusals import BadClientId
from marketplace.models import Order, Trade
from tests.unit.billing.cover_story import (
    HOUR,
    QUARTER,
    Story,
    end,
    open_substitutions,
    proved,
)
from tests.world import Deal


def test_an_offer_that_comes_later_is_found(story: Story) -> None:
    story.go_on(story.start + 2 * HOUR + QUARTER)
    assert (story.sub.state, story.sub.reason) == ("SEEKING", "NOTHING_FITS")

    story.offers(story.pool_of(story.seller("hugo")), "2.00")
    story.go_on(story.start + 2 * HOUR + 2 * QUARTER)

    assert story.sub.state == "REPLACED"


def test_the_seller_in_default_is_never_its_own_substitute(story: Story) -> None:
    story.offers(story.world.west_pool, "1.00")
    story.offers(story.pool_of(story.seller("twin", owner="ada")), "1.10")

    story.go_on(story.start + 2 * HOUR + QUARTER)

    assert (story.sub.state, story.sub.reason) == ("SEEKING", "NOTHING_FITS")
    hugo = story.seller("hugo")
    story.offers(story.pool_of(hugo), "2.00")
    end(story)
    assert story.sub.replacement is not None
    assert story.sub.replacement.seller_id == hugo.id
    proved(story)


@pytest.mark.parametrize("reason", ["LINK", "NO_GUARANTEE"])
def test_what_is_not_moved_ends_at_once_with_its_reason(story: Story, reason: str) -> None:
    world = story.world
    deal = world.linked_deal(start=24)
    if reason == "NO_GUARANTEE":
        listing = world.listing(start=26, hours=2, firmness="SURPLUS")
        order = world.order(earliest=world.hour(26), latest=world.hour(28), firmness=("SURPLUS",))
        deal = Deal(listing, order, Trade.objects.get(order=order))
    agreement = world.agree(deal)
    row = plan_allocation(agreement_id=agreement.pk, now=story.now)
    story.go_dark(row.pk)

    open_substitutions(story.now)

    sub = Substitution.objects.get(of_allocation=row)
    assert (sub.state, sub.reason) == ("UNCOVERED", reason)


def test_a_site_that_is_back_in_time_is_not_replaced(story: Story) -> None:
    Allocation.objects.filter(pk=story.first.pk).update(state="DELIVERING")
    story.offers(story.pool_of(story.seller("hugo")), "2.00")
    move(locked(story.first.pk), "INTERRUPTED", story.now, "no heartbeat")

    open_substitutions(story.now + timedelta(minutes=14))
    assert not Substitution.objects.exists()
    open_substitutions(story.now + QUARTER)
    move(locked(story.first.pk), "DELIVERING", story.now + QUARTER)
    cover(substitution_id=story.sub.pk, now=story.now + QUARTER)

    assert (story.sub.state, story.sub.reason) == ("SEEKING", "RESUMED")
    assert Order.objects.count() == 1


def test_a_dark_site_that_stays_dark_is_replaced_and_ended(story: Story) -> None:
    Allocation.objects.filter(pk=story.first.pk).update(state="DELIVERING")
    move(locked(story.first.pk), "INTERRUPTED", story.now, "no heartbeat")
    story.offers(story.pool_of(story.seller("hugo")), "2.00")

    story.now += QUARTER
    story.cover()

    assert story.sub.state == "REPLACED"
    assert (story.row.state, story.row.state_reason) == ("FAILED", "replaced by a substitute")


def test_weaker_devices_are_no_substitute(story: Story) -> None:
    story.offers(story.pool_of(story.seller("hugo"), gflops=900_000), "1.00")

    story.go_on(story.start + 2 * HOUR + QUARTER)

    assert story.sub.reason == "NOTHING_FITS"


def test_nobody_may_take_the_name_of_a_substitute(story: Story) -> None:
    with pytest.raises(BadClientId):
        story.world.order(client_order_id="substitute:1:1")
