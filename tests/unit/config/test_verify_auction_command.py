"""`manage.py verify_auction`: a bundle from the network, checked without a database."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.management.commands import verify_auction
from exchange.verifying.anonymous import anonymous
from exchange.verifying.bundle import bundle_of
from exchange.verifying.rows import canonical_hash
from tests.golden.complete_auction import sealed
from tests.unit.exchange.verifying.stage import good

SALTS = {member: f"salt of {member}" for member in range(10)}


def bundle(**wrong: Any) -> dict[str, bytes]:
    book, outcome = good()
    frozen = anonymous(book, SALTS)
    return bundle_of(frozen, sealed(frozen.book, {**outcome, **wrong}))


def folder(tmp_path: Path, **wrong: Any) -> Path:
    for name, content in bundle(**wrong).items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def told(path: Path, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("verify_auction", path, stdout=out, **options)
    return out.getvalue().splitlines()


def test_a_good_folder_has_one_line_a_check(tmp_path: Path) -> None:
    lines = told(folder(tmp_path))

    assert "merit order of offers: 6 offers: ok" in lines
    assert "commitments: 7 participants: ok" in lines
    assert lines[-1] == "nothing is wrong"


def test_a_zip_file_is_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        for name, content in bundle().items():
            archive.writestr(name, content)

    assert told(tmp_path / "day.zip")[-1] == "nothing is wrong"


def test_each_finding_is_said_and_the_command_fails(tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 wrong"):
        call_command("verify_auction", folder(tmp_path, welfare_micros=1), stdout=out)

    assert "  WELFARE welfare_micros: it says 1, it is 96300000" in out.getvalue()


def test_many_findings_are_counted(tmp_path: Path) -> None:
    duals = {"west": [0] * 4, "east": [0] * 4}
    rejected = [{"order": 6, "reason": "CAPACITY", "lost_surplus_micros": 5}] * 30
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_auction", folder(tmp_path, duals=duals, rejected=rejected), stdout=out)

    assert "and 41 more" in out.getvalue()


def test_a_member_checks_its_own_lines(tmp_path: Path) -> None:
    path = folder(tmp_path)
    own = told(path, number=7, salt=SALTS[7])
    book, _ = good()
    frozen = anonymous(book, SALTS)
    commitment = frozen.commitments["participants"][int(own[0].split()[1]) - 1]["commitment"]

    assert told(path, member=commitment) == own
    assert own[1].startswith("offer 1: sells 6 device-hours")
    assert all(line.endswith("ok") for line in own[1:])


def test_a_wrong_line_fails(tmp_path: Path) -> None:
    _, outcome = good()
    outcome["accepted"][0]["pays_micros"] += 1

    with pytest.raises(CommandError, match="1 wrong"):
        told(folder(tmp_path, accepted=outcome["accepted"]), number=3, salt=SALTS[3])


@pytest.mark.parametrize("options", [{"member": canonical_hash("nobody")}, {"salt": "wrong"}])
def test_a_stranger_is_told_so(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="no participant"):
        told(folder(tmp_path), **options)


def test_an_unreadable_bundle_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "book.json").write_text("{")

    with pytest.raises(CommandError, match="no JSON"):
        told(path, salt="x")


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")

    with pytest.raises(CommandError, match="neither a folder nor a zip"):
        told(tmp_path / "text")


def test_a_bundle_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_auction, "MOST_BYTES", 10)

    with pytest.raises(CommandError, match="more than 10"):
        told(folder(tmp_path))
