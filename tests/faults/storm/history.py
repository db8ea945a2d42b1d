"""What was answered against what is stored: nothing lost, nothing twice, nothing unknown."""

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from config.invariants import find_violations
from exchange.book import Book
from exchange.window import delivery_day
from marketplace.actions.market import Market
from marketplace.engine.following import Follower
from marketplace.models import (
    CommandRecord,
    JournalBatch,
    Listing,
    MarketEvent,
    MarketSequence,
    Order,
)
from marketplace.queries.days import verify_day

Row = dict[str, Any]
STEP = 500
SIDES = {"place_order": "ORDER", "publish_listing": "LISTING"}


@dataclass
class Verdict:
    """How many of what; `wrong` holds a sentence for each thing that must not be."""

    sent: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_door: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    acknowledged: int = 0
    refused: int = 0
    answered_late: int = 0
    unknown_stored: int = 0
    unknown_not_stored: int = 0
    sent_again: int = 0
    lost: int = 0
    duplicated: int = 0
    events: int = 0
    trades: int = 0
    batches: int = 0
    terms: int = 0
    verified: int = 0
    wrong: list[str] = field(default_factory=list)

    def blame(self, sentence: str) -> None:
        """Note what must not be."""
        self.wrong.append(sentence)


class History:
    """All that is stored, by the sender's own ids."""

    def __init__(self) -> None:
        self.stored = {
            "place_order": _by_id(Order.objects.values_list("buyer_id", "client_order_id", "id")),
            "publish_listing": _by_id(
                Listing.objects.values_list("seller_id", "client_order_id", "id")
            ),
        }
        self.records = {
            (member, client): answer
            for member, client, answer in CommandRecord.objects.values_list(
                "member_id", "client_id", "answer"
            )
        }
        self.lives: dict[tuple[str, int], list[tuple[int, str, Row]]] = defaultdict(list)
        for event in MarketEvent.objects.order_by("number").values_list(
            "number", "kind", "order_id", "listing_id", "facts"
        ):
            number, kind, order, listing, facts = event
            if order:
                self.lives[("ORDER", order)].append((number, kind, facts))
            if listing:
                self.lives[("LISTING", listing)].append((number, kind, facts))

    def find(self, entry: Row) -> Any:
        """Return what an entry left under its id: a row's id, or the answer that was kept."""
        do = entry["do"]
        if do in self.stored:
            return self.stored[do].get((entry["member"], entry["client_order_id"]))
        return self.records.get((entry["member"], entry["client_id"]))

    def stood(self, side: str, pk: int, number: int) -> tuple[str, int, int]:
        """Return state, filled and version after the market event of that number."""
        life = self.lives[(side, pk)]
        state, filled, version = "OPEN", 0, 1
        for _, kind, facts in life[: bisect_right(life, number, key=lambda event: event[0])]:
            if kind == "TRADED" and side == "ORDER":
                filled += facts["filled"]
                state = "PARTLY_FILLED"
            elif kind == f"{side}_REPLACED":
                version += 1
            elif kind.startswith(f"{side}_") and kind != f"{side}_ACCEPTED":
                state = kind.removeprefix(f"{side}_")
        return state, filled, version


def _by_id(rows: Any) -> dict[tuple[int, str], int]:
    return {(member, client): pk for member, client, pk in rows}


def judge(rows: list[Row]) -> Verdict:
    """Compare what clients noted with what is stored."""
    history, verdict = History(), Verdict(sent=len(rows))
    for row in rows:
        _judge_one(history, row, verdict)
        for problem in row["broken"]:
            verdict.blame(f"the API answered {problem}")
    _nothing_unasked(history, rows, verdict)
    _no_gap(verdict)
    _same_chain(verdict)
    _verify_days(verdict)
    for found in find_violations().findings:
        if not found.holds:
            verdict.blame(f"{found.invariant.code}: {found.examples} {found.error}")
    return verdict


def _judge_one(history: History, row: Row, verdict: Verdict) -> None:
    entry, answer, found = row["entry"], row["answer"], history.find(row["entry"])
    if answer is None:
        if found is None:
            verdict.unknown_not_stored += 1
        else:
            verdict.unknown_stored += 1
        return
    verdict.acknowledged += 1
    verdict.by_kind[entry["do"]] += 1
    verdict.by_door[row["door"]] += 1
    verdict.answered_late += row["tries"] > 1
    _judge_again(row, verdict)
    if answer.get("refused"):
        verdict.refused += 1
        if entry["do"] in SIDES and found is not None:
            verdict.blame(f"refused, yet stored: {row}")
        return
    if entry["do"] in SIDES:
        _judge_new(history, row, found, verdict)
    elif found is None or _differs(answer, found):
        verdict.lost += 1
        verdict.blame(f"acknowledged, not kept: {row} {found}")
    elif entry["do"] != "cancel_all":
        _judge_state(history, "LISTING" if "listing_id" in entry else "ORDER", row, verdict)


def _differs(answer: Row, kept: Row) -> bool:
    """Tell whether an act was answered otherwise than was kept of it.

    The API says how many a cancel-all ended; of a changed row it tells as it stands a moment later.
    """
    if "ended" in answer:
        return bool(answer["ended"] != kept.get("filled", 0))
    if answer["id"] != kept.get("id"):
        return True
    return "number" in answer and answer["state"] != kept.get("state")


def _judge_again(row: Row, verdict: Verdict) -> None:
    if row["again"] is None:
        return
    verdict.sent_again += 1
    if row["answer"].get("id") != row["again"].get("id"):
        verdict.duplicated += 1
        verdict.blame(f"sent again, another answer: {row}")


def _judge_new(history: History, row: Row, found: int | None, verdict: Verdict) -> None:
    side, answer = SIDES[row["entry"]["do"]], row["answer"]
    if found is None or found != answer["id"]:
        verdict.lost += 1
        verdict.blame(f"acknowledged, not stored: {row}")
        return
    began = [kind for _, kind, _ in history.lives[(side, found)] if kind.endswith("_ACCEPTED")]
    if len(began) != 1:
        verdict.duplicated += 1
        verdict.blame(f"accepted {len(began)} times: {row}")
    _judge_state(history, side, row, verdict)


def _judge_state(history: History, side: str, row: Row, verdict: Verdict) -> None:
    """An answer with a number says how it stood then; one without is of a later moment."""
    answer = row["answer"]
    if not answer.get("number"):
        return
    state, filled, version = history.stood(side, answer["id"], answer["number"])
    told = (answer.get("state"), answer.get("filled", 0), answer.get("version", 1))
    if told != (state, filled if side == "ORDER" else 0, version):
        verdict.blame(f"answered as {told}, stored as {(state, filled, version)}: {row}")


def _nothing_unasked(history: History, rows: list[Row], verdict: Verdict) -> None:
    asked = Counter(
        (row["entry"]["do"], row["entry"]["member"], row["entry"]["client_order_id"])
        for row in rows
        if row["entry"]["do"] in SIDES
    )
    for do, stored in history.stored.items():
        for member, client in stored:
            if asked[(do, member, client)] != 1:
                verdict.blame(f"stored, asked {asked[(do, member, client)]} times: {client}")


def _no_gap(verdict: Verdict) -> None:
    numbers = list(MarketEvent.objects.order_by("number").values_list("number", flat=True))
    batches = list(JournalBatch.objects.order_by("number").values_list("number", "epoch"))
    verdict.events, verdict.batches = len(numbers), len(batches)
    verdict.trades = MarketEvent.objects.filter(kind="TRADED").count()
    verdict.terms = len({term for _, term in batches})
    if numbers != list(range(1, len(numbers) + 1)):
        verdict.blame("the market's numbers have a gap")
    if [number for number, _ in batches] != list(range(1, len(batches) + 1)):
        verdict.blame("the journal's numbers have a gap")
    if [term for _, term in batches] != sorted(term for _, term in batches):
        verdict.blame("a leader wrote after its term")
    if MarketSequence.objects.get().halted_by:
        verdict.blame("the market has stopped itself")


def _verify_days(verdict: Verdict) -> None:
    """Replay each delivery day to its published hash, as anybody can."""
    batches = JournalBatch.objects.order_by("number")
    first, last = batches.first(), batches.last()
    if first is None or last is None:
        return
    for day in sorted({delivery_day(first.at), delivery_day(last.at)}):
        found = verify_day(day)
        if found is None or found.differs_at:
            verdict.blame(f"{day} does not replay to its hash: {found}")
        else:
            verdict.verified += found.batches


def _same_chain(verdict: Verdict) -> None:
    """Say the whole journal again to an empty book."""
    market = Market()
    market.book, market.loaded = Book(), True
    follower = Follower(market)
    follower.follow()
    sequence = MarketSequence.objects.get()
    told = (sequence.journal, sequence.chain, sequence.last_number)
    if not market.loaded or (market.journal, market.chain, market.book.number) != told:
        verdict.blame(f"the journal does not give its chain: batch {market.journal} of {told[0]}")
