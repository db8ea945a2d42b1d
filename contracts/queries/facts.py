"""What a trade says, read once, when its agreement is concluded."""

from contracts.domain.terms import TradeFacts
from ledger.queries import rates_at
from marketplace.models import Trade


def facts_of_trade(trade_id: int) -> TradeFacts:
    """Return everything of a trade that its terms freeze."""
    trade = Trade.objects.select_related(
        "buyer", "seller", "pool__chip", "pool__site__zone", "order__city", "listing"
    ).get(pk=trade_id)
    pool, site, order = trade.pool, trade.pool.site, trade.order
    chip, zone, city = pool.chip, site.zone, order.city
    return TradeFacts(
        trade_id=trade.pk,
        buyer_code=trade.buyer.code,
        buyer_name=trade.buyer.name,
        seller_code=trade.seller.code,
        seller_name=trade.seller.name,
        chip_code=chip.code,
        chip_name=chip.name,
        vendor=chip.vendor,
        stack=chip.stack,
        memory_gb=chip.memory_gb,
        scale_up_gbs=pool.scale_up_gbs,
        scale_out_gbps=pool.scale_out_gbps,
        pool_code=pool.code,
        site_code=site.code,
        site_name=site.name,
        site_name_zh=site.name_zh,
        zone_code=zone.code,
        zone_name=zone.name,
        zone_name_zh=zone.name_zh,
        city_name=city.name if city else "",
        city_name_zh=city.name_zh if city else "",
        max_rtt_us=order.max_rtt_us if city else None,
        starts_at=trade.starts_at,
        ends_at=trade.ends_at,
        devices=trade.devices,
        workload_class=order.workload_class,
        gflops_per_device=trade.gflops_per_device,
        factor_method=trade.factor_method,
        firmness=trade.listing.firmness,
        recall_notice_minutes=trade.listing.recall_notice_minutes or 0,
        price_micros=trade.price_micros,
        vat_bp=trade.vat_bp,
        seller_fee_bp=rates_at(trade.traded_at).seller_fee_bp,
    )
