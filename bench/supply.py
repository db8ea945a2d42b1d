"""What the order path's load trades: funds and tokens of buyers, listings that last."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.test import Client

from accounts.actions import ensure_person, issue_credential
from accounts.queries import members_with
from bench.orders_mix import HOURS, Product, Trader
from exchange.posting import Line, Posting
from exchange.units import MICROS_PER_YUAN, TICK_MICROS
from exchange.window import HOUR, floor_hour
from ledger.actions import post
from marketplace.actions import publish_listing
from marketplace.models import Pool, ReferencePrice, TradingLimit
from timetable.queries import market_now

CHIPS, POOLS_A_CHIP = 8, 4
DEVICES = 100_000
FUNDS_MICROS = 10**8 * MICROS_PER_YUAN
AHEAD = 26 * HOUR
CHEAP_PERCENT, DEAR_PERCENT = 20, 120


@dataclass(frozen=True)
class Supply:
    """What a mix needs to know."""

    traders: list[Trader]
    products: list[Product]
    deliver_from: datetime


@cache
def laid() -> Supply:
    """Fund every buyer, give it a token, and list more than any load takes."""
    now = market_now()
    deliver_from = floor_hour(now) + AHEAD
    # A load of a whole market comes from a few members: their limits are not what is measured.
    TradingLimit.objects.all().delete()
    traders = []
    for member in members_with("BUYER"):
        lines = (
            Line("bank:transfer", -FUNDS_MICROS),
            Line(f"trading:{member.pk}", FUNDS_MICROS),
        )
        key = f"bench-funds:{member.pk}"
        post(posting=Posting(key=key, lines=lines), kind="BANK_TRANSFER", now=now)
        traders.append(Trader(member.pk, _token(member.pk, member.code, now)))
    return Supply(traders, _products(deliver_from, now), deliver_from)


def _products(deliver_from: datetime, now: datetime) -> list[Product]:
    found: list[Product] = []
    prices = {row.chip_id: row.price_micros for row in ReferencePrice.objects.order_by("as_of")}
    for chip_id, reference in sorted(prices.items()):
        pools = list(Pool.objects.filter(chip_id=chip_id, active=True).select_related("chip"))
        if not pools or len(found) == CHIPS or reference < 100 * TICK_MICROS:
            continue
        for index in range(POOLS_A_CHIP):
            _list(pools[index % len(pools)], index, reference, deliver_from, now)
        cheap, dear = (_tick(reference * part // 100) for part in (CHEAP_PERCENT, DEAR_PERCENT))
        found.append(Product(pools[0].chip.code, cheap, dear))
    return found


def _list(like: Pool, index: int, reference: int, deliver_from: datetime, now: datetime) -> None:
    pool = Pool.objects.create(
        code=f"bench-{like.pk}-{index}",
        site=like.site,
        chip=like.chip,
        devices=DEVICES,
        devices_per_node=like.devices_per_node,
        connector=like.connector,
    )
    publish_listing(
        seller_id=like.site.owner_id,
        client_order_id=f"bench-{pool.pk}",
        pool_id=pool.pk,
        devices=DEVICES,
        starts_at=deliver_from,
        ends_at=deliver_from + (HOURS + 3) * HOUR,
        ask_micros=_tick(reference * (95 + index) // 100),
        now=now,
    )


def _tick(micros: int) -> int:
    return micros // TICK_MICROS * TICK_MICROS


def _token(member_id: int, code: str, now: datetime) -> str:
    person = ensure_person(
        email=f"bench-{code}@gridhour.example",
        password="bench-only-never-printed",  # noqa: S106 - a throw-away database
        full_name="Bench",
        member_code=code,
        role="ADMIN",
        now=now,
    )
    issued = issue_credential(
        member_id=member_id, name="bench", scopes=["orders"], by_person_id=person.pk, now=now
    )
    sent = {
        "grant_type": "client_credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    answer = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0].lstrip(".")).post("/oauth/token/", sent)
    return str(answer.json()["access_token"])
