"""The suite's ground: one migrated template database, and a Valkey database of its own a worker."""

import os
from collections.abc import Generator, Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.flush import allow_flush
from tests.template_database import template_database

VALKEY_DATABASES = 16


def pytest_configure(config: pytest.Config) -> None:
    """Work as the schema's owner, since tests create and drop databases."""
    owner, default = settings.DATABASES["owner"], settings.DATABASES["default"]
    default.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT")})
    # A suite need not survive a power cut.
    default["OPTIONS"] = {"options": default["OPTIONS"]["options"] + " -c synchronous_commit=off"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _use_own_valkey_database()
    # A loaded machine is slow, not wrong; `make test-full` looks harder.
    examples = 500 if os.environ.get("GRIDHOUR_TEST_FULL") else 60
    hypothesis.settings.register_profile("house", max_examples=examples, deadline=None)
    hypothesis.settings.load_profile("house")
    allow_flush()


def _use_own_valkey_database() -> None:
    """The demo of this checkout uses database 0; each worker takes one from the other end."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    address = settings.REDIS_URL.rpartition("/")[0]
    settings.REDIS_URL = f"{address}/{VALKEY_DATABASES - 1 - worker % (VALKEY_DATABASES - 1)}"
    settings.CELERY_BROKER_URL = settings.REDIS_URL
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Clone the template instead of migrating for every run and worker."""
    test = connections["default"].settings_dict["TEST"]
    test["TEMPLATE"] = template_database(connections["owner"].settings_dict)
    test["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None]:
    """Let go of the test database at the end, whatever threads and aliases still hold."""
    yield
    with django_db_blocker.unblock():
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connections.close_all()


@pytest.fixture(autouse=True)
def _reader_sees_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Inside a test's transaction the other aliases share its connection, or they see no rows.

    What the roles may not do is tested on real connections of their own.
    """
    if _commits(request) or not _uses_the_database(request):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    others = {alias: connections[alias] for alias in connections if alias != "default"}
    for alias in others:
        connections[alias] = connections["default"]
    yield
    for alias, connection in others.items():
        connections[alias] = connection


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    asked = bool(marker and marker.kwargs.get("transaction"))
    return asked or bool({"transactional_db", "live_server"} & set(request.fixturenames))


def _uses_the_database(request: pytest.FixtureRequest) -> bool:
    marked = request.node.get_closest_marker("django_db") is not None
    return marked or "db" in request.fixturenames or _commits(request)


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test left in Valkey (rate limits, tokens) is not the next one's."""
    yield
    if _uses_the_database(request):
        cache.clear()
