"""Load the catalogue: places, chips, sites, pools, factors, round-trip times, prices.

Loading is idempotent: rows are found by their code and refreshed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from exchange.price import floor_tick
from marketplace.domain.distance import estimated_rtt_us
from marketplace.models import (
    CarrierLink,
    ChipModel,
    City,
    ConversionFactor,
    NetworkMeasurement,
    Pool,
    ReferencePrice,
    Site,
    Zone,
)

Rows = Iterable[Mapping[str, Any]]
FACTOR_VALID_FOR = timedelta(days=180)


def _upsert(model: type[models.Model], rows: list[models.Model], unique: list[str]) -> None:
    fields = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in unique
    ]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=unique, update_fields=fields
    )


def load_places(*, zones: Rows, cities: Rows) -> None:
    """Load zones and cities of demand."""
    _upsert(Zone, [Zone(**_filled(row)) for row in zones], ["code"])
    _upsert(City, [City(**_filled(row)) for row in cities], ["code"])


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with empty texts for missing ones; numbers stay missing."""
    numbers = {"pue_limit_thousandths", "carbon_g_per_kwh"}
    return {k: "" if v is None and k not in numbers else v for k, v in row.items()}


def load_chips(*, chips: Rows, prices: Rows, now: datetime) -> None:
    """Load chip models, and a reference price where the model has none yet."""
    _upsert(ChipModel, [ChipModel(**row) for row in chips], ["code"])
    by_code = {chip.code: chip for chip in ChipModel.objects.all()}
    priced = set(ReferencePrice.objects.values_list("chip__code", flat=True))
    ReferencePrice.objects.bulk_create(
        ReferencePrice(
            chip=by_code[row["chip"]],
            price_micros=row["price_micros"],
            as_of=now,
            source=row["source"],
        )
        for row in prices
        if row["chip"] not in priced
    )


@transaction.atomic
def load_sites(*, sites: Rows, pools: Rows, owner_ids: Mapping[str, int], now: datetime) -> None:
    """Load sites of members named by code, their pools and conversion factors."""
    zones = {zone.code: zone for zone in Zone.objects.all()}
    made = []
    for row in sites:
        facts = {k: v for k, v in row.items() if k not in {"seller", "zone"}}
        made.append(Site(owner_id=owner_ids[row["seller"]], zone=zones[row["zone"]], **facts))
    _upsert(Site, list(made), ["code"])
    site_by_code = {site.code: site for site in Site.objects.all()}
    chips = {chip.code: chip for chip in ChipModel.objects.all()}
    rows = list(pools)
    own = {"site", "chip", "factor_method", "gflops_per_device"}
    _upsert(
        Pool,
        [
            Pool(
                site=site_by_code[row["site"]],
                chip=chips[row["chip"]],
                **{k: v for k, v in row.items() if k not in own},
            )
            for row in rows
        ],
        ["code"],
    )
    _load_factors(rows, now)


def _load_factors(rows: list[Mapping[str, Any]], now: datetime) -> None:
    pools = {pool.code: pool for pool in Pool.objects.filter(factors=None)}
    ConversionFactor.objects.bulk_create(
        ConversionFactor(
            pool=pools[row["code"]],
            gflops_per_device=row["gflops_per_device"],
            method=row["factor_method"],
            measured_at=now,
            valid_until=now + FACTOR_VALID_FOR,
        )
        for row in rows
        if row["code"] in pools
    )


def load_round_trips(*, now: datetime) -> None:
    """Estimate RTT from every unmeasured site to every city, marked as estimated."""
    cities = list(City.objects.all())
    NetworkMeasurement.objects.bulk_create(
        (
            NetworkMeasurement(
                site=site,
                city=city,
                rtt_us=estimate.median_us,
                rtt_p95_us=estimate.high_us,
                method="ESTIMATED",
                measured_at=now,
            )
            for site in Site.objects.filter(rtts=None)
            for city in cities
            for estimate in [
                estimated_rtt_us(
                    (site.latitude_udeg, site.longitude_udeg),
                    (city.latitude_udeg, city.longitude_udeg),
                )
            ]
        ),
        batch_size=2000,
    )


def load_links(*, carrier_ids: list[int], connector: str) -> None:
    """Give every zone a link to every city, by the carriers in turn; prices by distance.

    `connector` is the way to their meters, a key of settings.CARRIERS.
    """
    cities = list(City.objects.all())
    links = []
    for index, zone in enumerate(Zone.objects.all()):
        for city in cities:
            rtt_us = estimated_rtt_us(
                (zone.latitude_udeg, zone.longitude_udeg),
                (city.latitude_udeg, city.longitude_udeg),
            ).median_us
            links.append(
                CarrierLink(
                    carrier_id=carrier_ids[index % len(carrier_ids)],
                    zone=zone,
                    city=city,
                    capacity_gbps=400 if zone.kind == "CLUSTER" else 100,
                    price_micros_per_gbps_hour=floor_tick(600_000 + 20 * rtt_us),
                    price_micros_per_gb=10_000,
                    rtt_us=rtt_us,
                    connector=connector,
                )
            )
    CarrierLink.objects.bulk_create(links, ignore_conflicts=True)
