"""Synthetic buyers and sellers who keep the sandbox market alive, at the market's pace.

They use the same public actions as everyone. What they do follows from the market's time
and a hash, never from chance at run time, so that a restart goes on where it stopped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.queries import members_with
from exchange.posting import Line, Posting
from exchange.refusal import Refused
from exchange.units import MICROS_PER_YUAN, TICK_MICROS
from exchange.window import HOUR, ceil_hour, day_start, delivery_day
from ledger.actions import post
from ledger.queries import funds_of
from marketplace.actions import place_order, publish_listing
from marketplace.models import Listing, Order, Pool
from marketplace.queries.references import references_at
from sandbox.auction_traders import take_part
from sandbox.market.buyers import draw, request_of
from sandbox.market.generated import LARGE_MODEL_SIZES, generated_jobs
from sandbox.probes import probe_hours
from sandbox.traces.job import DemandJob
from timetable.queries import continuous_closes

# Percent of the reference price by hour of the delivery day: nights are idle and cheap.
ASK_CURVE = ((0, 8, 80), (8, 19, 105), (19, 24, 95))
# Of a pool's idle devices: a part for a week in one piece, the rest by the day's slots.
WEEK_PERCENT, SLOT_PERCENT = 35, 35
WEEK = timedelta(days=7)
# An arrival that waited longer than this (the market stood still) is let go.
PATIENCE = HOUR
# Bounds of one turn and of one buyer, so that nothing here can flood the market.
MOST_LISTINGS_A_TURN = 20
MOST_ORDERS_A_TURN = 5
MOST_OPEN_ORDERS_A_BUYER = 40
LOW_FUNDS_MICROS = 5_000_000 * MICROS_PER_YUAN
TOP_UP_MICROS = 20_000_000 * MICROS_PER_YUAN
DAYS_LISTED_AHEAD = 2
WHOLE_WEEK = 99  # stands for the hour in the name of a week's listing


@dataclass(frozen=True)
class Slot:
    """A stretch of a delivery day, or a week, in which a pool asks one price for a share."""

    day: date
    first_hour: int
    starts_at: datetime
    ends_at: datetime
    percent: int
    share_percent: int

    def name_for(self, pool_id: int) -> str:
        """Return the listing's client id: one listing a pool and slot, however often asked."""
        return f"traders-{self.day:%Y%m%d}-{pool_id}-{self.first_hour:02d}"


@dataclass
class Report:
    """What the traders did so far."""

    listed: int = 0
    ordered: int = 0
    auctioned: int = 0
    probed: int = 0
    refused: Counter[str] | None = None

    def refuse(self, refusal: Refused) -> None:
        """Count a refusal by its code."""
        self.refused = self.refused or Counter()
        self.refused[refusal.code] += 1


def slots_at(now: datetime, gate: timedelta) -> Iterator[Slot]:
    """Yield what can still be listed: this week in one piece, then each day's slots.

    Weeks begin on Monday of the delivery calendar; their price is the reference's.
    """
    open_from = ceil_hour(now + gate + timedelta(microseconds=1))
    today = delivery_day(now)
    monday = today - timedelta(days=today.weekday())
    for week in (monday, monday + WEEK):
        starts_at = max(day_start(week), open_from)
        if starts_at + HOUR <= (ends_at := day_start(week + WEEK)):
            yield Slot(week, WHOLE_WEEK, starts_at, ends_at, 100, WEEK_PERCENT)
    for ahead in range(DAYS_LISTED_AHEAD):
        day = today + timedelta(days=ahead)
        midnight = day_start(day)
        for first, last, percent in ASK_CURVE:
            starts_at, ends_at = midnight + first * HOUR, midnight + last * HOUR
            if open_from < ends_at:
                yield Slot(day, first, max(starts_at, open_from), ends_at, percent, SLOT_PERCENT)


def ask_of(reference_micros: int, *, pool_id: int, percent: int) -> int:
    """Return a pool's ask on the tick: sellers differ by 85 to 115 percent."""
    spread = 85 + pool_id * 7 % 31
    return max(
        TICK_MICROS, reference_micros * spread * percent // 10_000 // TICK_MICROS * TICK_MICROS
    )


def arrivals_between(
    jobs: Iterable[DemandJob], day: date, since: datetime, now: datetime
) -> Iterator[DemandJob]:
    """Yield the day's jobs whose owners ask after `since` and not after `now`."""
    midnight = day_start(day)
    for job in jobs:
        if since < midnight + timedelta(seconds=job.submit_s) <= now:
            yield job


class Traders:
    """All synthetic members of the sandbox. One turn does what is due, within bounds."""

    def __init__(self, *, orders_a_day: int) -> None:
        self.orders_a_day = orders_a_day
        self.report = Report()
        self._since: datetime | None = None
        self._day: date | None = None
        self._jobs: list[DemandJob] = []
        self._waiting: list[tuple[datetime, date, DemandJob]] = []
        self._tried: set[str] = set()

    def turn(self, now: datetime) -> Report:
        """Publish listings and place orders that are due at `now`."""
        self._start_day(delivery_day(now), now)
        self._sell(now)
        self._buy(now)
        self.report.auctioned += sum(take_part(self._jobs, now))
        self.report.probed += probe_hours(now)
        return self.report

    def _start_day(self, day: date, now: datetime) -> None:
        if day == self._day:
            return
        self._day = day
        self._jobs = generated_jobs(
            self.orders_a_day, seed=day.toordinal(), sizes=LARGE_MODEL_SIZES
        )
        names = Listing.objects.filter(
            client_order_id__startswith="traders-", ends_at__gt=now
        ).values_list("client_order_id", flat=True)
        self._tried = set(names)
        self._fund(day, now)

    def _fund(self, day: date, now: datetime) -> None:
        """Top up buyers that have little left: a bank transfer of sandbox money a day."""
        for member in members_with("BUYER"):
            if funds_of(member.pk).available_micros >= LOW_FUNDS_MICROS:
                continue
            lines = (
                Line("bank:transfer", -TOP_UP_MICROS),
                Line(f"trading:{member.pk}", TOP_UP_MICROS),
            )
            key = f"traders-funds:{member.pk}:{day:%Y%m%d}"
            post(posting=Posting(key=key, lines=lines), kind="BANK_TRANSFER", now=now)

    def _sell(self, now: datetime) -> None:
        pools = list(Pool.objects.filter(active=True).select_related("site").order_by("id"))
        references = references_at(now)
        left = MOST_LISTINGS_A_TURN
        for slot in slots_at(now, continuous_closes(now)):
            for pool in pools:
                name = slot.name_for(pool.pk)
                if left == 0 or name in self._tried or pool.chip_id not in references:
                    continue
                self._tried.add(name)
                left -= 1
                self._list(pool, slot, references[pool.chip_id].price_micros, now)

    def _list(self, pool: Pool, slot: Slot, reference_micros: int, now: datetime) -> None:
        idle = pool.devices - pool.own_use_devices
        try:
            publish_listing(
                seller_id=pool.site.owner_id,
                client_order_id=slot.name_for(pool.pk),
                pool_id=pool.pk,
                devices=max(1, idle * slot.share_percent // 100),
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                ask_micros=ask_of(reference_micros, pool_id=pool.pk, percent=slot.percent),
                now=now,
            )
            self.report.listed += 1
        except Refused as refusal:
            self.report.refuse(refusal)

    def _buy(self, now: datetime) -> None:
        day = delivery_day(now)
        since = max(self._since or now - timedelta(minutes=15), now - PATIENCE)
        self._since = now
        self._waiting += [(now, day, job) for job in arrivals_between(self._jobs, day, since, now)]
        self._waiting = [row for row in self._waiting if row[0] > now - PATIENCE]
        due, self._waiting = (
            self._waiting[:MOST_ORDERS_A_TURN],
            self._waiting[MOST_ORDERS_A_TURN:],
        )
        buyer_ids = [member.pk for member in members_with("BUYER")]
        for _arrived, of_day, job in due if buyer_ids else ():
            self._order(buyer_ids[draw(job, f"buyer {of_day}", len(buyer_ids))], of_day, job, now)

    def _order(self, buyer_id: int, day: date, job: DemandJob, now: datetime) -> None:
        open_orders = Order.objects.filter(buyer_id=buyer_id, state__in=["OPEN", "PARTLY_FILLED"])
        if open_orders.count() >= MOST_OPEN_ORDERS_A_BUYER:
            return
        try:
            place_order(
                buyer_id=buyer_id,
                client_order_id=f"traders-{day:%Y%m%d}-{job.job_id}",
                request=request_of(job, now=now),
                now=now,
            )
            self.report.ordered += 1
        except Refused as refusal:
            self.report.refuse(refusal)
