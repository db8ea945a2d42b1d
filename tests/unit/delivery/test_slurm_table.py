"""What the table of a Slurm centre may say, and how its nodes are reached."""

import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.connectors import connectors_from
from delivery.adapters.slurm.doors import Doors
from delivery.adapters.slurm.jobs import Jobs
from delivery.adapters.slurm.options import Misconfigured, SlurmOptions, read_options
from delivery.adapters.slurm.rest import Rest
from tests.unit.delivery.test_slurm_rules import OPTIONS, TABLE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://slurm.example:6820"),
        ("url", ""),
        ("partition", 7),
        ("job_users", []),
        ("job_users", ["gridhour"]),
        ("job_users", "gh01"),
        ("job_dir", "/srv/gridhour"),
        ("data_dir", "/srv/gridhour"),
        ("devices_per_node", 0),
        ("devices_per_node", True),
        ("cores_per_node", 63),
        ("reach", ["nc", "{node}"]),
        ("jwt_key_file", "/no/such/file"),
        ("colour", "blue"),
    ],
)
def test_a_wrong_field_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(Misconfigured, match=field):
        read_options(TABLE | {field: value})


def test_a_missing_field_is_named() -> None:
    with pytest.raises(Misconfigured, match="partition: is missing"):
        read_options({name: value for name, value in TABLE.items() if name != "partition"})


def test_plain_http_is_for_this_machine_alone() -> None:
    assert isinstance(read_options(TABLE | {"url": "http://127.0.0.1:6820"}), SlurmOptions)


def test_a_file_names_connectors_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "connectors.toml"
    file.write_text('[qy-1]\nkind = "slurm"\nurl = "https://a"\n')
    assert connectors_from("") == {}
    assert connectors_from(str(file)) == {
        "qy-1": ("delivery.adapters.slurm.connector.SlurmConnector", {"url": "https://a"})
    }

    for wrong in ('[process]\nkind = "slurm"', '[qy-1]\nkind = "x"', "[Qy]", "a = 1", "["):
        file.write_text(wrong)
        with pytest.raises(ImproperlyConfigured, match=r"connectors\.toml"):
            connectors_from(str(file))


def test_nodes_that_are_not_reached_from_here_are_reached_by_the_centre_s_command() -> None:
    script = (
        "import socket, sys, threading, os\n"
        "end = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "os.write(1, end.recv(100))"
    )
    options = replace(OPTIONS, reach=(sys.executable, "-c", script, "{node}", "{port}"))
    doors = Doors(options, cast(Rest, None), cast(Jobs, None))
    node = socket.create_server(("127.0.0.1", 0))
    with node, doors._connect("127.0.0.1", node.getsockname()[1]) as ours:
        theirs, _address = node.accept()
        with theirs:
            theirs.sendall(b"hello")
        ours.settimeout(10)
        assert ours.recv(100) == b"hello"
        assert ours.recv(100) == b""
