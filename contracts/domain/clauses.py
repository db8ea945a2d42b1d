"""The particular clauses of one agreement, in words, in both languages, from its terms."""

from dataclasses import dataclass
from datetime import datetime

from contracts.domain.remedies import damages_cap, take_or_pay_micros, value_of
from contracts.domain.standard_clauses import share
from contracts.domain.terms import Terms
from exchange.units import GFLOPS_PER_PFLOPS, MICROS_PER_FEN, half_even_div
from exchange.window import MARKET_ZONE

METHODS = {
    "NOMINAL": ("nominal", "标称"),
    "MEASURED": ("measured", "实测"),
    "LABORATORY": ("laboratory", "实验室检测"),
}
FIRMNESS = {
    "FIRM": ("firm", "固定"),
    "RECALLABLE": ("recallable", "可召回"),
    "SURPLUS": ("surplus", "余量"),
}
WORKLOADS = {
    "TRAINING": ("training", "训练"),
    "INFERENCE": ("inference", "推理"),
    "GENERAL": ("general", "通用"),
    "HPC": ("scientific computing", "科学计算"),
}


@dataclass(frozen=True)
class Words:
    """A heading, what is agreed, and the legal or technical detail."""

    heading: str
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Clause:
    """One clause in both languages."""

    code: str
    en: Words
    zh: Words


def yuan(micros: int) -> str:
    """Return whole micros as yuan with fen and thousands separators."""
    fen = half_even_div(micros, MICROS_PER_FEN)
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def day_time(instant: datetime, *, chinese: bool) -> str:
    """Return an instant in full in Asia/Shanghai, as contracts name it."""
    local = instant.astimezone(MARKET_ZONE)
    if chinese:
        return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"
    return f"{local.day} {local:%b %Y %H:%M}"


def clauses_of(terms: Terms) -> list[Clause]:
    """Return the particular clauses in the order of the paper."""
    return [
        _product(terms),
        _delivery_point(terms),
        _window(terms),
        _firmness(terms),
        _price(terms),
        _take_or_pay(terms),
        _availability(terms),
        _damages(terms),
        _acceptance(terms),
    ]


def _product(terms: Terms) -> Clause:
    tflops = terms.gflops_per_device // 1000
    method, work = METHODS[terms.factor_method], _workload(terms)
    return Clause(
        "PRODUCT",
        Words(
            "Product",
            f"{terms.devices} × {terms.chip_name}, {terms.memory_gb} GB, {terms.stack}",
            f"{method[0]} {tflops:,} TFLOPS dense FP16 per device, {work[0]}; "
            f"pool {terms.pool_code}",
        ),
        Words(
            "标的",
            f"{terms.devices} × {terms.chip_name}，显存 {terms.memory_gb} GB，{terms.stack}",
            f"单卡稠密 FP16 {tflops:,} TFLOPS（{method[1]}），{work[1]}；资源池 {terms.pool_code}",
        ),
    )


def _workload(terms: Terms) -> tuple[str, str]:
    return WORKLOADS.get(terms.workload_class, (terms.workload_class, terms.workload_class))


def _delivery_point(terms: Terms) -> Clause:
    en = zh = ""
    if terms.max_rtt_us is not None:
        rtt = f"{terms.max_rtt_us / 1000:g} ms"
        en = f"round trip to {terms.city_name} at most {rtt}"
        zh = f"至{terms.city_name_zh}往返时延不超过 {rtt}"
    return Clause(
        "DELIVERY_POINT",
        Words("Delivery point", f"{terms.site_name}, {terms.zone_name}", en),
        Words("交付点", f"{terms.site_name_zh}，{terms.zone_name_zh}", zh),
    )


def _window(terms: Terms) -> Clause:
    return Clause(
        "WINDOW",
        Words(
            "Window",
            f"{day_time(terms.starts_at, chinese=False)} to "
            f"{day_time(terms.ends_at, chinese=False)} (UTC+8)",
            f"{terms.hours} h × {terms.devices} devices = {terms.device_hours:,} device-hours",
        ),
        Words(
            "交付时段",
            f"{day_time(terms.starts_at, chinese=True)} 至 {day_time(terms.ends_at, chinese=True)}"
            "（北京时间）",
            f"{terms.hours} 小时 × {terms.devices} 卡 = {terms.device_hours:,} 卡时",
        ),
    )


def _firmness(terms: Terms) -> Clause:
    kind = FIRMNESS[terms.firmness]
    en, zh = kind[0].capitalize(), f"{kind[1]}算力"
    if terms.firmness == "RECALLABLE":
        en += f", with {terms.recall_notice_minutes} minutes' notice"
        zh += f"，提前 {terms.recall_notice_minutes} 分钟通知"
    return Clause("FIRMNESS", Words("Firmness", en), Words("交付等级", zh))


def _hourly(terms: Terms) -> tuple[str, str]:
    """Return what is added where an auction priced hours differently."""
    if not terms.hour_prices:
        return "", ""
    listed = ", ".join(yuan(price) for price in terms.prices_micros)
    en = f"the mean of an auction's prices, each hour paid at its own. In order, ¥: {listed}. "
    return en, f"为竞价各小时价格的均值，每小时按其价格结算，依次为（元）：{listed}。"


def _price(terms: Terms) -> Clause:
    hourly_en, hourly_zh = _hourly(terms)
    per_pflops_hour = terms.price_micros * GFLOPS_PER_PFLOPS // terms.gflops_per_device
    price, total = yuan(terms.price_micros), yuan(value_of(terms, terms.device_seconds))
    return Clause(
        "PRICE",
        Words(
            "Price",
            f"¥ {price} per device-hour, net; ¥ {total} in all",
            f"{hourly_en}= ¥ {yuan(per_pflops_hour)} per P-hour; VAT {share(terms.vat_bp)}; "
            f"exchange fee {share(terms.seller_fee_bp)}, borne by the seller",
        ),
        Words(
            "价格",
            f"每卡时 {price} 元（不含税），合计 {total} 元",
            f"{hourly_zh}折合 {yuan(per_pflops_hour)} 元/P·时；增值税 {share(terms.vat_bp)}；"
            f"交易服务费 {share(terms.seller_fee_bp)}，由卖方承担",
        ),
    )


def _take_or_pay(terms: Terms) -> Clause:
    part, owed = share(terms.take_or_pay_bp), yuan(take_or_pay_micros(terms))
    return Clause(
        "TAKE_OR_PAY",
        Words("Take-or-pay", part, f"¥ {owed} if all is made available and nothing is used"),
        Words("照付不议", part, f"全部提供而未使用时，应付 {owed} 元"),
    )


def _availability(terms: Terms) -> Clause:
    part = share(terms.availability_bp)
    hours = terms.maintenance_hours
    return Clause(
        "AVAILABILITY",
        Words(
            "Availability",
            f"{part} of each delivery period" if terms.availability_bp else "Not guaranteed",
            f"an unhealthy device-hour is not delivered; maintenance at most {hours} h in 30 days",
        ),
        Words(
            "可用性",
            f"每个交付小时的 {part}" if terms.availability_bp else "不作保证",
            f"状态不健康的卡时不计为交付；维护每三十日不超过 {hours} 小时",
        ),
    )


def _damages(terms: Terms) -> Clause:
    if not terms.damages_bp:
        return Clause("DAMAGES", Words("Damages", "None"), Words("违约金", "无"))
    part, cap = share(terms.damages_bp), share(terms.damages_cap_bp)
    most = yuan(damages_cap(terms, terms.device_seconds))
    return Clause(
        "DAMAGES",
        Words(
            "Damages",
            f"{part} of the price of what is missing, cap {cap}",
            f"at most ¥ {most}; settled without a claim",
        ),
        Words("违约金", f"缺额价款的 {part}，上限 {cap}", f"最高 {most} 元；无须申请，随结算入账"),
    )


def _acceptance(terms: Terms) -> Clause:
    part = share(terms.acceptance_share_bp)
    return Clause(
        "ACCEPTANCE",
        Words(
            "Acceptance",
            f"Device count, and at least {part} of the contracted compute",
            f"what is not accepted is not delivered; disputes within {terms.dispute_days} days",
        ),
        Words(
            "验收",
            f"数量齐备，且算力不低于合同值的 {part}",
            f"未通过验收视为未交付；异议期 {terms.dispute_days} 日",
        ),
    )
