"""Send entries of all kinds to the market, together and at its own time."""

from collections.abc import Sequence

from exchange.refusal import Refused
from marketplace.actions.answers import refusal_of_answer
from marketplace.actions.asking import ask_all
from marketplace.actions.known import key_of
from marketplace.adapters.engine import queue_at_engine
from marketplace.domain.checks import check_changes, check_client_id, check_request
from marketplace.domain.entry import (
    Answer,
    CancelAll,
    CancelOrder,
    PlaceOrder,
    Queued,
    ReplaceOrder,
    Said,
)
from marketplace.domain.refusals import BadClientId

# Stands for the market's answer until it has come.
AWAITED = Answer()


def enter_all(*, entries: Sequence[Said]) -> list[Answer | Refused]:
    """Enter orders, changes and endings, all in one commit; refusals are answers.

    Raises MarketBusy or MarketAway when the market answered none of them.
    """
    answers: list[Answer | Refused] = []
    sound: list[Said] = []
    for entry in entries:
        try:
            check_entry(entry)
        except Refused as refusal:
            answers.append(refusal)
        else:
            answers.append(AWAITED)
            sound.append(entry)
    if not sound:
        return answers
    answered = iter(ask_all(sound, now=None))
    return [_said(next(answered)) if answer is AWAITED else answer for answer in answers]


def queue_all(*, entries: Sequence[Said]) -> list[Queued | Refused]:
    """Let the engine queue entries and return their places before anything is durable.

    What is wrong with an entry by itself is refused at once; so is one without its sender's own
    id, since its outcome could not be read. Raises MarketBusy when nothing was queued, and
    MarketAway when that is unknown.
    """
    answers: list[Queued | Refused] = []
    sound: list[Said] = []
    for entry in entries:
        try:
            check_entry(entry)
            if key_of(entry) is None:
                raise BadClientId(field="client_id")
        except Refused as refusal:
            answers.append(refusal)
        else:
            # Its place counts from that of the first.
            answers.append(Queued(term=0, place=len(sound)))
            sound.append(entry)
    if not sound:
        return answers
    first = queue_at_engine(sound)
    return [
        Queued(term=first.term, place=first.place + answer.place)
        if isinstance(answer, Queued)
        else answer
        for answer in answers
    ]


def check_entry(entry: Said) -> None:
    """Refuse what is wrong with an order, a change or an ending whatever the market."""
    if isinstance(entry, PlaceOrder):
        check_client_id(entry.client_order_id)
        check_request(entry.request)
        return
    if isinstance(entry, CancelOrder | CancelAll | ReplaceOrder) and entry.client_id:
        check_client_id(entry.client_id, "client_id")
    if isinstance(entry, ReplaceOrder):
        check_changes(
            amount=entry.amount,
            limit_micros=entry.limit_micros,
            budget_micros=entry.budget_micros,
        )


def _said(answer: Answer) -> Answer | Refused:
    return refusal_of_answer(answer) if answer.refused else answer
