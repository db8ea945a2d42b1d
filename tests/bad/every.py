"""Every bad order, listing and change of the tables."""

from tests.bad import changes, listings, money, orders, orders_places, standing
from tests.bad.case import Bad

TABLES = (orders, orders_places, listings, changes, standing, money)
BAD: list[Bad] = [bad for table in TABLES for bad in table.BAD]
