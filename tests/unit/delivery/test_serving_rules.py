"""What a service may ask for, when it is well, and what passes its door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.forwarding import (
    HOP_BY_HOP,
    KEPT_FROM_CALLERS,
    KEPT_FROM_SERVICES,
    BadRequest,
    target_of,
    to_caller,
    to_service,
)
from delivery.domain.jobs import JobRequest, check_request
from delivery.domain.refusals import JobShapeRefused
from delivery.domain.serving import (
    Health,
    HealthState,
    ServiceAsked,
    TryEnded,
    Verdict,
    after_look,
    runs_for_s,
    service_ended,
)

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ASKED = ServiceAsked(8_080, "/health", interval_s=10, unhealthy_after=3, starts_in_s=30)
FRESH = Health(HealthState.STARTING, NOW)
P, F, U = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN


def fares(*verdicts: Verdict, every_s: int = 10) -> Health:
    health = FRESH
    for number, verdict in enumerate(verdicts):
        health = after_look(ASKED, health, verdict, NOW + timedelta(seconds=number * every_s))
    return health


@pytest.mark.parametrize(
    ("verdicts", "state", "failed"),
    [
        ((), "STARTING", 0),
        ((F, F, F), "STARTING", 3),
        ((F, F, F, F), "DOWN", 4),
        ((F, F, P), "UP", 0),
        ((P, F, F), "UP", 2),
        ((P, F, F, F), "DOWN", 3),
        ((P, F, F, P, F, F), "UP", 2),
        ((P, F, U, F, U, F), "DOWN", 3),
        ((U,) * 9, "STARTING", 0),
        ((P, F, F, F, P), "DOWN", 3),
    ],
)
def test_a_service_is_up_or_down_by_its_looks(
    verdicts: tuple[Verdict, ...], state: str, failed: int
) -> None:
    health = fares(*verdicts)

    assert (health.state.value, health.failed_in_a_row) == (state, failed)


@given(st.lists(st.sampled_from([P, F, U]), max_size=40))
def test_a_site_that_cannot_be_asked_changes_nothing(verdicts: list[Verdict]) -> None:
    health = FRESH
    told = FRESH
    for number, verdict in enumerate(verdicts):
        wall = NOW + timedelta(seconds=number)
        told = after_look(ASKED, told, verdict, wall)
        if verdict is not U:
            health = after_look(ASKED, health, verdict, wall)

    assert told == health


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": ServiceAsked(80)}, "service.port"),
        ({"service": ServiceAsked(70_000)}, "service.port"),
        ({"service": ServiceAsked(8_080, "health")}, "service.health_path"),
        ({"service": ServiceAsked(8_080, "/a b")}, "service.health_path"),
        ({"service": ServiceAsked(8_080, "/\r\nX: y")}, "service.health_path"),
        ({"service": ServiceAsked(8_080, "/", interval_s=1)}, "service.interval_s"),
        ({"service": ServiceAsked(8_080, "/", interval_s=5, timeout_s=6)}, "service.timeout_s"),
        ({"service": ServiceAsked(8_080, "/", unhealthy_after=0)}, "service.unhealthy_after"),
        ({"service": ServiceAsked(8_080, "/", starts_in_s=0)}, "service.starts_in_s"),
        ({"time_limit_s": 60}, "time_limit_s"),
        ({"array": 2}, "array"),
        ({"saves_in_s": 5}, "saves_in_s"),
        ({"deadline": NOW + timedelta(hours=1)}, "deadline"),
        ({"service": None}, "time_limit_s"),
    ],
)
def test_what_no_service_could_be_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"time_limit_s": 0, "service": ASKED}
    check_request(JobRequest("s", "s", {"CPU": ["x"]}, **given), NOW)

    with pytest.raises(JobShapeRefused) as refused:
        check_request(JobRequest("s", "s", {"CPU": ["x"]}, **given | change), NOW)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (TryEnded(143, "cancelled", "it became unhealthy", False), "it became unhealthy"),
        (TryEnded(143, "cancelled", "", True), "the delivery ended"),
        (TryEnded(143, "time limit", "", False), "the delivery ended"),
        (TryEnded(0, "", "", False), "the service ended by itself"),
        (TryEnded(3, "", "", False), ""),
        (TryEnded(137, "memory limit", "", True), "memory limit"),
    ],
)
def test_how_a_service_s_try_ended_is_said(ended: TryEnded, reason: str) -> None:
    assert service_ended(ended) == ("FAILED", reason)


def test_a_service_runs_until_its_window_ends_by_the_clock() -> None:
    hour = timedelta(hours=1)

    assert [runs_for_s(hour, factor) for factor in (0, 1, 60)] == [3_660, 3_660, 120]
    assert runs_for_s(-hour, 1) == 1


# --- what passes the door ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        (b"/17/", b"", (17, "", "/17", b"/")),
        (b"/17/v1/chat", b"a=%20b", (17, "", "/17", b"/v1/chat?a=%20b")),
        (b"/t/17:abc:def/x//y", b"", (17, "17:abc:def", "/t/17:abc:def", b"/x//y")),
        (b"/t/17%3Aabc%3Adef/", b"", (17, "17:abc:def", "/t/17%3Aabc%3Adef", b"/")),
    ],
)
def test_an_address_names_one_service_and_what_is_asked_of_it(
    path: bytes, query: bytes, found: tuple[Any, ...]
) -> None:
    target = target_of(path, query)

    assert target is not None
    assert (target.job_id, target.ticket, target.prefix, target.path) == found


@pytest.mark.parametrize(
    "path",
    [b"/", b"/17", b"/x/", b"//17/", b"/t/17:a:b", b"/-1/", b"/1e3/", b"/%b/" % (b"1" * 20)],
)
def test_an_address_that_names_none_is_no_target(path: bytes) -> None:
    assert target_of(path, b"") is None


@pytest.mark.parametrize(
    "rest",
    [
        b"../18/",
        b"a/../../18/",
        b"%2e%2e/18/",
        b"%252e%252e/18/",
        b"a/..%2f..%2f18",
        b"..\\18",
        b"%2e%2e%5c18",
        b"./",
        b"a b",
        b"a\r\nHost:%20x",
        b"a%0d%0aHost:%20x",
        b"a%00",
        b"\xff",
        b"a" * 5_000,
    ],
)
def test_an_address_that_climbs_or_breaks_the_line_is_refused(rest: bytes) -> None:
    with pytest.raises(BadRequest):
        target_of(b"/17/" + rest, b"")


def test_the_head_is_written_anew_for_the_service() -> None:
    given = [
        (b"Host", b"door.example"),
        (b"Authorization", b"Bearer secret"),
        (b"Cookie", b"session=secret"),
        (b"Connection", b"keep-alive, X-Named"),
        (b"X-Named", b"1"),
        (b"X-Forwarded-For", b"10.0.0.1"),
        (b"X-Gridhour-Job", b"18"),
        (b"Upgrade", b"websocket"),
        (b"Content-Length", b"3"),
        (b"Accept", b"text/html"),
    ]

    assert to_service(given, "17") == [
        (b"host", b"localhost"),
        (b"connection", b"close"),
        (b"x-gridhour-job", b"17"),
        (b"accept", b"text/html"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [(b"Content-Length", b"3"), (b"Content-Length", b"4")],
        [(b"Content-Length", b"3"), (b"Transfer-Encoding", b"chunked")],
        [(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"identity")],
        [(b"Content_Length", b"3")],
        [(b"X Y", b"3")],
        [(b"", b"3")],
        [(b"X", b"a\r\nY: b")],
        [(b"X", b"a\nY: b")],
        [(b"X", b"\0")],
        [(b"X", b"1")] * 65,
        [(b"X", b"1" * 20_000)],
    ],
)
def test_a_head_that_could_be_read_two_ways_is_refused(lines: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(BadRequest):
        to_service(lines, "17")


def test_a_service_says_nothing_in_the_name_of_the_door() -> None:
    given = [
        (b"Set-Cookie", b"session=mine"),
        (b"Service-Worker-Allowed", b"/"),
        (b"Content-Security-Policy", b"default-src *"),
        (b"Strict-Transport-Security", b"max-age=9"),
        (b"Clear-Site-Data", b'"*"'),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Type", b"text/html"),
        (b"Location", b"/login"),
    ]

    lines = dict(to_caller(given, "/t/17:a:b"))

    assert lines[b"content-security-policy"] == b"sandbox allow-scripts allow-forms"
    assert lines[b"location"] == b"/t/17:a:b/login"
    assert lines[b"content-type"] == b"text/html"
    assert not lines.keys() & (HOP_BY_HOP | {b"set-cookie", b"service-worker-allowed"})


@pytest.mark.parametrize(
    ("place", "behind"),
    [
        (b"/x", b"/17/x"),
        (b"http://localhost/x", b"/17/x"),
        (b"//other.example/x", b"//other.example/x"),
        (b"https://other.example/", b"https://other.example/"),
        (b"next", b"next"),
    ],
)
def test_a_place_inside_the_service_stays_behind_the_door(place: bytes, behind: bytes) -> None:
    assert dict(to_caller([(b"location", place)], "/17"))[b"location"] == behind


names = st.sampled_from(
    sorted(HOP_BY_HOP | KEPT_FROM_SERVICES | KEPT_FROM_CALLERS | {b"accept", b"x-own", b"te"})
)


@given(st.lists(st.tuples(names, st.binary(max_size=20)), max_size=12))
def test_whatever_is_sent_no_line_of_the_hop_or_of_the_house_passes(
    lines: list[tuple[bytes, bytes]],
) -> None:
    try:
        passed = to_service(lines, "17")
    except BadRequest:
        return

    later = [name for name, _value in passed[3:]]
    assert not set(later) & (HOP_BY_HOP | KEPT_FROM_SERVICES)
    assert all(b"\r" not in value and b"\n" not in value for _name, value in passed)
