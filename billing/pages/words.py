"""What states and postings are called, and how they look as tags."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.domain.funds import StatementLine


@dataclass(frozen=True)
class Tag:
    """A tag's kind, icon and text."""

    kind: str
    icon: str
    text: Promise


# Of what one line is about; the rest is counted.
MOST_NAMES = 4
POSTINGS: dict[str, Promise] = {
    "DEPOSIT": _("Deposit"),
    "BANK_TRANSFER": _("Bank transfer"),
    "MARKET": _("Orders and trades"),
    "HOLD": _("Set aside for an order"),
    "RELEASE": _("Set free"),
    "TRADE": _("Moved to the agreement"),
    "SETTLEMENT": _("Settlement by the meter"),
    "DAMAGES": _("Damages"),
    "ROUNDING": _("Rounding to fen"),
    "PAYOUT": _("Recorded as payable"),
    "WITHDRAWAL": _("Withdrawal"),
    "REFUND": _("Withdrawal"),
    "REFUND_FAILED": _("Withdrawal came back"),
}
ACCOUNTS: dict[str, Promise] = {
    "TRADING": _("Available"),
    "ORDER_HOLDS": _("Held for orders"),
    "AGREEMENT_HOLDS": _("Held for agreements"),
    "PAYABLE": _("Owed to you"),
}
PAYMENTS = {
    "ASKED": Tag("now", "clock", _("Submitted")),
    "PENDING": Tag("now", "clock", _("Waiting for your bank")),
    "SENT": Tag("now", "clock", _("Under way")),
    "RECEIVED": Tag("ok", "check", _("Received")),
    "PAID": Tag("ok", "check", _("Paid")),
    "FAILED": Tag("danger", "x", _("Failed")),
    "PAYABLE": Tag("now", "clock", _("Payable")),
}
CARDS: tuple[tuple[str, Promise], ...] = (
    ("pm_card_visa", _("Test card that pays")),
    ("pm_card_visa_chargeDeclined", _("Test card that is declined")),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", _("Test card without money")),
    ("pm_card_authenticationRequired", _("Test card that asks its holder")),
    ("pm_card_refundFail", _("Test card whose refunds fail")),
)


@dataclass(frozen=True)
class Shown:
    """A statement's line as the table prints it."""

    line: StatementLine
    what: Promise | str
    about: str
    href: str
    run: str

    @property
    def account_text(self) -> Promise | str:
        """Which of the member's accounts it is on."""
        return ACCOUNTS.get(self.line.account, self.line.account)

    @property
    def in_micros(self) -> int | None:
        """What came in, if anything did."""
        return self.line.amount_micros if self.line.amount_micros > 0 else None

    @property
    def out_micros(self) -> int | None:
        """What went out, if anything did."""
        return -self.line.amount_micros if self.line.amount_micros < 0 else None


def shown(line: StatementLine) -> Shown:
    """Return a line with its words and the page of what it is about."""
    about, href = _subject(line)
    return Shown(
        line=line,
        what=POSTINGS.get(line.kind, line.kind),
        about=about,
        href=href,
        run=str(line.facts.get("run", "")),
    )


def _subject(line: StatementLine) -> tuple[str, str]:
    """Where the facts or the key name an agreement, an order, a trade or an invoice."""
    for name, view in (("agreement", "contracts:agreement"), ("invoice", "billing:invoice")):
        if name in line.facts:
            return str(line.facts[name]), _address(view, line.facts[name])
    if line.kind == "MARKET" and not line.reason:
        return _orders_and_trades(line)
    parts = f"{line.key}:{line.reason}".split(":")
    for name, letter, view in (("order", "O", "marketplace:order"), ("trade", "T", "desk:trail")):
        if name in parts[:-1]:
            number = parts[parts.index(name) + 1]
            return f"{letter}{number}", _address(view, number)
    return "", ""


def _orders_and_trades(line: StatementLine) -> tuple[str, str]:
    """Name what a turn of the market moved on an account of the member: `O17, O18, T4`."""
    bought = "paid" if line.account == "TRADING" else "moved"
    found = [("O", "marketplace:order", number) for number in _named(line, "held")]
    found += [("T", "desk:trail", number) for number in _named(line, bought) if number.isdecimal()]
    names = [f"{letter}{number}" for letter, _view, number in found]
    if len(names) > MOST_NAMES:
        names = [*names[:MOST_NAMES], f"+{len(names) - MOST_NAMES}"]
    href = _address(found[0][1], found[0][2]) if len(found) == 1 else ""
    return ", ".join(names), href


def _named(line: StatementLine, item: str) -> list[str]:
    named = line.facts.get(item)
    return list(named) if isinstance(named, dict) else []


def _address(view: str, argument: object) -> str:
    try:
        return reverse(view, args=[argument])
    except NoReverseMatch:
        return ""
