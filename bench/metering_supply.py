"""Seven thousand sites that deliver: rows laid by hand, and a day's signed readings of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.queries import members_with
from contracts.models import Agreement
from delivery.actions.intake import SignedBatch
from delivery.domain.chain import extend, genesis, signed_message
from delivery.domain.metering import QUARTER, QuarterReading
from delivery.models import Allocation, SiteKey
from exchange.units import QUARTER_SECONDS
from exchange.window import floor_hour
from marketplace.models import Pool, Site, Trade
from timetable.queries import market_now

DEVICES = 8
QUARTERS_A_DAY = 96
DAYS = 40


@dataclass
class Source:
    """One site's allocation and the head of its chain, as the site keeps them."""

    member_id: int
    external_name: str
    key: Ed25519PrivateKey
    head: str
    length: int = 0


@dataclass(frozen=True)
class Day:
    """A delivery day of all sites: what they send, and the instant after its last quarter."""

    batches: list[SignedBatch]
    over_at: datetime


def laid(sites: int) -> tuple[list[Source], datetime]:
    """Make sites, pools, keys, agreements and delivering allocations; return them and the start.

    No order and no listing stand behind the trades here: what is measured begins with the meter.
    """
    starts_at = floor_hour(market_now()) - timedelta(days=DAYS)
    first = Pool.objects.select_related("site").order_by("id").first()
    assert first is not None
    like, chip_id = first.site, first.chip_id
    keys = [Ed25519PrivateKey.generate() for _ in range(sites)]
    places = Site.objects.bulk_create([_site(like, number) for number in range(sites)], 1_000)
    pools = Pool.objects.bulk_create(
        [_pool(place, chip_id, number) for number, place in enumerate(places)], 1_000
    )
    SiteKey.objects.bulk_create(
        [_key(place, key, starts_at) for place, key in zip(places, keys, strict=True)], 1_000
    )
    buyer_id = members_with("BUYER")[0].pk
    trades = Trade.objects.bulk_create(
        [_trade(pool, like.owner_id, buyer_id, starts_at) for pool in pools], 1_000
    )
    agreements = Agreement.objects.bulk_create([_agreement(trade) for trade in trades], 1_000)
    rows = Allocation.objects.bulk_create(
        [_row(*pair, starts_at) for pair in zip(agreements, pools, strict=True)], 1_000
    )
    sources = [
        Source(like.owner_id, row.external_name, key, row.chain_head)
        for row, key in zip(rows, keys, strict=True)
    ]
    return sources, starts_at


def _site(like: Site, number: int) -> Site:
    return Site(
        code=f"bench-{number}",
        name=f"Bench {number}",
        name_zh=f"Bench {number}",
        owner_id=like.owner_id,
        zone_id=like.zone_id,
        identifier=f"bench-{number}",
        latitude_udeg=0,
        longitude_udeg=0,
        pue_thousandths=1_200,
        carbon_g_per_kwh=500,
        active=False,
    )


def _pool(site: Site, chip_id: int, number: int) -> Pool:
    return Pool(
        code=f"bench-{number}", site=site, chip_id=chip_id, devices=DEVICES, connector="simulated"
    )


def _key(site: Site, key: Ed25519PrivateKey, since: datetime) -> SiteKey:
    public = key.public_key().public_bytes_raw().hex()
    return SiteKey(site=site, public_key=public, valid_from=since)


def _trade(pool: Pool, seller_id: int, buyer_id: int, starts_at: datetime) -> Trade:
    return Trade(
        execution_id=10**12,
        order_id=10**12,
        listing_id=10**12,
        buyer_id=buyer_id,
        seller_id=seller_id,
        pool=pool,
        devices=DEVICES,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=DAYS),
        price_micros=1_000_000,
        gflops_per_device=1,
        factor_method="NOMINAL",
        filled=DEVICES,
        value_micros=DEVICES * DAYS * 24 * 1_000_000,
        vat_bp=600,
        held_micros=DEVICES * DAYS * 24 * 1_060_000,
        traded_at=starts_at,
    )


def _agreement(trade: Trade) -> Agreement:
    return Agreement(
        number=f"BENCH-{trade.pk:06}",
        trade=trade,
        buyer_id=trade.buyer_id,
        seller_id=trade.seller_id,
        state="IN_FORCE",
        starts_at=trade.starts_at,
        ends_at=trade.ends_at,
        concluded_at=trade.starts_at,
        in_force_at=trade.starts_at,
    )


def _row(agreement: Agreement, pool: Pool, starts_at: datetime) -> Allocation:
    base = f"gh-{agreement.number}"
    return Allocation(
        agreement=agreement,
        pool=pool,
        connector="simulated",
        devices=DEVICES,
        starts_at=starts_at,
        ends_at=agreement.ends_at,
        state="DELIVERING",
        state_since=starts_at,
        external_name=f"{base}-g1",
        gflops_per_device=1,
        chain_head=genesis(base),
        metered_until=starts_at,
        sealed_until=starts_at,
    )


def day_of(sources: Sequence[Source], begins: datetime) -> Day:
    """Return a day's batches, each site's readings chained and signed; the sources go on."""
    starts = [begins + index * QUARTER for index in range(QUARTERS_A_DAY)]
    whole = DEVICES * QUARTER_SECONDS
    batches = []
    for number, source in enumerate(sources):
        readings = [
            QuarterReading(start, whole - (number * 7 + place) % 60)
            for place, start in enumerate(starts)
        ]
        head = extend(source.head, source.length, readings)[-1]
        message = signed_message(source.external_name.rpartition("-g")[0], head)
        batches.append(
            SignedBatch(
                source.member_id,
                source.external_name,
                readings,
                head,
                source.key.sign(message).hex(),
            )
        )
        source.head, source.length = head, source.length + len(readings)
    return Day(batches, begins + timedelta(days=1))
