"""Health, figures and error pages tell an operator the truth."""

import logging
from http import HTTPStatus

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.translation import override

from config import health
from config.urls import handler404, handler500, urlpatterns
from exchange.refusal import Refused


def breaks(_request: object) -> HttpResponse:
    raise RuntimeError


def refuses(_request: object) -> HttpResponse:
    raise Refused


urlpatterns = [*urlpatterns, path("breaks", breaks), path("refuses", refuses)]
__all__ = ["handler404", "handler500"]
here = pytest.mark.urls(__name__)
pytestmark = pytest.mark.django_db


def test_a_living_process_says_so() -> None:
    assert Client().get("/healthz").content == b"alive\n"


def test_ready_means_that_the_database_is_there_and_migrated() -> None:
    answer = Client().get("/readyz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"ready": True, "database": "ok", "migrations": "ok", "valkey": "ok"}


def test_without_valkey_the_exchange_is_ready_with_a_note() -> None:
    nowhere = {**django_settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    with override_settings(CACHES={"default": nowhere}):
        answer = Client().get("/readyz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["valkey"] == "away (ConnectionError)"


def test_without_the_database_the_exchange_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    monkeypatch.setattr(health, "_complete", set())

    answer = Client().get("/readyz")

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["database"] == "away (OperationalError)"


def test_figures_count_requests_by_route_and_name_what_waits() -> None:
    client = Client()
    client.get("/healthz")

    figures = client.get("/metrics").content.decode()

    assert 'gridhour_requests_total{method="GET",route="healthz",status="200"}' in figures
    assert 'gridhour_waiting{stage="agreement"} 0.0' in figures


@override_settings(METRICS_TOKEN="a-token")
def test_figures_are_for_the_bearer_of_the_token_where_there_is_one() -> None:
    assert Client().get("/metrics").status_code == HTTPStatus.NOT_FOUND
    allowed = Client().get("/metrics", headers={"Authorization": "Bearer a-token"})
    assert allowed.status_code == HTTPStatus.OK


def test_an_answer_carries_its_request_id_and_keeps_a_callers_own() -> None:
    client = Client()

    assert len(client.get("/healthz")["X-Request-ID"]) == 32
    assert client.get("/healthz", headers={"X-Request-ID": "from-a-proxy"})["X-Request-ID"] == (
        "from-a-proxy"
    )
    forged = client.get("/healthz", headers={"X-Request-ID": "not one word"})
    assert forged["X-Request-ID"] != "not one word"


@pytest.mark.parametrize(("language", "sentence"), [("en", "Nothing here"), ("zh-hans", "<html")])
def test_what_is_not_there_is_a_page_with_the_requests_id(language: str, sentence: str) -> None:
    with override(language):
        answer = Client().get("/no/such/page", headers={"Accept-Language": language})

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert sentence in answer.content.decode()
    assert answer["X-Request-ID"] in answer.content.decode()


def test_the_log_tells_the_same_request_id_as_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    answer = Client().get("/no/such/page")

    assert answer["X-Request-ID"] in str(caplog.records[-1].msg)


def test_what_is_not_there_is_a_problem_document_for_the_api() -> None:
    answer = Client().get("/api/v1/no/such/thing")

    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == HTTPStatus.NOT_FOUND


@here
def test_a_failure_of_ours_is_a_page_in_both_languages_with_the_requests_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.CRITICAL, "django.request"):
        answer = Client(raise_request_exception=False).get("/breaks")

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "我们这边出错了" in answer.content.decode()
    assert answer["X-Request-ID"] in answer.content.decode()


@here
def test_a_refusal_that_a_page_did_not_show_is_a_page_with_its_status() -> None:
    assert Client().get("/refuses").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_browsers_are_told_what_a_page_may_do() -> None:
    answer = Client().get("/healthz")

    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Permissions-Policy"].startswith("camera=()")
    assert answer["Referrer-Policy"] == "same-origin"
