"""From a scheduler to listings: a survey, a seller who accepts, and a rule that does it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Deed
from delivery.actions import (
    dismiss_proposal,
    list_by_rule,
    list_proposal,
    load_tariffs,
    set_standing_rule,
    sites_due,
    survey_site,
    switch_rule_off,
)
from delivery.adapters.scheduler import SchedulerSilent
from delivery.domain.refusals import AskBelowCost, NoScheduler, ProposalOver, RuleRefused
from delivery.models import ListingProposal, PoolSurvey, StandingRule
from delivery.tasks import survey_due_sites
from exchange.refusal import NotFound
from marketplace.models import CapacityDay, Listing, Pool
from sandbox.schedulers import SimulatedScheduler
from tests.world import World

RULE = {
    "keep_free_devices": 0,
    "most_devices": 64,
    "most_device_hours_a_day": 10_000,
    "sure_bp": 0,
    "markup_bp": 2_000,
    "floor_micros": 0,
    "firmness": "RECALLABLE",
    "recall_notice_minutes": 60,
}


@pytest.fixture
def west(world: World) -> World:
    """The west's site uses a third of its devices itself; electricity costs ¥ 0.30 a kWh."""
    Pool.objects.filter(pk=world.west_pool.pk).update(own_use_devices=21)
    load_tariffs(fen_per_mwh={"gansu": [30_000] * 24}, source="test", effective_from=world.now)
    return world


def surveyed(world: World) -> PoolSurvey:
    survey = survey_site(site_id=world.west_site.pk, now=world.now)
    assert survey.trouble == ""
    return survey.pools.get()


def best(world: World) -> ListingProposal:
    proposal = ListingProposal.objects.filter(pool=world.west_pool, state="OPEN").first()
    assert proposal is not None
    return proposal


def switched_on(world: World, **more: Any) -> StandingRule:
    return set_standing_rule(
        member_id=world.cast.ada.id,
        pool_id=world.west_pool.pk,
        enabled=True,
        now=world.now,
        **{**RULE, **more},
    )


def test_a_survey_forecasts_and_proposes_whole_nodes_at_marginal_cost(west: World) -> None:
    row = surveyed(west)

    assert row.trouble == ""
    assert (row.devices_found, row.devices_usable) == (64, 64)
    assert row.tested_hours == 14 * 24
    assert len(row.low) == 7 * 24 + 48 == len(row.mid) == len(row.high)
    assert 0 < row.loss_milli < row.naive_loss_milli
    proposals = list(row.proposals.all())
    assert proposals
    for one in proposals:
        assert one.devices % 8 == 0
        # 700 W × 1.18 × ¥ 0.30 = 24.78 fen.
        assert one.marginal_micros == 250_000
        assert one.starts_at >= west.now + timedelta(hours=2)


def test_what_is_listed_or_sold_is_not_proposed_again(west: World) -> None:
    surveyed(west)
    first = best(west)
    list_proposal(
        member_id=west.cast.ada.id, proposal_id=first.pk, ask_micros=1_850_000, now=west.now
    )

    surveyed(west)

    open_now = ListingProposal.objects.filter(state="OPEN", pool=west.west_pool)
    for row in CapacityDay.objects.filter(pool=west.west_pool):
        for slot in range(24):
            assert row.in_orders[slot] + row.contracted[slot] <= 64
    overlapping = [one for one in open_now if one.starts_at < first.ends_at]
    assert all(one.devices + first.devices <= 64 for one in overlapping)


def test_a_new_survey_takes_the_place_of_open_proposals(west: World) -> None:
    surveyed(west)
    old = best(west)

    surveyed(west)

    old.refresh_from_db()
    assert old.state == "SUPERSEDED"
    assert best(west).pk != old.pk


def test_a_proposal_is_listed_once(west: World) -> None:
    surveyed(west)
    proposal = best(west)

    def press() -> Listing:
        return list_proposal(
            member_id=west.cast.ada.id,
            proposal_id=proposal.pk,
            ask_micros=proposal.marginal_micros,
            now=west.now,
        )

    first = press()

    assert press().pk == first.pk
    assert first.ask_micros == 250_000
    assert Listing.objects.filter(client_order_id=f"survey-{proposal.pk}").count() == 1
    assert Deed.objects.filter(verb="PROPOSAL_LISTED").count() == 1


def test_an_ask_below_cost_others_proposals_and_closed_ones_are_refused(west: World) -> None:
    surveyed(west)
    proposal = best(west)
    asked = {"proposal_id": proposal.pk, "ask_micros": 240_000, "now": west.now}

    with pytest.raises(AskBelowCost):
        list_proposal(member_id=west.cast.ada.id, **asked)
    with pytest.raises(NotFound):
        list_proposal(member_id=west.cast.ben.id, **asked)
    with pytest.raises(NotFound):
        dismiss_proposal(member_id=west.cast.ben.id, proposal_id=proposal.pk, now=west.now)
    dismiss_proposal(member_id=west.cast.ada.id, proposal_id=proposal.pk, now=west.now)
    with pytest.raises(ProposalOver):
        list_proposal(member_id=west.cast.ada.id, **{**asked, "ask_micros": 300_000})


def test_a_rule_lists_within_its_limits_and_marks_what_it_listed(west: World) -> None:
    surveyed(west)
    switched_on(west, most_devices=16, most_device_hours_a_day=200)

    for proposal in ListingProposal.objects.filter(state="OPEN"):
        list_by_rule(proposal_id=proposal.pk, now=west.now)

    listed = list(ListingProposal.objects.filter(state="LISTED", by_rule=True))
    assert listed
    by_day: dict[object, int] = {}
    for one in listed:
        assert one.listing is not None
        assert one.listing.devices <= 16
        assert one.listing.devices % 8 == 0
        assert (one.listing.firmness, one.listing.recall_notice_minutes) == ("RECALLABLE", 60)
        # 25 fen and a fifth.
        assert one.listing.ask_micros == 300_000
        day = (one.listing.starts_at + timedelta(hours=8)).date()
        hours = len(one.listing.free)
        by_day[day] = by_day.get(day, 0) + hours * one.listing.devices
    assert max(by_day.values()) <= 200


def test_a_rule_that_is_off_or_not_sure_lists_nothing(west: World) -> None:
    surveyed(west)
    proposal = best(west)

    assert list_by_rule(proposal_id=proposal.pk, now=west.now) is None
    switched_on(west, keep_free_devices=64)
    assert list_by_rule(proposal_id=proposal.pk, now=west.now) is None
    ListingProposal.objects.filter(pk=proposal.pk).update(weeks_idle=7, weeks_seen=8)
    switched_on(west, sure_bp=9_000)
    assert list_by_rule(proposal_id=proposal.pk, now=west.now) is None
    switched_on(west)
    switch_rule_off(member_id=west.cast.ada.id, pool_id=west.west_pool.pk, now=west.now)
    assert list_by_rule(proposal_id=proposal.pk, now=west.now) is None


def test_switched_off_a_rule_takes_back_what_nobody_bought(west: World) -> None:
    surveyed(west)
    switched_on(west)
    listing = list_by_rule(proposal_id=best(west).pk, now=west.now)
    assert listing is not None

    count = switch_rule_off(
        member_id=west.cast.ada.id, pool_id=west.west_pool.pk, withdraw=True, now=west.now
    )

    listing.refresh_from_db()
    assert (count, listing.state) == (1, "WITHDRAWN")
    with pytest.raises(NotFound):
        switch_rule_off(member_id=west.cast.ben.id, pool_id=west.west_pool.pk, now=west.now)


@pytest.mark.parametrize(
    ("field", "value"),
    [("most_devices", 0), ("sure_bp", 10_001), ("firmness", "SOFT"),
     ("recall_notice_minutes", None), ("floor_micros", -1)],
)  # fmt: skip
def test_a_rule_without_limits_is_refused_by_name(west: World, field: str, value: Any) -> None:
    with pytest.raises(RuleRefused, match=field):
        switched_on(west, **{field: value})


def test_the_database_refuses_a_rule_without_limits(west: World) -> None:
    rule = switched_on(west)

    for change in ({"most_devices": 0}, {"recall_notice_minutes": None}, {"sure_bp": 10_001}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StandingRule.objects.filter(pk=rule.pk).update(**change)


def test_a_survey_once_taken_is_not_edited(west: World) -> None:
    row = surveyed(west)

    with pytest.raises(IntegrityError), transaction.atomic():
        PoolSurvey.objects.filter(pk=row.pk).update(loss_milli=0)


def test_a_silent_scheduler_leaves_the_proposals_and_says_why(
    west: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveyed(west)
    before = best(west).pk

    def silent(*_args: object, **_named: object) -> None:
        msg = "sinfo ended with 1: connection refused"
        raise SchedulerSilent(msg)

    monkeypatch.setattr(SimulatedScheduler, "read", silent)
    survey = survey_site(site_id=west.west_site.pk, now=west.now + timedelta(hours=6))

    assert "connection refused" in survey.trouble
    assert best(west).pk == before
    assert west.west_site.pk not in sites_due(now=west.now + timedelta(hours=6), limit=9)
    assert west.west_site.pk in sites_due(now=west.now + timedelta(hours=7), limit=9)
    with pytest.raises(CommandError, match="connection refused"):
        call_command("site", "survey", "qy-1")


def test_a_pool_that_ran_nothing_and_one_without_tariff_say_so(world: World) -> None:
    row = surveyed(world)
    assert row.trouble == "nothing ran in the history: accounting may be off"
    assert not row.proposals.exists()
    assert not row.mid

    Pool.objects.filter(pk=world.west_pool.pk).update(own_use_devices=21)
    row = surveyed(world)
    assert row.trouble == "no tariff is known for the province"
    assert row.mid
    assert not row.proposals.exists()


def test_a_site_whose_scheduler_nobody_named_is_not_surveyed(world: World) -> None:
    assert world.east_site.pk not in sites_due(now=world.now, limit=9)
    with pytest.raises(NoScheduler):
        survey_site(site_id=world.east_site.pk, now=world.now)


def test_the_task_surveys_what_is_due_and_lets_rules_list(west: World) -> None:
    switched_on(west)

    assert survey_due_sites() == 1
    assert ListingProposal.objects.filter(state="LISTED", by_rule=True).exists()
    assert survey_due_sites() == 0


def test_the_command_prints_forecast_error_and_proposals(
    west: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("site", "survey", "qy-1")

    said = capsys.readouterr().out
    assert "qy-1-h100 (partition qy-1-h100): 64 devices, 64 usable" in said
    assert "last week again" in said
    assert "marginal cost ¥ 0.25 per device-hour" in said
    with pytest.raises(CommandError, match="no active site"):
        call_command("site", "survey", "nowhere")
