"""From an order with a link to the carrier's payout, by the tasks that the worker runs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.models import Payout, Settlement
from billing.queries.proofs import prove_everything
from billing.tasks import issue_due_invoices, record_due_payouts, settle_sealed_usage
from config.pending import what_is_due
from contracts.models import Agreement
from contracts.tasks import conclude_agreements
from delivery.adapters.signatures import _site_key
from delivery.models import LinkDelivery, SealedLinkHour
from delivery.tasks import (
    deliver_links,
    plan_allocations,
    provision_due,
    read_due_meters,
    seal_hours,
    sweep_deliveries,
)
from exchange.window import day_start, delivery_day
from ledger.queries import balance_of, funds_of
from marketplace.models import CarrierLink
from tests.unit.billing.house import House
from timetable.actions import set_clock
from timetable.queries import market_now, wall_now

MILLION = 1_000_000_000_000
STAGES = (
    conclude_agreements,
    plan_allocations,
    provision_due,
    read_due_meters,
    sweep_deliveries,
    deliver_links,
    seal_hours,
    settle_sealed_usage,
    issue_due_invoices,
    record_due_payouts,
)


@pytest.fixture
def market(house: House, settings: Any, tmp_path: Path) -> House:
    settings.VAR_DIR = tmp_path
    settings.SIMULATED_SITES = {}
    settings.SIMULATED_CARRIERS = {}
    _site_key.cache_clear()
    CarrierLink.objects.update(connector="simulated")
    return house


def pass_until(house: House, hours: float) -> None:
    """Let market time pass, and the worker walk its legs twice: what one finds the next ends."""
    at = house.world.hour(0) + timedelta(hours=hours)
    set_clock(market_at=at, factor=0, reason="test", wall=wall_now())
    for stage in STAGES * 2:
        stage()


def test_a_link_goes_from_the_order_to_the_carriers_payout(market: House) -> None:
    market.world.linked_deal()
    for hours in (-0.5, 0, 0.5, 1, 1.75, 2, 3.25):
        pass_until(market, hours)

    link = Agreement.objects.get(link_trade__isnull=False)
    assert LinkDelivery.objects.get().state == "COMPLETED"
    assert [seal.moved_mb for seal in SealedLinkHour.objects.all()] == [40_000, 0]
    assert (link.state, Settlement.objects.filter(agreement=link).count()) == ("COMPLETED", 2)
    assert funds_of(market.gwen).payable_micros == 21_299_640
    assert what_is_due(now=market_now(), wall=wall_now()) == []

    day = delivery_day(market.world.hour(0))
    set_clock(
        market_at=day_start(day + timedelta(days=1)) + timedelta(hours=7),
        factor=0,
        reason="test",
        wall=wall_now(),
    )
    for stage in STAGES * 2:
        stage()
    assert Payout.objects.filter(member_id=market.gwen).count() == 1
    spent = MILLION - funds_of(market.ben).total_micros
    kept = sum(balance_of(name) for name in ("fees", "tax", "residue"))
    assert spent == balance_of("bank:payouts") + kept
    assert [finding for finding in prove_everything() if finding.wrong] == []


def test_a_link_that_fails_its_test_costs_nothing_and_comes_back(
    market: House, settings: Any
) -> None:
    settings.SIMULATED_CARRIERS = {"acceptance_failure_bp": 10_000}
    market.world.linked_deal()
    for hours in (-0.5, 0, 1, 2, 3.25):
        pass_until(market, hours)

    link = Agreement.objects.get(link_trade__isnull=False)
    settled = Settlement.objects.filter(agreement=link)
    assert LinkDelivery.objects.get().state == "FAILED"
    assert [row.value_micros for row in settled] == [0, 0]
    assert sum(row.released_micros for row in settled) == 21_624_000
    assert funds_of(market.gwen).payable_micros == 0
    # The devices were delivered all the same, and are paid.
    assert funds_of(market.ada).payable_micros > 0
