"""A site goes dark: its hours are bought elsewhere, and the money ends where it should."""

import pytest

from billing.actions import conclude, cover, order_substitute, set_aside
from delivery.models import Allocation, Substitution
from delivery.queries import chain_of
from ledger.queries import hold_remaining
from marketplace.actions import withdraw_listing
from marketplace.models import Order, Trade
from tests.cast import fund
from tests.unit.billing.cover_story import (
    HOUR,
    QUARTER,
    Story,
    broken,
    end,
    open_substitutions,
    proved,
)

# Two hours at Ada's, two dark ones with damages at the cap, two at Hugo's, the difference hers.
BEN_PAYS = 56_832_000
ADA_EARNS = 30_905_360 - 2 * 2_960_000 - 2_544_000
HUGO_EARNS = 33_411_200


def test_dark_hours_are_bought_elsewhere_and_the_defaulter_pays_the_difference(
    story: Story,
) -> None:
    hugo = story.seller("hugo")
    story.offers(story.pool_of(hugo), "2.00")

    story.go_on(story.start + 2 * HOUR + QUARTER)

    sub = story.sub
    assert (sub.state, sub.cost_micros, sub.cap_micros) == ("REPLACED", 2_544_000, 5_920_000)
    assert sub.covers_from == story.start + 4 * HOUR
    new = Allocation.objects.get(agreement=sub.replacement)
    assert (new.pool.site.owner_id, new.devices) == (hugo.id, 8)
    assert [one.pk for one in chain_of(new)] == [story.first.pk, new.pk]
    assert broken() == []
    end(story)
    assert Allocation.objects.get(pk=new.pk).state == "COMPLETED"
    assert story.paid() == BEN_PAYS
    assert story.earned(story.house.ada) == ADA_EARNS
    assert story.earned(hugo.id) == HUGO_EARNS
    story.agreement.refresh_from_db()
    assert story.agreement.state == "COMPLETED"
    proved(story)


def test_a_cheaper_substitute_costs_its_buyer_less_and_the_defaulter_nothing(
    story: Story,
) -> None:
    hugo = story.seller("hugo")
    story.offers(story.pool_of(hugo), "1.50")

    end(story)

    assert (story.sub.state, story.sub.cost_micros) == ("REPLACED", 0)
    # 31.376 for two hours, less damages for two, and 25.44 for the last two.
    assert story.paid() == 31_376_000 - 5_920_000 + 25_440_000
    proved(story)


def test_where_nothing_fits_under_the_cap_the_damages_are_the_remedy(story: Story) -> None:
    story.offers(story.pool_of(story.seller("hugo")), "2.30")

    story.go_on(story.start + 2 * HOUR + QUARTER)
    assert (story.sub.state, story.sub.reason) == ("SEEKING", "ABOVE_CAP")
    end(story)

    assert (story.sub.state, story.sub.reason) == ("UNCOVERED", "ABOVE_CAP")
    assert Order.objects.count() == 1
    assert story.paid() == 31_376_000 - 4 * 2_960_000
    assert story.earned(story.house.ada) == 30_905_360 - 4 * 2_960_000
    proved(story)


@pytest.mark.parametrize("died_after", ["open", "set_aside", "order", "conclude"])
def test_a_worker_that_dies_between_two_steps_changes_nothing(
    story: Story, died_after: str
) -> None:
    hugo = story.seller("hugo")
    story.offers(story.pool_of(hugo), "2.00")
    story.go_on(story.start + 2 * HOUR + QUARTER, covering=False)

    open_substitutions(story.now)
    number = story.sub.pk
    steps = {"set_aside": set_aside, "order": order_substitute, "conclude": conclude}
    for name, step in steps.items():
        if died_after == "open":
            break
        step(substitution_id=number, now=story.now)
        assert broken() == []
        if name == died_after:
            break
    # Somebody else comes, and once more.
    for _ in range(2):
        cover(substitution_id=number, now=story.now)
        open_substitutions(story.now)

    assert Substitution.objects.count() == 1
    assert Trade.objects.filter(seller_id=hugo.id).count() == 1
    end(story)
    assert story.paid() == BEN_PAYS
    assert story.earned(story.house.ada) == ADA_EARNS
    assert story.earned(hugo.id) == HUGO_EARNS
    proved(story)


def test_what_was_set_aside_goes_back_when_the_offer_is_gone(story: Story) -> None:
    hugo = story.seller("hugo")
    pool = story.pool_of(hugo)
    listing = story.offers(pool, "2.00")
    story.go_on(story.start + 2 * HOUR + QUARTER, covering=False)
    before = (
        story.paid(),
        story.earned(story.house.ada),
        hold_remaining(story.agreement.hold_reason),
    )
    open_substitutions(story.now)
    set_aside(substitution_id=story.sub.pk, now=story.now)
    assert story.sub.state == "ORDERED"
    withdraw_listing(seller_id=hugo.id, listing_id=listing.pk, now=story.now)

    cover(substitution_id=story.sub.pk, now=story.now)

    assert (story.sub.state, story.sub.reason) == ("SEEKING", "NOT_FILLED")
    assert (
        story.paid(),
        story.earned(story.house.ada),
        hold_remaining(story.agreement.hold_reason),
    ) == before
    assert (story.sub.released_micros, story.sub.advance_micros) == (0, 0)
    assert broken() == []
    story.offers(pool, "2.00")
    end(story)
    assert (story.sub.state, story.sub.orders) == ("REPLACED", 2)
    assert story.paid() == BEN_PAYS
    proved(story)


def test_a_substitute_that_goes_dark_too_is_replaced_and_each_pays_its_own_part(
    story: Story,
) -> None:
    hugo, ivy = story.seller("hugo"), story.seller("ivy")
    fund(hugo.id, 10_000_000)
    story.offers(story.pool_of(hugo), "1.90")
    story.offers(story.pool_of(ivy), "2.00")
    story.go_on(story.start + 2 * HOUR + QUARTER)
    second = Allocation.objects.get(agreement=story.sub.replacement)

    story.go_dark(second.pk)
    end(story)

    again = Substitution.objects.get(of_allocation=second)
    third = Allocation.objects.get(agreement=again.replacement)
    assert [one.pk for one in chain_of(third)] == [story.first.pk, second.pk, third.pk]
    assert (story.sub.cost_micros, again.cost_micros, again.attempt) == (848_000, 1_696_000, 2)
    assert story.paid() == BEN_PAYS
    assert story.earned(story.house.ada) == ADA_EARNS + 2_544_000 - 848_000
    assert story.earned(hugo.id) == 10_000_000 - 1_696_000
    assert story.earned(ivy.id) == HUGO_EARNS
    proved(story)


def test_a_defaulter_without_funds_buys_no_substitute_and_nobody_pays_for_it(
    story: Story,
) -> None:
    hugo, ivy = story.seller("hugo"), story.seller("ivy")
    story.offers(story.pool_of(hugo), "1.90")
    story.offers(story.pool_of(ivy), "2.00")
    story.go_on(story.start + 2 * HOUR + QUARTER)
    second = Allocation.objects.get(agreement=story.sub.replacement)

    story.go_dark(second.pk)
    story.go_on(story.start + 2 * HOUR + 2 * QUARTER)

    again = Substitution.objects.get(of_allocation=second)
    assert (again.state, again.reason, again.attempt) == ("SEEKING", "FUNDS_SHORT", 2)
    assert broken() == []


def test_without_funds_of_the_defaulter_only_what_costs_no_more_comes(story: Story) -> None:
    story.offers(story.pool_of(story.seller("hugo")), "1.85")

    story.go_on(story.start + 2 * HOUR + QUARTER)

    assert (story.sub.state, story.sub.cost_micros) == ("REPLACED", 0)
    end(story)
    assert story.paid() == 4 * 15_688_000 - 2 * 2_960_000
    proved(story)
