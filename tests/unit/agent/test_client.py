"""Calls are safe by address, and every answer is one of three things."""

import httpx
import pytest
from gridhour_agent.client import Doors, FencedOff, Refused, Unreachable, checked_url
from gridhour_agent.wire import Command, Meter, WireBroken, instant, items, text


@pytest.mark.parametrize(
    "url",
    ["http://gridhour.example", "ftp://gridhour.example", "gridhour.example", "", "https://"],
)
def test_credentials_travel_by_https_or_stay_here(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        checked_url(url)


def test_loopback_needs_no_certificate() -> None:
    assert checked_url("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert checked_url("https://gridhour.example/") == "https://gridhour.example"


def doors(status: int, content: bytes) -> Doors:
    answer = httpx.Response(status, content=content)
    return Doors("https://gridhour.example", httpx.MockTransport(lambda _request: answer))


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (500, b"oops", Unreachable),
        (503, b"{}", Unreachable),
        (429, b"{}", Unreachable),
        (200, b"<html>", WireBroken),
        (200, b"[]", WireBroken),
        (200, b"{" + b" " * 5_000_000 + b"}", WireBroken),
        (404, b'{"code": "E-NOT-FOUND", "title": "no"}', Refused),
        (409, b'{"code": "E-AGENT-03", "title": "no"}', FencedOff),
        (403, b"<html>", WireBroken),
    ],
)
def test_an_answer_is_taken_for_what_it_is(
    status: int, content: bytes, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        doors(status, content).call("leases", {})
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"command": True, "kind": "RUN", "handover": "", "job": "", "lease": 1, "facts": {}},
        {"command": 1, "kind": 1, "handover": "", "job": "", "lease": 1, "facts": {}},
        {"command": 1, "kind": "RUN", "handover": "", "job": "", "lease": 1, "facts": []},
    ],
)
def test_a_command_of_the_wrong_shape_is_named(body: dict[str, object]) -> None:
    with pytest.raises(WireBroken):
        Command.read(body)


def test_an_instant_has_a_zone() -> None:
    for told in ("2026-12-01T00:00:00", "noon"):
        with pytest.raises(WireBroken):
            instant({"at": told}, "at")
    with pytest.raises(WireBroken):
        items({"all": ["one"]}, "all")
    with pytest.raises(WireBroken):
        text({}, "name")
    with pytest.raises(WireBroken):
        Meter.read({"handover": "x"})
