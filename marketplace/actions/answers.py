"""What the book or a rule refused, as an answer, and the answer as a refusal again."""

import re
from collections.abc import Mapping
from typing import Any

from exchange.book.events import Rejected
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from exchange.window import NotAWindow, hour_start
from ledger.actions import FundsShort
from marketplace.domain import refusals
from marketplace.domain.auctions import refusals as auction_refusals
from marketplace.domain.entry import Answer

# Every refusal that may come back from the market, by its name.
KNOWN: Mapping[str, type[Refused]] = {
    kind.__name__: kind
    for kind in (
        *(
            kind
            for kind in (*vars(refusals).values(), *vars(auction_refusals).values())
            if isinstance(kind, type) and issubclass(kind, Refused)
        ),
        FundsShort,
        MoveRefused,
        NotAWindow,
        NotFound,
    )
}
# The book's fields as the doors name them.
BUY_FIELDS = {"last_hour": "latest", "first_hour": "earliest", "order": "order_id"}
SELL_FIELDS = {"first_hour": "starts_at", "hours": "ends_at", "pool": "pool_id", "member": ""}
NAMES = re.compile(r"%\((\w+)\)s")
BY_CODE: Mapping[str, type[Refused]] = {
    "E-AWARD-01": auction_refusals.AwardMalformed,
    "E-CAP-01": refusals.CapacityShort,
    "E-CHOICE-01": refusals.UnknownChoice,
    "E-COLLAR-01": refusals.OutsideCollar,
    "E-CONFLICT-01": refusals.NothingChanges,
    "E-EXPIRY-01": refusals.ExpiryWrong,
    "E-FUNDS-01": FundsShort,
    "E-GATE-01": refusals.GateClosed,
    "E-HALT-01": refusals.Halted,
    "E-LIMIT-01": refusals.OrderTooLarge,
    "E-LIMIT-02": refusals.TooManyDevices,
    "E-LIMIT-03": refusals.TooMuchOpen,
    "E-LIMIT-04": refusals.TooManyMessages,
    "E-MEMBER-01": refusals.NotTrading,
    "E-MEMBER-02": refusals.MissingCapability,
    "E-NOT-FOUND": NotFound,
    "E-POOL-01": refusals.PoolNotYours,
    "E-PRICE-01": refusals.OffTick,
    "E-RANGE-01": refusals.BelowTaken,
    "E-SELF-01": auction_refusals.SameOwner,
    "E-STATE-01": MoveRefused,
    "E-VERSION-01": refusals.VersionPassed,
    "E-WINDOW-02": refusals.WindowPast,
    "E-BUDGET-01": refusals.AlreadySpent,
}


def answer_of_refusal(refusal: Refused) -> Answer:
    """Return the answer that says no; both sides know the refusal by its name."""
    return Answer(refused=type(refusal).__name__, facts=refusal.facts)


def refusal_of_answer(answer: Answer) -> Refused:
    """Return the refusal that the answer tells of, to be raised at the door."""
    return KNOWN[answer.refused](**answer.facts)


def refusal_of(rejected: Rejected, *, selling: bool = False, **known: Any) -> Refused:
    """Return what the book refused in the doors' words; `known` fills what the book left out."""
    kind = BY_CODE[rejected.code]
    fields = SELL_FIELDS if selling else BUY_FIELDS
    # A sentence with a hole is better than none: what nobody knows stays empty.
    told = {name: known.get(name, "") for name in NAMES.findall(kind.sentence) if name != "field"}
    facts: dict[str, Any] = {**told, **rejected.facts}
    if "hour" in facts and isinstance(facts["hour"], int):
        facts["hour"] = hour_start(facts["hour"]).isoformat()
    if issubclass(kind, refusals.FieldRefused):
        facts["field"] = fields.get(rejected.field, rejected.field)
    return kind(**facts)
