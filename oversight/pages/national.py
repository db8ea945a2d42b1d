"""National: the three ratios, where they are high, what was sold and not used, what waits."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members
from counter.pictures import ProvinceFigure, tile_map
from counter.templatetags.figures import percent
from exchange.units import half_even_div
from exchange.window import delivery_day
from oversight.domain.rules import Rule, RuleKind
from oversight.pages.scatter import pairs, scatter_of
from oversight.pages.words import (
    INTERVENTION_KINDS,
    RATIOS,
    SCOPES,
    VERDICTS,
    chinese,
    province_name,
    statistic_value,
)
from oversight.queries import (
    NationalOverview,
    national_overview,
    rules_in_force,
    site_uses,
    statistics,
)
from timetable.queries import market_now

READER = "reader"
CHOICES = {
    "rack": ("RACK_OCCUPANCY", "rack_occupancy_bp"),
    "contracted": ("CONTRACTED", "contracted_bp"),
    "compute": ("COMPUTE_UTILISATION", "utilisation_bp"),
}


@require_safe
@for_members("REGULATOR", "OPERATOR")
def national(request: HttpRequest) -> HttpResponse:
    """Show the nation's last closed day; `?ratio=` rack, contracted or compute draws the map."""
    overview = national_overview(market_now(), using=READER)
    rules = rules_in_force(as_of=overview.as_of, using=READER)
    chosen = request.GET.get("ratio", "compute")
    chosen = chosen if chosen in CHOICES else "compute"
    return TemplateResponse(
        request,
        "oversight/national.html",
        {
            "overview": overview,
            "ratio_name": RATIOS[CHOICES[chosen][0]],
            "ratios": [
                (RATIOS[name], f"?ratio={key}#map", key == chosen)
                for key, (name, _field) in CHOICES.items()
            ],
            **_map(overview, CHOICES[chosen][1]),
            "scatter": scatter_of(
                overview.uses,
                contracted_limit_bp=_limit(rules, RuleKind.PURCHASE_AGREEMENT_SHARE),
                utilisation_limit_bp=_utilisation_limit(rules),
            ),
            "verdicts": [
                (VERDICTS[name], overview.verdicts.get(name, 0))
                for name in VERDICTS
                if name in overview.verdicts or name != "BARRED"
            ],
            "limits": _limits(rules),
            "waiting": _waiting(overview),
            "statistics": _statistics(),
            "may_act": acting_of(request).has("REGULATOR"),
        },
    )


@require_safe
@for_members("REGULATOR", "OPERATOR")
def centres_json(request: HttpRequest) -> JsonResponse:
    """Return one [contracted, used] pair a centre, in percent, for the drawn picture."""
    day = national_day()
    points = pairs(site_uses(as_of=day, using=READER))
    # A picture's coordinates: tenths of a percent, the only place where they are not whole.
    return JsonResponse([[x // 10 / 10, y // 10 / 10] for x, y in points], safe=False)


def national_day() -> date:
    """Return the last closed delivery day."""
    return delivery_day(market_now()) - timedelta(days=1)


def _map(overview: NationalOverview, field: str) -> dict[str, Any]:
    figures = {}
    for code, row in overview.provinces.items():
        value = getattr(row, field)
        if value is not None:
            figures[code.upper()] = ProvinceFigure(
                value=value,
                text=str(half_even_div(value, 100)),
                href=f"{reverse('oversight:registry')}?province={code}",
                said=f"{percent(value)}",
                cluster=code in overview.clusters,
            )
    values = [figure.value for figure in figures.values()]
    return {
        "tiles": tile_map(figures, chinese=chinese()),
        "lo": half_even_div(min(values), 100) if values else "",
        "hi": half_even_div(max(values), 100) if values else "",
        "province_rows": [(province_name(code), row) for code, row in overview.provinces.items()],
    }


def _limit(rules: tuple[Rule, ...], kind: RuleKind) -> int | None:
    rule = next((rule for rule in rules if rule.kind is kind), None)
    return rule.whole("fail_below_bp") if rule else None


def _utilisation_limit(rules: tuple[Rule, ...]) -> int | None:
    """Return the threshold of utilisation, if the rule tests that ratio."""
    for rule in rules:
        if rule.kind is RuleKind.MINIMUM_UTILISATION:
            tests_it = rule.parameters.get("ratio") == "COMPUTE_UTILISATION"
            return rule.whole("fail_below_bp") if tests_it else None
    return None


def _limits(rules: tuple[Rule, ...]) -> dict[str, int]:
    return {
        rule.kind: half_even_div(rule.whole("fail_below_bp"), 100)
        for rule in rules
        if "fail_below_bp" in rule.parameters
    }


def _waiting(overview: NationalOverview) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "title": f"{INTERVENTION_KINDS[row.kind]}, {SCOPES[row.scope]}",
            "note": _("proposed by %(name)s") % {"name": row.proposed_by},
        }
        for row in overview.waiting
    ]


def _statistics() -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "source": (row.source_zh if chinese() else "") or row.source,
            "label": row.label_zh if chinese() else row.label,
            "value": statistic_value(row.value, row.upper_value, row.unit),
        }
        for row in statistics(using=READER)
    ]
