"""A day that was delivered, settled, invoiced and recorded as payable."""

from datetime import timedelta

import pytest

from billing.actions import issue_invoices, record_payouts
from exchange.window import day_start
from tests.unit.billing.house import House
from tests.world import World


@pytest.fixture
def house(db: None) -> House:
    house = House(World())
    house.deliver(house.sold(), [28_800, 14_400])
    house.now = day_start(house.day + timedelta(days=1))
    issue_invoices(delivery_day=house.day, now=house.now)
    record_payouts(delivery_day=house.day, now=house.now)
    return house
