"""Data on this machine for real: jobs read what was staged, and change nothing of it."""

import hashlib
import os
from pathlib import Path

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.domain.handover import Held, JobSpec
from tests.unit.delivery.process_site import VIEW, later, run, until

CONTENT = b"weights" * 30_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def stage_whole(site: ProcessConnector, name: str = "words/deep/a.bin") -> None:
    assert site.stage(VIEW, name, 0, CONTENT[:100_000]) == 100_000
    assert site.stage(VIEW, name, 100_000, CONTENT[100_000:]) == len(CONTENT) - 100_000
    assert site.seal_staged(VIEW, name, SHA256)


def test_a_job_reads_its_data(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    stage_whole(site)

    script = "sha256sum $GRIDHOUR_DATA/words/deep/a.bin | cut -c1-64; ls $GRIDHOUR_DATA"
    status, output = run(site, "job-1", "sh", "-c", script)

    assert (status.exit_code, output) == (0, f"{SHA256}\nwords\n")


@pytest.mark.parametrize(
    "attempt",
    [
        "echo x >> $GRIDHOUR_DATA/words/deep/a.bin",
        "echo x > $GRIDHOUR_DATA/words/new",
        "rm -f $GRIDHOUR_DATA/words/deep/a.bin",
        "chmod 666 $GRIDHOUR_DATA/words/deep/a.bin",
        "mv $GRIDHOUR_DATA/words $GRIDHOUR_DATA/other",
    ],
)
def test_a_job_cannot_change_its_data(site: ProcessConnector, attempt: str) -> None:
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells")
    site.ensure(VIEW)
    stage_whole(site)

    status, _output = run(site, "job-1", "sh", "-c", attempt)

    assert status.exit_code != 0
    assert site.staged(VIEW) == {"words/deep/a.bin": Held(len(CONTENT), sealed=True)}
    kept = site.holdings.holding(VIEW.base_name, 1).data / "words" / "deep" / "a.bin"
    assert kept.read_bytes() == CONTENT


def test_data_that_comes_while_a_job_runs_is_seen_whole_or_not_at_all(
    site: ProcessConnector,
) -> None:
    site.ensure(VIEW)
    script = (
        "until [ -e $GRIDHOUR_DATA/words/a ]; do sleep .05; done; wc -c < $GRIDHOUR_DATA/words/a"
    )
    site.run_job(VIEW, JobSpec("job-1", ("sh", "-c", script), 1, 20))
    until(lambda: (site.holdings.holding(VIEW.base_name, 1).job("job-1") / "state.json").exists())

    site.stage(VIEW, "words/a", 0, CONTENT[:10])
    assert site.staged(VIEW) == {"words/a": Held(10)}
    site.stage(VIEW, "words/a", 10, CONTENT[10:])
    assert site.seal_staged(VIEW, "words/a", SHA256)

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_log(VIEW, "job-1", 0).decode().strip() == str(len(CONTENT))


def test_a_file_of_another_hash_is_thrown_away(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    site.stage(VIEW, "words/a", 0, b"spoiled")

    assert not site.seal_staged(VIEW, "words/a", SHA256)
    assert site.staged(VIEW) == {}


def test_a_gap_and_a_name_outside_are_refused(site: ProcessConnector, tmp_path: Path) -> None:
    site.ensure(VIEW)
    site.stage(VIEW, "words/a", 0, b"begin")

    for name, offset in (("words/a", 6), ("words/b", 1), ("../../up", 0), ("/etc/up", 0)):
        with pytest.raises(ConnectorFailed):
            site.stage(VIEW, name, offset, b"x")

    assert site.staged(VIEW) == {"words/a": Held(5)}
    assert not list(tmp_path.rglob("up"))


def test_the_same_piece_again_changes_nothing_and_sealing_twice_is_once(
    site: ProcessConnector,
) -> None:
    site.ensure(VIEW)
    for _time in range(2):
        site.stage(VIEW, "words/a", 0, CONTENT)

    assert site.seal_staged(VIEW, "words/a", SHA256)
    assert site.seal_staged(VIEW, "words/a", SHA256)
    assert site.staged(VIEW) == {"words/a": Held(len(CONTENT), sealed=True)}


def test_data_goes_with_its_hand_over_and_a_later_one_begins_with_none(
    site: ProcessConnector,
) -> None:
    site.ensure(VIEW)
    stage_whole(site)
    site.stage(VIEW, "words/half", 0, b"half")
    first = site.holdings.holding(VIEW.base_name, 1)

    site.ensure(later(2))

    assert not first.data.exists()
    assert not first.incoming.exists()
    assert site.staged(later(2)) == {}
    with pytest.raises(ConnectorFailed):
        site.stage(VIEW, "words/a", 0, b"x")
    site.release(later(2).external_name)
    assert not site.holdings.holding(VIEW.base_name, 2).data.exists()


def test_a_link_in_the_way_is_not_followed(site: ProcessConnector, tmp_path: Path) -> None:
    site.ensure(VIEW)
    target = tmp_path / "precious"
    target.write_text("books")
    coming = site.holdings.holding(VIEW.base_name, 1).incoming / "words"
    coming.mkdir(parents=True)
    os.symlink(target, coming / "a")

    with pytest.raises(ConnectorFailed):
        site.stage(VIEW, "words/a", 0, b"x")

    assert target.read_text() == "books"
