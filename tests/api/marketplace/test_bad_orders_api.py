"""A sample of the bad orders through the API: the same code and field as a problem document."""

from typing import Any

import pytest

from tests.api.marketplace.conftest import Caller
from tests.world import World

GOOD: dict[str, Any] = {"client_order_id": "x", "unit": "DEVICES", "amount": 8, "hours": 2}
BAD = [
    ({"unit": "GPUS"}, "E-CHOICE-01", "unit", 422),
    ({"time_in_force": "GFA"}, "E-TIF-01", "time_in_force", 422),
    ({"self_trade": "ALLOW"}, "E-CHOICE-01", "self_trade", 422),
    ({"limit_unit": "PFLOPS"}, "E-UNIT-01", "limit_unit", 422),
    ({"amount": 0}, "E-RANGE-01", "amount", 422),
    ({"limit_micros": 2_005_000}, "E-PRICE-01", "limit_micros", 422),
    ({"amount": 10**6, "limit_micros": 10**9}, "E-VALUE-01", "limit_micros", 422),
    ({"amount": 10**6}, "E-FUNDS-01", "limit_micros", 422),
    ({"budget_micros": 0}, "E-BUDGET-01", "budget_micros", 422),
    ({"max_rtt_us": 20_000}, "E-CONFLICT-01", "max_rtt_us", 422),
    ({"city": "atlantis"}, "E-CATALOG-01", "city", 422),
    ({"hours": 25}, "E-WINDOW-03", "hours", 422),
    ({"time_in_force": "GTD"}, "E-EXPIRY-01", "expires_at", 422),
    ({"client_order_id": "a\u200bb"}, "E-IDEM-02", "client_order_id", 422),
]


@pytest.mark.parametrize(("wrong", "code", "field", "status"), BAD)
def test_a_bad_order_is_a_problem_with_its_code_and_field(
    world: World, caller: Caller, wrong: dict[str, Any], code: str, field: str, status: int
) -> None:
    window = {"earliest": world.hour(0).isoformat(), "latest": world.hour(24).isoformat()}
    body = {**GOOD, **window, "limit_micros": 2_000_000, **wrong}

    answer = caller(world.cast.ben).post("/api/v1/orders/", body, format="json")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["field"] == field
    assert problem["title"]
