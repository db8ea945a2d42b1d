"""A link's delivery as pictures and figures: shown beside its devices and on its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from counter.pictures import Cell, HeatRow, step_of
from counter.templatetags.figures import instant
from delivery.domain.metering import QUARTER, QUARTERS
from delivery.models import LinkDelivery, LinkTest
from delivery.pages.pictures import hours_between, span_of
from delivery.pages.words import STATES, StateWords
from delivery.queries.link_quarters import LinkFact, link_quarters_of
from delivery.queries.links import LinkTotals, link_totals_of
from exchange.units import BP, QUARTER_SECONDS, SECONDS_PER_HOUR
from exchange.window import MARKET_ZONE

MB_PER_GB = 1_000


@dataclass(frozen=True)
class LinkCard:
    """What templates show of one link on one day."""

    row: LinkDelivery
    state: StateWords
    reason: str
    test: LinkTest | None
    totals: LinkTotals
    available_bp: int | None
    gbps_hours: str
    gb_moved: str
    hours: list[str]
    heat: list[HeatRow]
    lost: list[tuple[str, str]]


def link_card_of(row: LinkDelivery, day: date) -> LinkCard:
    """Gather a link's card for a delivery day of its window."""
    starts_at, ends_at = span_of(row, day)
    facts = link_quarters_of(row, starts_at, ends_at)
    totals = link_totals_of([row.pk]).get(row.pk, LinkTotals())
    return LinkCard(
        row=row,
        state=STATES[row.state],
        reason=_(row.state_reason) if row.state_reason else "",
        test=LinkTest.objects.filter(link_delivery=row).first(),
        totals=totals,
        available_bp=available_bp(totals),
        gbps_hours=gbps_hours(totals.available_gbps_seconds),
        gb_moved=gigabytes(totals.moved_mb),
        hours=hours_between(starts_at, ends_at),
        heat=_heat(row, facts),
        lost=_lost(row, facts),
    )


def available_bp(totals: LinkTotals) -> int | None:
    """Return the share of the contracted Gbit/s-seconds that was available; None without any."""
    if not totals.contracted_gbps_seconds:
        return None
    return totals.available_gbps_seconds * BP // totals.contracted_gbps_seconds


def gbps_hours(gbps_seconds: int) -> str:
    """Return Gbit/s-hours with one decimal, rounded down: 19.5."""
    tenths = gbps_seconds * 10 // SECONDS_PER_HOUR
    return f"{tenths // 10:,}.{tenths % 10}"


def gigabytes(moved_mb: int) -> str:
    """Return GB with one decimal, rounded down: 39.9."""
    tenths = moved_mb * 10 // MB_PER_GB
    return f"{tenths // 10:,}.{tenths % 10}"


def _heat(row: LinkDelivery, facts: Sequence[LinkFact]) -> list[HeatRow]:
    """Return four rows of the share available, or of GB moved where that alone was bought."""
    return [
        HeatRow(f":{index * 15:02}", tuple(_cell(row, fact) for fact in facts[index::QUARTERS]))
        for index in range(QUARTERS)
    ]


def _cell(row: LinkDelivery, fact: LinkFact) -> Cell:
    if fact.available_gbps_seconds is None:
        return Cell("·")
    mark = _("estimated, not measured") if fact.estimated else ""
    if not row.gbps:
        whole_mb = max(row.gb * MB_PER_GB, 1)
        step = step_of(fact.moved_mb, 0, whole_mb)
        return Cell(gigabytes(fact.moved_mb), step=step, mark=mark)
    share_bp = fact.available_gbps_seconds * BP // (row.gbps * QUARTER_SECONDS)
    text = str(share_bp * 100 // BP)
    if not fact.available_gbps_seconds and not fact.estimated:
        return Cell(text, reason=_("not available"))
    return Cell(text, step=step_of(share_bp, 0, BP), mark=mark)


def _lost(row: LinkDelivery, facts: Sequence[LinkFact]) -> list[tuple[str, str]]:
    """Return in words each quarter in which less was available than bought."""
    whole = row.gbps * QUARTER_SECONDS
    return [
        (
            f"{instant(one.starts_at)}–{(one.starts_at + QUARTER).astimezone(MARKET_ZONE):%H:%M}",
            _("%(share)s %% available") % {"share": one.available_gbps_seconds * 100 // whole},
        )
        for one in facts
        if one.available_gbps_seconds is not None and one.available_gbps_seconds < whole
    ]
