"""One set of terms, priced in yuan, that the examples vary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.domain.rating import MeteredHour
from contracts.domain.standard_clauses import FIRST_STANDARD
from contracts.domain.terms import Terms, TradeFacts, terms_of

FACTS = TradeFacts(
    trade_id=17,
    buyer_code="ben",
    buyer_name="Lingang Model Lab",
    seller_code="ada",
    seller_name="Horinger Computing",
    chip_code="h100-sxm",
    chip_name="H100 SXM",
    vendor="NVIDIA",
    stack="CUDA",
    memory_gb=80,
    scale_up_gbs=900,
    scale_out_gbps=400,
    pool_code="qy-1-h100",
    site_code="qy-1",
    site_name="Qingyang 1",
    site_name_zh="庆阳一号",
    zone_code="qingyang",
    zone_name="Qingyang",
    zone_name_zh="庆阳集群",
    city_name="",
    city_name_zh="",
    max_rtt_us=None,
    starts_at=datetime(2026, 11, 23, 6, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    devices=8,
    workload_class="TRAINING",
    gflops_per_device=989_000,
    factor_method="NOMINAL",
    firmness="FIRM",
    recall_notice_minutes=0,
    price_micros=1_850_000,
    vat_bp=600,
    seller_fee_bp=150,
)


def micros(yuan: str) -> int:
    """Whole micros of an amount written in yuan."""
    return int(Decimal(yuan) * 1_000_000)


def priced(
    price: str = "1.85", *, devices: int = 8, take_or_pay_bp: int = 10_000, **facts: Any
) -> Terms:
    """Return terms at a price per device-hour; other facts by name."""
    facts = {"price_micros": micros(price), "devices": devices, **facts}
    return terms_of(replace(FACTS, **facts), replace(FIRST_STANDARD, take_or_pay_bp=take_or_pay_bp))


def metered(
    delivered: list[int], *, devices: int = 8, run: str = "II", used: int | None = None
) -> list[MeteredHour]:
    """Return consecutive hours with so many device-seconds delivered each."""
    return [
        MeteredHour(
            hour_start=FACTS.starts_at + index * timedelta(hours=1),
            run=run,
            contracted_device_seconds=devices * 3600,
            delivered_device_seconds=seconds,
            used_device_seconds=used,
        )
        for index, seconds in enumerate(delivered)
    ]
