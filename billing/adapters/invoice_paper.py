"""The invoice on paper, in Chinese and English side by side."""

from billing.adapters.tables import fen_text, yuan_text
from billing.models import Invoice, InvoiceLine
from contracts.adapters.paper import Paper
from exchange.units import MICROS_PER_FEN
from exchange.window import MARKET_ZONE

TITLES = {"INVOICE": "发票 / Invoice", "CREDIT_NOTE": "红字发票 / Credit note"}
KINDS = {
    "COMPUTE": "算力 / Computing power",
    "LINK": "网络链路 / Network link",
    "FEE": "交易所服务费 / Exchange fee",
    "DAMAGES": "违约金（不含税，另行结算） / Damages (no VAT, settled apart)",
}
EXCHANGE = "算时交易所 / Gridhour exchange"


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return the invoice as PDF; the same invoice gives the same bytes."""
    issued = invoice.issued_at.astimezone(MARKET_ZONE)
    paper = Paper(
        title=TITLES[invoice.kind],
        subtitle=f"{invoice.number} · {issued:%Y-%m-%d}",
        foot=invoice.number,
        made_at=invoice.issued_at,
    )
    issuer = invoice.issuer
    paper.facts(
        [
            ("开票方 / Issuer", f"{issuer.name} ({issuer.code})" if issuer else EXCHANGE),
            ("受票方 / Customer", f"{invoice.customer.name} ({invoice.customer.code})"),
            ("交付日 / Delivery day", f"{invoice.delivery_day:%Y-%m-%d} (UTC+8)"),
            ("币种 / Currency", "CNY"),
        ]
    )
    lines = list(invoice.lines.select_related("agreement").order_by("kind", "pk"))
    _add_lines(paper, lines)
    _add_total(paper, invoice, lines)
    return paper.pdf()


def _add_lines(paper: Paper, lines: list[InvoiceLine]) -> None:
    paper.heading("明细 / Lines")
    paper.table(
        ("协议 / Agreement", "项目 / Item", "数量 / Quantity", "不含税 / Net", "税额 / VAT"),
        [
            (
                line.agreement.number,
                KINDS[line.kind],
                _quantity(line),
                yuan_text(line.net_micros),
                yuan_text(line.vat_micros),
            )
            for line in lines
        ],
        widths=(38, 50, 34, 26, 22),
        align="LLRRR",
    )


def _quantity(line: InvoiceLine) -> str:
    """Return how much a line is for: device-seconds, or a link's Gbit/s-seconds and MB."""
    parts = (
        (line.device_seconds, "卡秒 device-s"),
        (line.gbps_seconds, "Gbit/s·s"),
        (line.moved_mb, "MB"),
    )
    return ", ".join(f"{amount:,} {unit}" for amount, unit in parts if amount)


def _add_total(paper: Paper, invoice: Invoice, lines: list[InvoiceLine]) -> None:
    paper.heading("合计 / Total")
    exact = sum(line.net_micros + line.vat_micros for line in lines if line.kind != "DAMAGES")
    rounding = invoice.total_fen * MICROS_PER_FEN - exact
    paper.facts(
        [
            ("不含税 / Net", f"¥ {fen_text(invoice.net_fen)}"),
            ("税额 / VAT", f"¥ {fen_text(invoice.vat_fen)}"),
            ("价税合计 / Total", f"¥ {fen_text(invoice.total_fen)}"),
            ("其中取整差额 / Rounding within", f"¥ {yuan_text(rounding)}"),
        ]
    )
