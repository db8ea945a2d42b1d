"""The book's language: JSON lines in and out, strict about what it knows."""

import msgspec
import pytest

from exchange.book.commands import Buy, Said
from exchange.book.events import Accepted, Happened, Rejected


def test_a_command_is_read_from_a_line_of_json() -> None:
    line = (
        b'{"do":"buy","order":7,"member":2,"amount":8,"hours":4,'
        b'"first_hour":10,"last_hour":20,"limit_micros":3000000}'
    )
    said: Said = msgspec.json.decode(line, type=Said)
    assert isinstance(said, Buy)
    assert (said.order, said.time_in_force, said.requires.firmness) == (7, "GTC", ("FIRM",))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b'{"do":"cancel","order":1,"member":2,"colour":"red"}', "colour"),
        (b'{"do":"cancel","order":1}', "member"),
        (b'{"do":"clock","now_s":-1,"first_open":0}', "now_s"),
        (b'{"do":"dance"}', "dance"),
    ],
)
def test_what_the_language_does_not_know_is_refused_by_name(line: bytes, names: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=names):
        msgspec.json.decode(line, type=Said)


def test_events_read_back_as_they_were_written() -> None:
    happened = [
        Accepted(number=1, side="BUY", id=7, member=2, held_micros=5),
        Rejected(code="E-CAP-01", field="devices", facts={"free": 3}),
    ]
    written = msgspec.json.encode(happened)
    assert msgspec.json.decode(written, type=list[Happened]) == happened
