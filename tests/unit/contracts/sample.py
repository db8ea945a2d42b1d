"""One set of terms that the room's pure tests vary."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.domain.standard_clauses import FIRST_STANDARD
from contracts.domain.terms import Terms, TradeFacts, terms_of

FACTS = TradeFacts(
    trade_id=17,
    buyer_code="ben",
    buyer_name="Lingang Model Lab",
    seller_code="ada",
    seller_name="Horinger Computing",
    chip_code="ascend-910b",
    chip_name="Ascend 910B",
    vendor="Huawei",
    stack="CANN",
    memory_gb=64,
    scale_up_gbs=392,
    scale_out_gbps=200,
    pool_code="horinger-3-ascend-910b",
    site_code="horinger-3",
    site_name="Horinger 3",
    site_name_zh="和林格尔三号",
    zone_code="horinger",
    zone_name="Horinger cluster",
    zone_name_zh="和林格尔集群",
    city_name="Shanghai",
    city_name_zh="上海",
    max_rtt_us=21_500,
    starts_at=datetime(2026, 12, 1, 14, tzinfo=UTC),
    ends_at=datetime(2026, 12, 2, 14, tzinfo=UTC),
    devices=96,
    workload_class="TRAINING",
    gflops_per_device=388_000,
    factor_method="MEASURED",
    firmness="FIRM",
    recall_notice_minutes=0,
    price_micros=6_480_000,
    vat_bp=600,
    seller_fee_bp=150,
)


def sample_terms(**changes: Any) -> Terms:
    """Return the sample's terms with some facts changed."""
    return terms_of(replace(FACTS, **changes), FIRST_STANDARD)
