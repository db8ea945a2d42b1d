"""The suite's own ground holds."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

from timetable.models import ClockRow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_a_test_runs_in_a_clone_of_the_migrated_template() -> None:
    assert connection.settings_dict["NAME"].startswith("test_gridhour")
    assert not ClockRow.objects.exists()


@pytest.mark.django_db(databases=["default", "owner", "reader"])
def test_every_alias_reaches_the_same_test_database() -> None:
    names = {connections[alias].settings_dict["NAME"] for alias in connections}

    assert len(names) == 1


@pytest.mark.django_db
def test_the_reader_alias_sees_what_the_test_has_not_committed() -> None:
    ClockRow.objects.create(
        wall_origin=NOON, market_origin=NOON, factor=1, reason="a test's own clock"
    )

    assert ClockRow.objects.using("reader").count() == 1


@pytest.mark.django_db
def test_the_suite_leaves_the_valkey_database_of_the_demo_alone() -> None:
    cache.set("token", "kept for this test", 10)

    assert not settings.REDIS_URL.endswith("/0")
    assert cache.get("token") == "kept for this test"
