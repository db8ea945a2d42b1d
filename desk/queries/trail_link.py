"""The links beside a trade's devices: the part of its life that seller and others do not see."""

from dataclasses import dataclass

from billing.domain.settlement_posting import link_settlement_key, settlement_key
from billing.models import Payout, Settlement
from contracts.models import Agreement, AgreementVersion
from contracts.queries import version_of
from exchange.window import delivery_day
from marketplace.models import LinkTrade, Trade


@dataclass(frozen=True)
class LinkTrail:
    """What was sold with the devices, and what became of it."""

    sold: LinkTrade
    agreement: Agreement | None
    version: AgreementVersion | None
    settlements: tuple[Settlement, ...]
    payouts: tuple[Payout, ...]

    @property
    def keys(self) -> list[str]:
        """The business keys under which the link's money was booked after the trade."""
        settled = [
            settlement_key(row.usage_id, agreement=self.agreement.number if self.agreement else "")
            if row.usage_id
            else link_settlement_key(row.link_hour_id or 0)
            for row in self.settlements
        ]
        return [*settled, *(f"{key}:rest" for key in settled)]


def link_trails_of(trade: Trade) -> tuple[LinkTrail, ...]:
    """Gather the lives of the links beside a trade's devices, in the order of their sale."""
    rows = LinkTrade.objects.select_related("carrier", "link__zone", "link__city")
    return tuple(_trail_of(sold) for sold in rows.filter(trade_id=trade.pk).order_by("pk"))


def _trail_of(sold: LinkTrade) -> LinkTrail:
    agreement = Agreement.objects.filter(link_trade=sold).first()
    settlements = tuple(
        Settlement.objects.filter(agreement=agreement).order_by("settled_at", "id")
        if agreement
        else ()
    )
    days = {delivery_day(row.hour_start) for row in settlements}
    payouts = Payout.objects.filter(member_id=sold.carrier_id, delivery_day__in=days)
    return LinkTrail(
        sold=sold,
        agreement=agreement,
        version=version_of(agreement.pk) if agreement else None,
        settlements=settlements,
        payouts=tuple(payouts.order_by("delivery_day")),
    )
