"""What a caller is told after a failure: of the program, or of a database that is away."""

import json

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from config.error_pages import server_error


def answer_after(problem: Exception, path: str) -> HttpResponse:
    """Return what is answered when a view has failed with this."""
    try:
        raise problem
    except type(problem):
        return server_error(RequestFactory().get(path))


@pytest.mark.parametrize("problem", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_503_and_tells_when_to_come_again(problem: Exception) -> None:
    page, api = answer_after(problem, "/orders/"), answer_after(problem, "/api/v1/listings/")

    assert (page.status_code, api.status_code) == (503, 503)
    assert page["Retry-After"] == api["Retry-After"] == "1"
    assert "数据库" in page.content.decode()
    assert json.loads(api.content)["code"] == "service_unavailable"


def test_a_failure_of_the_program_is_500() -> None:
    page, api = (answer_after(ValueError("wrong"), path) for path in ("/orders/", "/api/v1/x/"))

    assert (page.status_code, api.status_code) == (500, 500)
    assert json.loads(api.content)["code"] == "internal_server_error"
