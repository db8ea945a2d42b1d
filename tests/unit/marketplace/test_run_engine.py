"""`run_engine` says where to listen, or why it will not."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("arguments", "named", "told"),
    [
        ([], "", "say where to listen"),
        ([], "tls://a:1,tls://b:1", "say where to listen"),
        (["--socket", "x" * 101], "", "no socket"),
        (["--socket", "tls://a:7400"], "", "--listen"),
        (["--listen", "7400"], "", "not HOST:PORT"),
        (["--listen", "a:0"], "", "not HOST:PORT"),
    ],
)
def test_a_place_that_is_none_is_refused(
    settings: Any, arguments: list[str], named: str, told: str
) -> None:
    settings.ENGINE_SOCKET = named
    with pytest.raises(CommandError, match=told):
        call_command("run_engine", *arguments)


@pytest.mark.parametrize("missing", ["certificate", "key", "authority"])
def test_an_address_without_certificates_is_refused_before_anything_begins(
    settings: Any, missing: str
) -> None:
    settings.ENGINE_TLS = {"certificate": "c", "key": "k", "authority": "a", missing: ""}
    with pytest.raises(ImproperlyConfigured, match=f"ENGINE_TLS_{missing.upper()}"):
        call_command("run_engine", "--listen", "127.0.0.1:7400")
