"""What a trade says, read once, when its agreement is concluded."""

from contracts.domain.link_terms import LinkFacts
from contracts.domain.terms import TradeFacts
from ledger.queries import rates_at
from marketplace.models import LinkTrade, Trade


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
        hour_prices=",".join(map(str, trade.hour_prices_micros or ())),
    )


def facts_of_link(link_trade_id: int, devices_agreement: str) -> LinkFacts:
    """Return everything of a link that was sold that its terms freeze."""
    sold = LinkTrade.objects.select_related(
        "buyer", "carrier", "link__zone", "link__city", "trade__pool__site"
    ).get(pk=link_trade_id)
    zone, city, site = sold.link.zone, sold.link.city, sold.trade.pool.site
    return LinkFacts(
        link_trade_id=sold.pk,
        trade_id=sold.trade_id,
        devices_agreement=devices_agreement,
        buyer_code=sold.buyer.code,
        buyer_name=sold.buyer.name,
        seller_code=sold.carrier.code,
        seller_name=sold.carrier.name,
        zone_code=zone.code,
        zone_name=zone.name,
        zone_name_zh=zone.name_zh,
        site_name=site.name,
        site_name_zh=site.name_zh,
        city_code=city.code,
        city_name=city.name,
        city_name_zh=city.name_zh,
        rtt_us=sold.link.rtt_us,
        gbps=sold.gbps,
        gb=sold.gb,
        starts_at=sold.starts_at,
        ends_at=sold.ends_at,
        price_micros_per_gbps_hour=sold.price_micros_per_gbps_hour,
        price_micros_per_gb=sold.price_micros_per_gb,
        vat_bp=sold.vat_bp,
        seller_fee_bp=rates_at(sold.traded_at).seller_fee_bp,
    )
