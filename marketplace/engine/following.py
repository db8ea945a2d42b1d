"""A standby's book: loaded once, then kept warm by the leader's journal."""

from collections.abc import Iterable
from typing import Any

import structlog
from django.db import connection, transaction

from exchange.book import commands as said
from exchange.book.events import Happened, Rejected
from marketplace.actions.market import Market
from marketplace.actions.selling import listing_of
from marketplace.actions.standing import OpenOrder, instant
from marketplace.actions.turn import Turn
from marketplace.domain.chain import chained, commands_of
from marketplace.models import JournalBatch, MarketSequence
from timetable.queries import market_now

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 500


class Follower:
    """Applies journal batches to a market that does not write."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def follow(self) -> None:
        """Catch up with the journal; where a batch does not give the same chain, load again."""
        market = self.market
        if not market.loaded:
            with transaction.atomic():
                _see_one_instant()
                self._load()
            return
        while True:
            batches = list(
                JournalBatch.objects.filter(number__gt=market.journal).order_by("number")[
                    :MOST_AT_ONCE
                ]
            )
            for batch in batches:
                if not self._apply(batch):
                    log.error("journal_differs", batch=batch.number)
                    market.loaded = False
                    return
            if len(batches) < MOST_AT_ONCE:
                return

    def _load(self) -> None:
        """Load at one instant of the sequence, which never waits for us: we read a snapshot."""
        row = MarketSequence.objects.filter(pk=1).first()
        if row is None:
            return
        self.market.load_at(row.last_number, row.journal, row.chain, market_now())

    def _apply(self, batch: JournalBatch) -> bool:
        market = self.market
        market.now = batch.at
        happened: list[Happened] = []
        for command in commands_of(batch.commands):
            happened += follow_command(market, command)
        chain = chained(market.chain, batch.commands, happened)
        market.journal, market.chain = batch.number, batch.chain
        return chain == batch.chain


def _see_one_instant() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def follow_command(market: Market, command: said.Said) -> list[Happened]:
    """Apply a command and keep what is open in step; facts are kept as they were told."""
    happened = market.book.apply(command)
    if happened and isinstance(happened[0], Rejected):
        return happened
    market.facts.keep(command)
    if isinstance(command, said.Buy):
        market.orders[command.order] = _order_of(market, command, happened)
    elif isinstance(command, said.Sell):
        market.listings[command.listing] = listing_of(command)
    elif isinstance(command, said.Replace):
        market.orders[command.order].change(command)
    elif isinstance(command, said.Reprice):
        first_open = market.facts.first_open
        market.listings[command.listing].change(command, first_open=first_open)
    _idle_turn(market).hear(happened)
    return happened


def _idle_turn(market: Market) -> Turn:
    """Return a turn that nobody writes: it only keeps what is open in step."""
    return Turn(
        market.now,
        orders=market.orders,
        listings=market.listings,
        new_id=lambda _table: 0,
        method_of=lambda _pool, _workload: "",
        gbps_of=lambda _link: 0,
    )


def _order_of(market: Market, command: said.Buy, happened: Iterable[Any]) -> OpenOrder:
    first = next(iter(happened))
    return OpenOrder(
        id=command.order,
        buyer=command.member,
        vat_bp=command.vat_bp,
        workload_class=command.workload_class,
        amount=command.amount,
        limit_micros=command.limit_micros,
        budget_micros=command.budget_micros,
        expires_at=instant(command.expires_s),
        held_micros=first.held_micros,
        arrival=first.number,
    )
