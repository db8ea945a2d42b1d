"""An order for an auction as answers: the request's words, and what an auction adds."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from counter.fields import ScaledField, ShanghaiField
from counter.templatetags.figures import pflops, plain_yuan
from exchange.window import HOUR
from marketplace.domain.auctions.entries import OrderSent
from marketplace.models import Auction, AuctionOrder
from marketplace.pages.auctions.curve_field import CurveField, curve_text, hundredths
from marketplace.pages.auctions.words import KINDS
from marketplace.pages.forms import DECIMAL, RequestForm

FORM_KINDS = ("BLOCK", "GANG", "DIVISIBLE")
MICROS = 1_000_000


class AuctionOrderForm(RequestForm):
    """What is asked for in an auction; the limit is always said."""

    split = lot = until = expires = self_trade = None  # type: ignore[assignment]
    kind = forms.ChoiceField(
        label=later("How"),
        choices=[(kind, KINDS[kind]) for kind in FORM_KINDS],
    )
    fill = ScaledField(
        scale=2,
        label=later("Minimum fill, %"),
        required=False,
        max_value=100,
        decimal_places=2,
        max_digits=5,
        widget=forms.TextInput(attrs=DECIMAL),
    )
    curve = CurveField(label=later("Curve: limit and amount a line"), required=False)

    def __init__(
        self, data: QueryDict, *, auction: Auction, now: datetime, first: bool = False
    ) -> None:
        """Take the answers given; the window is the auction's when none is given.

        On a `first` visit a limit may still be missing.
        """
        self.auction, self.first = auction, first
        super().__init__(data, now=now, defaults=first_answers(auction))

    def clean(self) -> dict[str, Any]:
        """Keep each answer to the kind that has it, and hours to the auction's own."""
        answers = super().clean() or {}
        if answers.get("kind") == "DIVISIBLE":
            answers["link"], answers["move"] = None, None
        else:
            answers["fill"], answers["curve"] = None, None
        if answers.get("kind") != "GANG":
            answers["pue"], answers["carbon"] = None, None
        unsaid = not answers.get("limit") and not answers.get("curve")
        if unsaid and not self.first and "limit" not in self.errors:
            self.add_error("limit", _("Say the most that you pay: an auction has no price yet."))
        if answers.get("unit") == "DEVICES" and any(
            amount % MICROS for _limit, amount in answers.get("curve") or ()
        ):
            self.add_error("curve", _("Devices are whole."))
        for name in ("earliest", "latest"):
            self._check_hour(name, answers.get(name))
        return answers

    def _check_hour(self, name: str, at: datetime | None) -> None:
        end = self.auction.starts_at + self.auction.hours * HOUR
        if at is None:
            return
        if not self.auction.starts_at <= at <= end or (at - self.auction.starts_at) % HOUR:
            self.add_error(name, _("Write a whole hour of this auction."))


def first_answers(auction: Auction) -> dict[str, str]:
    """Return the answers of a first visit: a block of eight hours anywhere in the auction."""
    shown = ShanghaiField().prepare_value
    return {
        "amount": "10",
        "unit": "PFLOPS",
        "hours": "8",
        "earliest": shown(auction.starts_at),
        "latest": shown(auction.starts_at + auction.hours * HOUR),
        "city": "shanghai",
        "rtt": "30",
        "workload": "TRAINING",
        "kind": "BLOCK",
    }


def order_of(answers: dict[str, Any], auction: Auction) -> OrderSent:
    """Return the order that (valid) answers ask for, as the auction's format has it."""
    scale = MICROS if answers["unit"] == "DEVICES" else 1
    bid: dict[str, Any] = {
        "kind": answers["kind"],
        "unit": answers["unit"],
        "hours": answers["hours"],
        "earliest": (answers["earliest"] - auction.starts_at) // HOUR,
        "latest": (answers["latest"] - auction.starts_at) // HOUR,
        "workload_class": answers["workload"],
        "city": answers["city"],
        "requires": _conditions(answers),
    }
    if answers["curve"]:
        # The amounts of a curve are written in the order's unit.
        bid["steps"] = [
            [limit, amount // scale if scale > 1 else amount] for limit, amount in answers["curve"]
        ]
    else:
        bid |= {"limit_micros": answers["limit"], "amount": answers["amount"] // scale}
    for name, field in (("link", "link_gbps"), ("move", "move_gb")):
        if answers[name]:
            bid[field] = answers[name]
    if answers["fill"]:
        bid["min_fill_bp"] = answers["fill"]
    return OrderSent(bids=[bid], budget_micros=answers["budget"] or None)


def _conditions(answers: dict[str, Any]) -> dict[str, Any]:
    asked = {
        "families_allowed": sorted(answers["families"]),
        "stack": answers["stack"],
        "min_memory_gb": answers["memory"],
        "min_scale_up_gbs": answers["scale_up"],
        "min_scale_out_gbps": answers["scale_out"],
        "max_rtt_us": int(answers["rtt"]) * 1000 if answers["rtt"] else None,
        "firmness": ["FIRM", "RECALLABLE"] if answers["recallable"] else ["FIRM"],
        "max_pue_thousandths": answers["pue"],
        "max_carbon_g_per_kwh": answers["carbon"],
    }
    return {name: value for name, value in asked.items() if value}


def _sayable(order: AuctionOrder) -> bool:
    """Tell whether the form has words for all of the order."""
    bid = order.bids[0]
    needs = bid.get("requires", {})
    unsaid = {"chips_allowed", "families_excluded", "zones_allowed"} & set(needs)
    alone = len(order.bids) == 1 and order.parent_id is None
    plain = not unsaid and "SURPLUS" not in needs.get("firmness", ())
    return alone and plain and bid["kind"] in FORM_KINDS


def answers_of(order: AuctionOrder) -> dict[str, Any] | None:
    """Return the form's answers that would ask for the same; None where the form cannot say it."""
    bid = order.bids[0]
    auction, needs = order.auction, bid.get("requires", {})
    if not _sayable(order):
        return None
    devices, shown = bid.get("unit", "DEVICES") == "DEVICES", ShanghaiField().prepare_value
    pue, rtt = needs.get("max_pue_thousandths"), needs.get("max_rtt_us")
    steps = bid.get("steps", [])
    amount = bid.get("amount") or sum(part for _limit, part in steps)
    earliest, latest = bid.get("earliest", 0), bid.get("latest", auction.hours)
    return {
        "amount": str(amount) if devices else pflops(amount).replace(",", ""),
        "unit": bid.get("unit", "DEVICES"),
        "kind": bid["kind"],
        "hours": str(bid.get("hours") or latest - earliest),
        "earliest": shown(auction.starts_at + earliest * HOUR),
        "latest": shown(auction.starts_at + latest * HOUR),
        "city": bid.get("city", ""),
        "rtt": "" if rtt is None else str(-(-rtt // 1000)),
        "link": str(bid.get("link_gbps") or ""),
        "move": str(bid.get("move_gb") or ""),
        "families": needs.get("families_allowed", []),
        "stack": needs.get("stack", ""),
        "memory": str(needs.get("min_memory_gb") or ""),
        "workload": bid.get("workload_class", "TRAINING"),
        "scale_up": str(needs.get("min_scale_up_gbs") or ""),
        "scale_out": str(needs.get("min_scale_out_gbps") or ""),
        "recallable": "on" if "RECALLABLE" in needs.get("firmness", ()) else "",
        "pue": "" if pue is None else f"{pue // 1000}.{pue % 1000:03d}",
        "carbon": str(needs.get("max_carbon_g_per_kwh") or ""),
        "fill": hundredths(bid.get("min_fill_bp", 0)),
        "curve": curve_text(steps, compute=not devices),
        "limit": plain_yuan(bid["limit_micros"]) if bid.get("limit_micros") else "",
        "budget": plain_yuan(order.budget_micros) if order.budget_micros else "",
    }
