"""The heat map of the five numbers, and the distances to the regulator's limits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counter.pictures import Cell, HeatRow, step_of
from counter.templatetags.figures import ms, percent
from desk.queries.capacity import FiveNumbers
from exchange.window import delivery_day
from marketplace.models import Pool
from oversight.domain.assessing import assess
from oversight.domain.verdict import Finding, Verdict
from oversight.models import Assessment
from oversight.queries import rules_in_force
from oversight.queries.subjects import site_facts


@dataclass(frozen=True)
class Threshold:
    """One rule on the desk: figure, limit, how far, and how long the bar is (0 to 100)."""

    title: str
    value: str
    limit: str
    share: int
    at: int
    kind: str
    verdict: str
    illustrative: bool


def heat_rows(numbers: FiveNumbers, devices: int) -> list[HeatRow]:
    """Return the five rows, coloured against the pool's devices."""
    rows: Sequence[tuple[str, Sequence[int | None]]] = (
        (_("Offered"), numbers.offered),
        (_("In orders"), numbers.in_orders),
        (_("Contracted"), numbers.contracted),
        (_("Provisioned"), numbers.provisioned),
        (_("Measured"), numbers.measured),
    )
    return [
        HeatRow(label, tuple(_cell(value, devices) for value in values)) for label, values in rows
    ]


def _cell(value: int | None, devices: int) -> Cell:
    if value is None:
        return Cell("", reason=_("not measured"))
    return Cell(str(value), step_of(value, 0, devices))


def thresholds_of(pool: Pool, now: datetime) -> list[Threshold]:
    """Return the site's distance to each rule: its last assessment, or one made for the page."""
    return [_threshold(one) for one in _findings(pool.site_id, now) if one.unit in _SAID]


def _findings(site_id: int, now: datetime) -> Iterable[Finding]:
    kept = Assessment.objects.filter(site_id=site_id).order_by("-as_of").first()
    if kept is not None:
        return [Finding(**{**one, "verdict": Verdict(one["verdict"])}) for one in kept.findings]
    as_of = delivery_day(now - timedelta(days=1))
    facts = site_facts(as_of=as_of, site_id=site_id)
    return assess(facts[0], rules_in_force(as_of=as_of)).findings if facts else []


def _hundredths(value: int) -> str:
    return f"{value // 1000}.{value % 1000 // 10:02d}"


def _milliseconds(value: int) -> str:
    return f"{ms(value)} ms"


_SAID: dict[str, Callable[[int], str]] = {
    "bp": percent,
    "thousandths": _hundredths,
    "us": _milliseconds,
}
TITLES = {
    "PURCHASE_AGREEMENT_SHARE": gettext_lazy("Sold under agreements"),
    "MINIMUM_UTILISATION": gettext_lazy("Compute utilisation"),
    "PUE_LIMIT": gettext_lazy("PUE"),
    "LATENCY_TARGET": gettext_lazy("Round trip to the nearest city"),
}


def _threshold(finding: Finding) -> Threshold:
    said = _SAID[finding.unit]
    whole = max(finding.limit * 2, finding.value or 0, 1)
    if finding.unit == "bp":
        whole = 10_000
    return Threshold(
        title=str(TITLES.get(finding.kind, finding.kind)),
        value=said(finding.value) if finding.value is not None else "–",
        limit=said(finding.limit),
        share=(finding.value or 0) * 100 // whole,
        at=finding.limit * 100 // whole,
        kind="ok" if finding.verdict is Verdict.PASS else "warn",
        verdict=_verdict(finding),
        illustrative=finding.illustrative,
    )


def _verdict(finding: Finding) -> str:
    if finding.value is None:
        return _("no figure yet")
    if finding.verdict is Verdict.PASS:
        return _("within")
    if finding.verdict is Verdict.REVIEW:
        return _("to be reviewed")
    return _("outside")
