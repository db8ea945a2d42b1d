"""The room's words on screen: states, rules, units, provinces."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from counter.pictures import PROVINCES
from counter.templatetags.figures import full_day, money, ms, percent, whole
from exchange.units import MICROS_PER_YUAN

Text = str | Promise


@dataclass(frozen=True)
class Word:
    """A state's tag: kind and icon as `c-tag` takes them, and the word."""

    kind: str
    icon: str
    text: Text


VERDICTS: Mapping[str, Word] = {
    "PASS": Word("ok", "check", _("Meets the rules")),
    "REVIEW": Word("warn", "clock", _("Under review")),
    "FAIL": Word("danger", "x", _("Does not meet them")),
    "BARRED": Word("danger", "x", _("Barred")),
    "UNASSESSED": Word("", "info", _("Not assessed")),
}
LICENCE_STATES: Mapping[str, Word] = {
    "VALID": Word("ok", "check", _("Valid")),
    "SUSPENDED": Word("warn", "clock", _("Suspended")),
    "REVOKED": Word("danger", "x", _("Licence revoked")),
    "EXPIRED": Word("", "info", _("Expired")),
}
PROJECT_STATES: Mapping[str, Word] = {
    "PLANNED": Word("", "clock", _("In planning")),
    "APPROVED": Word("now", "check", _("Approved")),
    "BUILDING": Word("now", "clock", _("Building")),
    "OPERATING": Word("ok", "check", _("Operating")),
    "CANCELLED": Word("", "x", _("Called off")),
}
SPONSORS: Mapping[str, Text] = {
    "LOCAL_GOV": _("Local government"),
    "CENTRAL_SOE": _("Central state-owned enterprise"),
    "PRIVATE": _("Private"),
    "CARRIER": _("Telecoms carrier"),
}
INTERVENTION_KINDS: Mapping[str, Text] = {
    "HALT": _("Halt"),
    "EMERGENCY_HALT": _("Emergency halt"),
    "RESUME": _("Resume"),
}
INTERVENTION_STATES: Mapping[str, Word] = {
    "PROPOSED": Word("warn", "clock", _("Waits for a second person")),
    "IN_EFFECT": Word("danger", "warn", _("In effect, unconfirmed")),
    "CONFIRMED": Word("danger", "check", _("Confirmed")),
    "DONE": Word("ok", "check", _("Done")),
    "EXPIRED": Word("", "info", _("Lapsed")),
    "WITHDRAWN": Word("", "info", _("Withdrawn")),
}
SCOPES: Mapping[str, Text] = {
    "MARKET": _("The whole market"),
    "MEMBER": _("Member"),
    "CHIP": _("Chip model"),
}
RULES: Mapping[str, Text] = {
    "PURCHASE_AGREEMENT_SHARE": _("Purchase agreement share"),
    "MINIMUM_UTILISATION": _("Minimum utilisation"),
    "ENHANCED_REVIEW_AFTER": _("Enhanced review of late projects"),
    "LOCAL_GOV_SMALL_BAR": _("Bar on small projects of local governments"),
    "PUE_LIMIT": _("PUE limit"),
    "LATENCY_TARGET": _("Latency target"),
}
RATIOS: Mapping[str, Text] = {
    "RACK_OCCUPANCY": _("Rack occupancy"),
    "CONTRACTED": _("Contracted ratio"),
    "COMPUTE_UTILISATION": _("Compute utilisation"),
}
TESTED: Mapping[str, Text] = {
    **RATIOS,
    "PURCHASE_AGREEMENT_SHARE": _("Share under purchase agreements"),
    "PLANNED_DATE": _("Planned on"),
    "SIZE": _("Size"),
    "PUE": _("PUE"),
    "NEAREST_CITY_RTT": _("RTT to the nearest city"),
}
SOURCES: Mapping[str, Text] = {
    "MEASURED": _("measured"),
    "ESTIMATED": _("estimated"),
    "DECLARED": _("declared by the centre"),
    "METERED_AND_DECLARED": _("metered here, and declared"),
    "REGISTRY": _("registry"),
    "": _("no figure"),
}


def chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "en").startswith("zh")


def province_name(code: str) -> str:
    """Return the province's name in the reader's language; the code if it is unknown."""
    for place in PROVINCES:
        if place.code == code.upper():
            return place.name_zh if chinese() else place.name
    return code


def thousandths(value: int | None) -> str:
    """Return thousandths as a decimal figure: 1.25, 1.182."""
    if value is None:
        return "–"
    text = f"{value // 1000}.{value % 1000:03d}"
    return text[:-1] if text.endswith("0") else text


def figure(value: int | None, unit: str) -> str:
    """Return an evidence row's value in its unit."""
    if value is None:
        return "–"
    if unit == "bp":
        return percent(value)
    if unit == "us":
        return f"{ms(value)}\u00a0ms"
    if unit == "thousandths":
        return thousandths(value)
    if unit == "date":
        return full_day(date.fromordinal(value))
    return f"{whole(value)}\u00a0P"


def rule_said(kind: str, parameters: Mapping[str, Any]) -> str:
    """Return a rule's parameters as a sentence, in their units."""
    if kind in {"PURCHASE_AGREEMENT_SHARE", "MINIMUM_UTILISATION"}:
        facts = {
            "fail": percent(parameters["fail_below_bp"]),
            "review": percent(parameters["review_below_bp"]),
            "ratio": RATIOS.get(str(parameters.get("ratio")), ""),
        }
        if kind == "MINIMUM_UTILISATION":
            said = gettext("%(ratio)s: fails below %(fail)s, reviewed below %(review)s")
        else:
            said = gettext("Fails below %(fail)s, reviewed below %(review)s")
        return said % facts
    if kind == "ENHANCED_REVIEW_AFTER":
        day = full_day(date.fromisoformat(parameters["after"]))
        return gettext("Planned after %(day)s: reviewed") % {"day": day}
    if kind == "LOCAL_GOV_SMALL_BAR":
        size = figure(parameters["below_pflops"], "pflops")
        return gettext("Local government below %(size)s: barred") % {"size": size}
    if kind == "PUE_LIMIT":
        limit = thousandths(parameters["otherwise_thousandths"])
        said = gettext("Above the zone’s own limit, else above %(limit)s: fails")
        return said % {"limit": limit}
    if parameters["estimate_passes"]:
        said = gettext("Above %(target)s to the nearest city: fails; an estimate passes")
    else:
        said = gettext("Above %(target)s to the nearest city: fails; an estimate is reviewed")
    return said % {"target": figure(parameters["target_us"], "us")}


def finding_rows(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return evidence rows for a page: words, figures with units, the rule's version."""
    return [
        {
            "rule": RULES.get(row["kind"], row["kind"]),
            "version": row["version"],
            "verdict": VERDICTS[row["verdict"]],
            "tested": TESTED.get(row["tested"], row["tested"]),
            "value": figure(row["value"], row["unit"]),
            "limit": figure(row["limit"], row["unit"]),
            "source": SOURCES.get(row["source"], row["source"]),
            "illustrative": row["illustrative"],
        }
        for row in findings
    ]


def statistic_value(value: int, upper: int | None, unit: str) -> str:
    """Return a published figure in its unit; a range with a dash."""
    if unit == "yuan":
        return money(value * MICROS_PER_YUAN) if value < 10**8 else _big_money(value)
    low = _in_unit(value, unit)
    return f"{low.removesuffix(chr(160) + '%')}–{_in_unit(upper, unit)}" if upper else low


def _big_money(yuan: int) -> str:
    if chinese():
        tenths = yuan // 10**7
        return f"{tenths // 10:,}.{tenths % 10} 亿元".replace(".0 ", " ")
    tenths = yuan // 10**8
    return f"¥\u00a0{tenths // 10:,}.{tenths % 10} bn"


def _in_unit(value: int, unit: str) -> str:
    if unit == "bp":
        return f"{value // 100}.{value % 100:02d}\u00a0%".replace(".00", "")
    if unit == "us":
        return f"{value // 1000}\u00a0ms"
    if unit == "year":
        return str(value)
    if unit == "pflops":
        return f"{whole(value // 1000)}\u00a0EFLOPS"
    names = {
        "centres": gettext("centres"),
        "projects": gettext("projects"),
        "enterprises": gettext("enterprises"),
    }
    return f"{whole(value)} {names.get(unit, unit)}"
