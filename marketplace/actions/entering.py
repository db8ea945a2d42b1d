"""Which rule takes which entry of a member."""

from collections.abc import Callable, Mapping

from exchange.book import commands as said
from exchange.book.events import Ended, Rejected
from marketplace.actions import awarding, buying, selling
from marketplace.actions.answers import refusal_of
from marketplace.actions.memory import Memory
from marketplace.domain import entry as entries
from marketplace.domain.entry import Answer


def cancel_all(market: Memory, entry: entries.CancelAll) -> Answer:
    """End everything that the member has open; `filled` of the answer counts what ended."""
    happened = market.say(said.CancelAll(member=entry.member, reason=entry.reason))
    if happened and isinstance(happened[0], Rejected):
        raise refusal_of(happened[0])
    market.turn.hear(happened)
    subject = f"member:{entry.member}"
    buying.note_deed(market, entry, "ALL_CANCELLED", subject, ended=len(happened))
    return Answer(id=entry.member, state="CANCELLED", filled=len(happened))


def tick(market: Memory, _entry: entries.Tick) -> Answer:
    """Nothing: the turn itself looked at the clock. `filled` counts what has ended with it."""
    ended = sum(isinstance(event, Ended) for event in market.happened)
    return Answer(number=market.book.number, filled=ended)


ENTERS: Mapping[type, Callable[..., Answer]] = {
    entries.PlaceOrder: buying.place,
    entries.PublishListing: selling.publish,
    entries.CancelOrder: buying.cancel,
    entries.WithdrawListing: selling.withdraw,
    entries.CancelAll: cancel_all,
    entries.ReplaceOrder: buying.replace,
    entries.RepriceListing: selling.reprice,
    entries.AwardOrder: awarding.award,
    entries.Tick: tick,
}
