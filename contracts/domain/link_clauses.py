"""The particular clauses of a link agreement, in words, in both languages, from its terms."""

from contracts.domain.clauses import Clause, Words, day_time, yuan
from contracts.domain.link_terms import LinkTerms
from contracts.domain.standard_clauses import share


def link_clauses_of(terms: LinkTerms) -> list[Clause]:
    """Return the particular clauses in the order of the paper."""
    return [_product(terms), _route(terms), _window(terms), _price(terms), _delivery(terms)]


def _product(terms: LinkTerms) -> Clause:
    english, chinese = [], []
    if terms.gbps:
        english.append(f"{terms.gbps:,} Gbit/s in each hour")
        chinese.append(f"每小时 {terms.gbps:,} Gbit/s")
    if terms.gb:
        english.append(f"{terms.gb:,} GB moved once")
        chinese.append(f"一次性搬运 {terms.gb:,} GB")
    return Clause(
        "PRODUCT",
        Words("Product", "; ".join(english), f"with the devices of {terms.devices_agreement}"),
        Words("标的", "；".join(chinese), f"与协议 {terms.devices_agreement} 的计算卡配套"),
    )


def _route(terms: LinkTerms) -> Clause:
    rtt = f"{terms.rtt_us / 1000:g} ms"
    return Clause(
        "ROUTE",
        Words(
            "Route",
            f"{terms.site_name}, {terms.zone_name} to {terms.city_name}",
            f"round trip {rtt}",
        ),
        Words(
            "路由",
            f"{terms.site_name_zh}（{terms.zone_name_zh}）至{terms.city_name_zh}",
            f"往返时延 {rtt}",
        ),
    )


def _window(terms: LinkTerms) -> Clause:
    begins, ends = terms.starts_at, terms.ends_at
    return Clause(
        "WINDOW",
        Words(
            "Window",
            f"{day_time(begins, chinese=False)} to {day_time(ends, chinese=False)} (UTC+8)",
            f"{terms.hours} h × {terms.gbps} Gbit/s = {terms.hours * terms.gbps:,} Gbit/s-hours",
        ),
        Words(
            "交付时段",
            f"{day_time(begins, chinese=True)} 至 {day_time(ends, chinese=True)}（北京时间）",
            f"{terms.hours} 小时 × {terms.gbps} Gbit/s = {terms.hours * terms.gbps:,} Gbit/s·时",
        ),
    )


def _price(terms: LinkTerms) -> Clause:
    by_hour, by_gb = yuan(terms.price_micros_per_gbps_hour), yuan(terms.price_micros_per_gb)
    total = yuan(terms.value_micros(terms.hours))
    return Clause(
        "PRICE",
        Words(
            "Price",
            f"¥ {by_hour} per Gbit/s-hour and ¥ {by_gb} per GB, net; ¥ {total} in all",
            f"VAT {share(terms.vat_bp)}; exchange fee {share(terms.seller_fee_bp)}, "
            "borne by the carrier",
        ),
        Words(
            "价格",
            f"每 Gbit/s·时 {by_hour} 元，每 GB {by_gb} 元（不含税），合计 {total} 元",
            f"增值税 {share(terms.vat_bp)}；交易服务费 {share(terms.seller_fee_bp)}，由运营商承担",
        ),
    )


def _delivery(terms: LinkTerms) -> Clause:
    return _by_own_meter(terms) if terms.has_own_meter else _with_devices(terms)


def _by_own_meter(terms: LinkTerms) -> Clause:
    least, most = share(terms.least_bandwidth_bp), f"{terms.most_rtt_us / 1000:g} ms"
    return Clause(
        "DELIVERY",
        Words(
            "Delivery and payment",
            "The link's own meter counts, by the quarter-hour: the Gbit/s that were available, by"
            " the second, and the data that were moved, at most what was bought. Only this is paid."
            " Once the delivery of the devices beside it ended early, nothing more of it is paid.",
            f"handed over with at least {least} of the bandwidth and at most {most} of round trip,"
            " else not delivered; no take-or-pay and no damages of its own; "
            f"disputes within {terms.dispute_days} days",
        ),
        Words(
            "交付与付款",
            "以链路自身的计量为准，按每刻钟计：可用带宽（Gbit/s）按秒计，搬运数据按实际搬运量计且"
            "不超过所购数量；仅就此付费。配套计算卡的交付提前结束后，链路此后不再付费。",
            f"移交时带宽须不低于约定的 {least}，往返时延不超过 {most}，否则视为未交付；"
            f"不设照付不议与违约金；异议期 {terms.dispute_days} 日",
        ),
    )


def _with_devices(terms: LinkTerms) -> Clause:
    return Clause(
        "DELIVERY",
        Words(
            "Delivery and payment",
            "An hour of the link counts as delivered when devices of the agreement beside it were"
            " delivering in that hour; only such hours are paid, and data to move with the first.",
            "the link is not yet measured by itself; no take-or-pay and no damages of its own; "
            f"disputes within {terms.dispute_days} days",
        ),
        Words(
            "交付与付款",
            "配套协议的计算卡在某一小时内有交付的，该小时的链路即视为已交付；仅就已交付的小时付费，"
            "搬运数据的费用随首个已交付小时支付。",
            f"链路尚不单独计量；不设照付不议与违约金；异议期 {terms.dispute_days} 日",
        ),
    )
