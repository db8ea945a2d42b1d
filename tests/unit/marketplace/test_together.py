"""Statements that travel together: all or none, and the connection goes on."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.actions.together import Statement, _Session, run_together
from marketplace.models import MarketSequence

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = """
INSERT INTO marketplace_marketsequence
       (id, last_number, journal, chain, epoch, leader, halted_by)
VALUES (%(id)s, 0, 0, %(chain)s, 0, '', '')
"""
COUNT = "SELECT count(*), max(chain) FROM marketplace_marketsequence"


def test_rows_come_back_in_the_order_of_the_statements() -> None:
    told = [("SELECT %(word)s::text", {"word": 'a "quoted" \\ word'}), (COUNT, {})]

    assert run_together(told, commit=lambda: None) == [[('a "quoted" \\ word',)], [(0, None)]]
    words = [("SELECT %(words)s::text[]", {"words": ['"', "\\", ""]})]
    assert run_together(words, commit=lambda: None) == [[(['"', "\\", ""],)]]


def test_what_fails_fails_all_and_the_connection_goes_on() -> None:
    statements = [(FIRST, {"id": 1, "chain": "kept"}), (FIRST, {"id": 2, "chain": "refused"})]

    with pytest.raises(IntegrityError, match="one_market_sequence"), transaction.atomic():
        run_together(statements, commit=lambda: None)

    assert not MarketSequence.objects.exists()
    with transaction.atomic():
        run_together(statements[:1], commit=lambda: None)
    assert MarketSequence.objects.get().chain == "kept"


def test_what_cannot_be_made_while_it_is_sent_leaves_nothing_behind() -> None:
    def broken() -> Iterator[Statement]:
        yield FIRST, {"id": 1, "chain": "half"}
        message = "nobody knows the next one"
        raise LookupError(message)

    with pytest.raises(LookupError), transaction.atomic():
        run_together(broken(), commit=lambda: None)

    assert not MarketSequence.objects.exists()
    assert connection.connection.pgconn.pipeline_status == 0
    with transaction.atomic():
        run_together([(FIRST, {"id": 1, "chain": "whole"})], commit=lambda: None)
    assert MarketSequence.objects.get().chain == "whole"


def test_plans_are_made_anew_while_the_tables_are_young() -> None:
    session = _Session()

    anew = [turn for turn in range(1, 9_000) if session.begin_turn()]

    assert anew == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192]
