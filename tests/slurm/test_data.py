"""Data on a real cluster: the operator writes it, jobs read it, and it goes with the hand-over."""

import hashlib

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.domain.handover import AllocationView, Held
from tests.slurm.conftest import Centre, later, view_of
from tests.slurm.lab.table import table_of

CONTENT = b"weights" * 100_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "words/deep down/a.bin"


def staged_whole(centre: Centre, view: AllocationView) -> None:
    centre.site.ensure(view)
    for offset in range(0, len(CONTENT), 300_000):
        piece = CONTENT[offset:][:300_000]
        assert centre.site.stage(view, NAME, offset, piece) == len(piece)


def test_a_job_reads_its_data_and_changes_nothing(centre: Centre) -> None:
    view = view_of(700, devices=1)
    staged_whole(centre, view)
    assert centre.site.staged(view) == {NAME: Held(len(CONTENT))}
    assert centre.site.seal_staged(view, NAME, SHA256)
    script = 'f="$GRIDHOUR_DATA/words/deep down/a.bin"; sha256sum "$f" | cut -c1-64; '
    script += 'echo x >> "$f" || echo held; rm -f "$f" || echo held; chmod 777 "$f" || echo held; '
    script += 'touch "$GRIDHOUR_DATA/new" || echo held'

    status = centre.run(view, "job-1", "bash", "-c", script)

    said = centre.site.job_log(view, "job-1", 0).decode().splitlines()
    assert status.exit_code == 0
    assert SHA256 in said
    assert said.count("held") == 4
    assert centre.site.staged(view) == {NAME: Held(len(CONTENT), sealed=True)}


def test_a_file_of_another_hash_is_thrown_away_and_a_gap_refused(centre: Centre) -> None:
    view = view_of(701, devices=1)
    centre.site.ensure(view)
    assert centre.site.staged(view) == {}
    centre.site.stage(view, "words/a", 0, b"spoiled")
    with pytest.raises(ConnectorFailed):
        centre.site.stage(view, "words/a", 8, b"x")
    with pytest.raises(ConnectorFailed):
        centre.site.stage(view, "../up", 0, b"x")

    assert not centre.site.seal_staged(view, "words/a", SHA256)

    assert centre.site.staged(view) == {}


def test_sealing_twice_is_once_and_writing_again_shows_nothing_else(centre: Centre) -> None:
    view = view_of(702, devices=1)
    staged_whole(centre, view)

    assert centre.site.seal_staged(view, NAME, SHA256)
    assert centre.site.seal_staged(view, NAME, SHA256)
    centre.site.stage(view, NAME, 0, b"late")

    assert centre.site.staged(view) == {NAME: Held(len(CONTENT), sealed=True)}


def test_data_goes_with_its_hand_over(centre: Centre) -> None:
    view = view_of(703, devices=1)
    staged_whole(centre, view)
    centre.site.seal_staged(view, NAME, SHA256)
    folder = centre.lab.at.root / "data"

    centre.site.ensure(later(view, 2))

    assert centre.site.staged(later(view, 2)) == {}
    centre.site.release(later(view, 2).external_name)
    assert [path.name for path in folder.glob("*/*")] == []


def test_a_centre_without_a_folder_for_data_takes_none(centre: Centre) -> None:
    table = {name: value for name, value in table_of(centre.lab).items() if name != "data_dir"}
    site = SlurmConnector(**table)
    view = view_of(704, devices=1)
    centre.site.ensure(view)

    assert (centre.site.takes_data, site.takes_data) == (True, False)
    with pytest.raises(ConnectorFailed):
        site.stage(view, "words/a", 0, b"x")
    site.rest.client.close()
