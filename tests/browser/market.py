"""The market that browser tests look at: the seed, some trading, and the journey walked a while."""

from datetime import datetime, timedelta

from celery import current_app
from django.core.management import call_command

from accounts.models import Member
from config.conductor import JOURNEY, walk
from exchange.window import HOUR, ceil_hour
from marketplace.actions import place_order, publish_listing
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Pool
from tests.browser.auctions import hold_auctions
from timetable.actions import step_to
from timetable.queries import market_now, wall_now

ROLES = ("BUYER", "SELLER", "BROKER", "CARRIER", "REGULATOR", "OPERATOR")
EMAILS = {role: f"{role.lower()}@gridhour.example" for role in ROLES}
YUAN = 1_000_000


def member_of(role: str) -> Member:
    """The member for which the person with that role's login acts."""
    return Member.objects.get(memberships__person__email=EMAILS[role])


def furnish() -> None:
    """Seed, rest the clock, trade; then let two market hours be delivered, metered and paid."""
    call_command("seed", verbosity=0)
    current_app.loader.import_default_modules()
    now = market_now()
    _step(now)
    _list(now)
    _order(now)
    hold_auctions(now, buyer=member_of("BUYER").pk, seller=member_of("SELLER").pk)
    for hours in (0, 3, 5):
        _step(now + timedelta(hours=hours))
        for leg in JOURNEY:
            walk(leg)


def _step(now: datetime) -> None:
    if now >= market_now():
        step_to(market_at=now, reason="the browser tests", wall=wall_now())


def _list(now: datetime) -> None:
    pools = Pool.objects.filter(site__owner=member_of("SELLER"), connector="simulated")
    start = ceil_hour(now) + 2 * HOUR
    for number, pool in enumerate(pools.select_related("site")[:6]):
        publish_listing(
            seller_id=pool.site.owner_id,
            client_order_id=f"browser-{number}",
            pool_id=pool.pk,
            devices=32,
            starts_at=start,
            ends_at=start + (24 + number) * HOUR,
            ask_micros=(6 + number) * YUAN,
            now=now,
        )


def _order(now: datetime) -> None:
    start = ceil_hour(now) + 2 * HOUR
    for number, (devices, limit, rtt_us, gbps) in enumerate(
        [(8, 9, None, 0), (4, 12, None, 0), (64, 7, None, 0), (16, 5, 3_000, 0), (8, 20, None, 5)]
    ):
        place_order(
            buyer_id=member_of("BUYER").pk,
            client_order_id=f"browser-{number}",
            request=OrderRequest(
                unit="DEVICES",
                amount=devices,
                hours=2,
                earliest=start,
                latest=start + 12 * HOUR,
                limit_micros=limit * YUAN,
                city="shanghai",
                max_rtt_us=rtt_us,
                link_gbps=gbps,
                move_gb=100 * gbps,
                splittable=devices == 64,
            ),
            now=now,
        )
