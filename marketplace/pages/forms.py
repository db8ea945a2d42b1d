"""The request form: three questions, conditions and a limit, as an OrderRequest."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from counter.fields import ScaledField, ShanghaiField, YuanField
from exchange.window import HOUR, ceil_hour
from marketplace.domain.checks import STACKS, TIMES_IN_FORCE
from marketplace.domain.order_request import OrderRequest
from marketplace.models import ChipModel, City
from marketplace.pages.words import SELF_TRADES, TIMES

RTTS_MS = (5, 10, 20, 30, 50)
UNITS = [("PFLOPS", "PFLOPS"), ("DEVICES", _("devices"))]
WORKLOADS = [("TRAINING", _("training")), ("INFERENCE", _("inference")), ("HPC", _("simulation"))]
NUMBER = {"inputmode": "numeric"}
DECIMAL = {"inputmode": "decimal"}


def _whole(label: Any, *, most: int, least: int = 0, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs=NUMBER),
    )


class RequestForm(forms.Form):
    """What is asked for. Every field may stand in the address, so a preview can be shared."""

    amount = ScaledField(
        scale=6,
        label=_("Compute"),
        decimal_places=3,
        max_digits=12,
        widget=forms.TextInput(attrs=DECIMAL),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    hours = _whole(_("For"), most=9600, least=1, required=True)
    earliest = ShanghaiField(label=_("Not before"))
    latest = ShanghaiField(label=_("Finished by"))
    city = forms.ChoiceField(label=_("City"), required=False)
    rtt = forms.ChoiceField(label=_("RTT at most"), required=False)
    families = forms.MultipleChoiceField(
        label=_("Chips"), required=False, widget=forms.CheckboxSelectMultiple
    )
    stack = forms.ChoiceField(
        label=_("Software"), required=False, choices=[("", _("any")), *((s, s) for s in STACKS)]
    )
    memory = _whole(_("Memory of a device, at least"), most=100_000)
    workload = forms.ChoiceField(label=_("Workload"), choices=WORKLOADS)
    scale_up = _whole(_("Between devices of a node, at least"), most=1_000_000)
    scale_out = _whole(_("Between nodes, per device, at least"), most=1_000_000)
    link = _whole(_("Bandwidth to the city, all the time"), most=1_000_000)
    move = _whole(_("Data to move to or from the city, once"), most=1_000_000_000)
    recallable = forms.BooleanField(label=_("Accept hours that may be recalled"), required=False)
    pue = ScaledField(
        scale=3,
        label=_("PUE at most"),
        required=False,
        decimal_places=3,
        max_digits=6,
        widget=forms.TextInput(attrs=DECIMAL),
    )
    carbon = _whole(_("Carbon at most"), most=10_000)
    split = forms.BooleanField(label=_("May be split over several centres"), required=False)
    lot = _whole(_("Smallest part"), most=1_000_000, least=1)
    until = forms.ChoiceField(
        label=_("Order stays open"), choices=[(word, TIMES[word]) for word in TIMES_IN_FORCE]
    )
    expires = ShanghaiField(label=_("Until"), required=False)
    self_trade = forms.ChoiceField(
        label=_("When it meets your own offer"), choices=list(SELF_TRADES.items())
    )
    limit = YuanField(label=_("Pay at most (limit)"), required=False)
    budget = YuanField(label=_("In total at most"), required=False)

    def __init__(
        self, data: QueryDict, *, now: datetime, defaults: dict[str, str] | None = None
    ) -> None:
        """Take the answers given; the others have `defaults`, else those of the house."""
        filled = data.copy()
        for name, value in (house_defaults(now) if defaults is None else defaults).items():
            filled.setdefault(name, value)
        super().__init__(filled)
        chinese = (get_language() or "").startswith("zh")
        cities = City.objects.order_by("name")
        self._choose(
            "city",
            [("", _("anywhere"))]
            + [(city.code, city.name_zh if chinese else city.name) for city in cities],
        )
        given = filled.get("rtt") or ""
        more = {int(given)} if given.isdecimal() and int(given) < 1_000 else set()
        steps = sorted({*RTTS_MS, *more})
        self._choose("rtt", [("", _("any")), *((str(step), f"{step} ms") for step in steps)])
        self._choose(
            "families", [(family, ", ".join(names)) for family, names in families().items()]
        )

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Keep the conditions on the network to where there is a city."""
        answers = super().clean() or {}
        if not answers.get("city"):
            answers["rtt"], answers["link"], answers["move"] = "", None, None
        if not answers.get("split"):
            answers["lot"] = None
        return answers


def families() -> dict[str, list[str]]:
    """Return chip families with their models' names, in order."""
    found: dict[str, list[str]] = {}
    for family, name in ChipModel.objects.order_by("family", "name").values_list("family", "name"):
        found.setdefault(family, []).append(name)
    return {family: names[:4] for family, names in found.items()}


def house_defaults(now: datetime) -> dict[str, str]:
    """Return the answers of a first visit: a day's work within the next week, from Shanghai."""
    field = ShanghaiField()
    earliest = ceil_hour(now) + 2 * HOUR
    return {
        "amount": "10",
        "unit": "PFLOPS",
        "hours": "24",
        "earliest": field.prepare_value(earliest),
        "latest": field.prepare_value(earliest + timedelta(days=6)),
        "city": "shanghai",
        "rtt": "30",
        "workload": "TRAINING",
        "until": "GTC",
        "self_trade": "CANCEL_NEWEST",
    }


def request_of(answers: dict[str, Any], limit_micros: int) -> OrderRequest:
    """Return the order that the (valid) answers ask for at a limit."""
    devices = answers["unit"] == "DEVICES"
    return OrderRequest(
        unit=answers["unit"],
        amount=answers["amount"] // 1_000_000 if devices else answers["amount"],
        hours=answers["hours"],
        earliest=answers["earliest"],
        latest=answers["latest"],
        limit_micros=limit_micros,
        budget_micros=answers["budget"] or None,
        families_allowed=tuple(answers["families"]),
        stack=answers["stack"],
        min_memory_gb=answers["memory"] or 0,
        min_scale_up_gbs=answers["scale_up"] or 0,
        min_scale_out_gbps=answers["scale_out"] or 0,
        city=answers["city"] or None,
        max_rtt_us=int(answers["rtt"]) * 1000 if answers["rtt"] else None,
        link_gbps=answers["link"] or 0,
        move_gb=answers["move"] or 0,
        firmness=("FIRM", "RECALLABLE") if answers["recallable"] else ("FIRM",),
        max_pue_thousandths=answers["pue"],
        max_carbon_g_per_kwh=answers["carbon"],
        workload_class=answers["workload"],
        splittable=answers["split"],
        min_lot_devices=answers["lot"] or 1,
        time_in_force=answers["until"],
        expires_at=answers["expires"] if answers["until"] == "GTD" else None,
        self_trade=answers["self_trade"],
    )
