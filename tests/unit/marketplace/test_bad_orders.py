"""Eighty and more bad orders, each refused with its own code and field; none leaves a trace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.refusal import Refused
from marketplace.models import MarketEvent, Order
from tests.cast import NOON
from tests.world import World

DAY = timedelta(days=1)
BIG = 10**18


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


BAD: list[tuple[dict[str, Any], str, str]] = [
    # Words.
    ({"unit": "GPUS"}, "E-CHOICE-01", "unit"),
    ({"unit": ""}, "E-CHOICE-01", "unit"),
    ({"unit": "devices"}, "E-CHOICE-01", "unit"),
    ({"time_in_force": "GFA"}, "E-TIF-01", "time_in_force"),
    ({"time_in_force": "FOREVER"}, "E-CHOICE-01", "time_in_force"),
    ({"time_in_force": ""}, "E-CHOICE-01", "time_in_force"),
    ({"workload_class": "GAMING"}, "E-CHOICE-01", "workload_class"),
    ({"stack": "METAL"}, "E-CHOICE-01", "stack"),
    ({"stack": "cuda"}, "E-CHOICE-01", "stack"),
    ({"firmness": ()}, "E-CHOICE-01", "firmness"),
    ({"firmness": ("SOLID",)}, "E-CHOICE-01", "firmness"),
    ({"firmness": ("FIRM", "SOLID")}, "E-CHOICE-01", "firmness"),
    # The limit is in the unit of the amount.
    ({"limit_unit": "PFLOPS"}, "E-UNIT-01", "limit_unit"),
    ({"unit": "PFLOPS", "limit_unit": "DEVICES"}, "E-UNIT-01", "limit_unit"),
    ({"limit_unit": "YUAN"}, "E-UNIT-01", "limit_unit"),
    # Amounts and hours.
    ({"amount": 0}, "E-RANGE-01", "amount"),
    ({"amount": -8}, "E-RANGE-01", "amount"),
    ({"amount": 1_000_001}, "E-RANGE-01", "amount"),
    ({"amount": BIG}, "E-RANGE-01", "amount"),
    ({"unit": "PFLOPS", "amount": 0}, "E-RANGE-01", "amount"),
    ({"unit": "PFLOPS", "amount": 10**12 + 1}, "E-RANGE-01", "amount"),
    ({"hours": 0}, "E-RANGE-01", "hours"),
    ({"hours": -1}, "E-RANGE-01", "hours"),
    ({"hours": 24 * 400 + 1}, "E-RANGE-01", "hours"),
    # Prices.
    ({"limit_micros": 0}, "E-RANGE-01", "limit_micros"),
    ({"limit_micros": -10_000}, "E-RANGE-01", "limit_micros"),
    ({"limit_micros": 10**12}, "E-RANGE-01", "limit_micros"),
    ({"limit_micros": BIG}, "E-RANGE-01", "limit_micros"),
    ({"limit_micros": 1}, "E-PRICE-01", "limit_micros"),
    ({"limit_micros": 1_999_999}, "E-PRICE-01", "limit_micros"),
    ({"limit_micros": 2_005_000}, "E-PRICE-01", "limit_micros"),
    ({"amount": 10**6, "limit_micros": 10**9}, "E-VALUE-01", "limit_micros"),
    (
        {"unit": "PFLOPS", "amount": 10**12, "limit_micros": 10**11, "hours": 20},
        "E-VALUE-01",
        "limit_micros",
    ),
    ({"budget_micros": 0}, "E-BUDGET-01", "budget_micros"),
    ({"budget_micros": -1}, "E-BUDGET-01", "budget_micros"),
    ({"budget_micros": BIG}, "E-RANGE-01", "budget_micros"),
    # Conditions on the place.
    ({"min_memory_gb": -1}, "E-RANGE-01", "min_memory_gb"),
    ({"min_memory_gb": 100_001}, "E-RANGE-01", "min_memory_gb"),
    ({"min_scale_up_gbs": -1}, "E-RANGE-01", "min_scale_up_gbs"),
    ({"min_scale_up_gbs": BIG}, "E-RANGE-01", "min_scale_up_gbs"),
    ({"min_scale_out_gbps": -1}, "E-RANGE-01", "min_scale_out_gbps"),
    ({"min_scale_out_gbps": BIG}, "E-RANGE-01", "min_scale_out_gbps"),
    ({"city": "shanghai", "max_rtt_us": -1}, "E-RANGE-01", "max_rtt_us"),
    ({"city": "shanghai", "max_rtt_us": 10_000_001}, "E-RANGE-01", "max_rtt_us"),
    ({"max_rtt_us": 20_000}, "E-CONFLICT-01", "max_rtt_us"),
    ({"link_gbps": 10}, "E-CONFLICT-01", "link_gbps"),
    ({"city": "shanghai", "link_gbps": -1}, "E-RANGE-01", "link_gbps"),
    ({"city": "shanghai", "link_gbps": BIG}, "E-RANGE-01", "link_gbps"),
    ({"max_pue_thousandths": 999}, "E-RANGE-01", "max_pue_thousandths"),
    ({"max_pue_thousandths": 10_001}, "E-RANGE-01", "max_pue_thousandths"),
    ({"max_carbon_g_per_kwh": -1}, "E-RANGE-01", "max_carbon_g_per_kwh"),
    ({"max_carbon_g_per_kwh": 10_001}, "E-RANGE-01", "max_carbon_g_per_kwh"),
    (
        {"families_allowed": ("nvidia",), "families_excluded": ("nvidia",)},
        "E-CONFLICT-01",
        "families_excluded",
    ),
    # The catalogue.
    ({"city": "atlantis"}, "E-CATALOG-01", "city"),
    ({"city": "Shanghai"}, "E-CATALOG-01", "city"),
    ({"city": ""}, "E-CATALOG-01", "city"),
    ({"chips_allowed": ("abacus",)}, "E-CATALOG-01", "chips_allowed"),
    ({"chips_allowed": ("h100-sxm", "abacus")}, "E-CATALOG-01", "chips_allowed"),
    ({"families_allowed": ("abacus",)}, "E-CATALOG-01", "families_allowed"),
    ({"families_allowed": ("nvidia", "abacus")}, "E-CATALOG-01", "families_allowed"),
    ({"families_excluded": ("abacus",)}, "E-CATALOG-01", "families_excluded"),
    ({"zones_allowed": ("moon",)}, "E-CATALOG-01", "zones_allowed"),
    ({"zones_allowed": ("wuhu", "moon")}, "E-CATALOG-01", "zones_allowed"),
    # Manner.
    ({"min_lot_devices": 0, "splittable": True}, "E-RANGE-01", "min_lot_devices"),
    ({"min_lot_devices": -4, "splittable": True}, "E-RANGE-01", "min_lot_devices"),
    ({"min_lot_devices": BIG, "splittable": True}, "E-RANGE-01", "min_lot_devices"),
    ({"min_lot_devices": 4}, "E-CONFLICT-01", "min_lot_devices"),
    ({"min_lot_devices": 9, "splittable": True}, "E-CONFLICT-01", "min_lot_devices"),
    # Windows: past, closed, short, far.
    ({"earliest": at(-9), "latest": at(-1)}, "E-WINDOW-02", "latest"),
    ({"earliest": at(-9), "latest": at(0)}, "E-WINDOW-02", "latest"),
    ({"earliest": at(5), "latest": at(5)}, "E-WINDOW-03", "hours"),
    ({"earliest": at(9), "latest": at(5)}, "E-WINDOW-03", "hours"),
    ({"earliest": at(5), "latest": at(6)}, "E-WINDOW-03", "hours"),
    ({"earliest": at(5.5), "latest": at(7.5)}, "E-WINDOW-03", "hours"),
    ({"hours": 25}, "E-WINDOW-03", "hours"),
    ({"earliest": datetime.max.replace(tzinfo=UTC)}, "E-WINDOW-03", "hours"),
    ({"latest": datetime.max.replace(tzinfo=UTC)}, "E-WINDOW-04", "latest"),
    # The sender's own id.
    ({"client_order_id": "x" * 65}, "E-IDEM-02", "client_order_id"),
    ({"client_order_id": "a\x00b"}, "E-IDEM-02", "client_order_id"),
    ({"client_order_id": "two\nlines"}, "E-IDEM-02", "client_order_id"),
    ({"earliest": at(0), "latest": at(3)}, "E-GATE-01", "latest"),
    ({"earliest": at(0), "latest": at(2)}, "E-GATE-01", "latest"),
    ({"hours": 1, "earliest": at(1), "latest": at(2)}, "E-GATE-01", "latest"),
    ({"latest": NOON + 401 * DAY}, "E-WINDOW-04", "latest"),
    ({"latest": NOON + 4_000 * DAY}, "E-WINDOW-04", "latest"),
    # Expiry.
    ({"time_in_force": "GTD"}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "GTD", "expires_at": at(0)}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "GTD", "expires_at": at(-5)}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "GTC", "expires_at": at(5)}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "IOC", "expires_at": at(5)}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "FOK", "expires_at": at(5)}, "E-EXPIRY-01", "expires_at"),
    ({"time_in_force": "DAY", "expires_at": at(5)}, "E-EXPIRY-01", "expires_at"),
    # Funds.
    ({"amount": 1_000_000}, "E-FUNDS-01", "limit_micros"),
    ({"limit_micros": 10**12 - 10_000}, "E-FUNDS-01", "limit_micros"),
]


@pytest.fixture
def nothing_happened(world: World) -> Any:
    """After the refusal there is no order and no event."""
    yield
    assert not Order.objects.exists()
    assert not MarketEvent.objects.exists()


@pytest.mark.parametrize(("wrong", "code", "field"), BAD)
@pytest.mark.usefixtures("nothing_happened")
def test_a_bad_order_is_refused_by_name(
    world: World, wrong: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        world.order(**wrong)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert str(refused.value)


def test_the_table_is_long_enough() -> None:
    assert len(BAD) >= 80


BAD_LISTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"devices": 0}, "E-RANGE-01", "devices"),
    ({"devices": -1}, "E-RANGE-01", "devices"),
    ({"devices": 65}, "E-CAP-01", "devices"),
    ({"price": "0"}, "E-RANGE-01", "ask_micros"),
    ({"price": "1.855"}, "E-PRICE-01", "ask_micros"),
    ({"price": "1000000"}, "E-RANGE-01", "ask_micros"),
    ({"min_devices": 0}, "E-RANGE-01", "min_devices"),
    ({"min_devices": 9}, "E-RANGE-01", "min_devices"),
    ({"min_hours": 0}, "E-RANGE-01", "min_hours"),
    ({"min_hours": 25}, "E-RANGE-01", "min_hours"),
    ({"firmness": "SOLID"}, "E-CHOICE-01", "firmness"),
    ({"firmness": "RECALLABLE"}, "E-RANGE-01", "recall_notice_minutes"),
    ({"recall_notice_minutes": 30}, "E-CONFLICT-01", "recall_notice_minutes"),
    ({"hours": 0}, "E-WINDOW-01", "window"),
    ({"hours": -3}, "E-WINDOW-01", "window"),
    ({"start": -1}, "E-GATE-01", "starts_at"),
    ({"start": -9, "hours": 5}, "E-WINDOW-02", "ends_at"),
    ({"start": 24 * 400}, "E-WINDOW-04", "ends_at"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), BAD_LISTINGS)
def test_a_bad_listing_is_refused_by_name(
    world: World, wrong: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        world.listing(**wrong)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert not MarketEvent.objects.exists()
