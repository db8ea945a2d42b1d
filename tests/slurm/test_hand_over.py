"""A hand-over on a real cluster: made once, adopted by name, fenced, ended without a trace."""

import pytest

from delivery.adapters.connector import ConnectorFailed, Fenced
from tests.slurm.conftest import Centre, later, view_of


def test_a_hand_over_is_an_account_and_a_reservation_of_the_same_name(centre: Centre) -> None:
    view = view_of(101)

    handle = centre.site.ensure(view)

    held = centre.site.cluster.look_now().reservations["gh-GH-2026-101-g1"]
    assert (handle.external_name, handle.adopted) == ("gh-GH-2026-101-g1", False)
    assert (len(held.nodes), held.cores, held.accounts) == (1, 4, "gh-gh-2026-101-g1")
    assert list(centre.site.inventory()) == ["gh-GH-2026-101-g1"]
    assert centre.site.inspect(view).healthy


def test_making_it_twice_adopts_it(centre: Centre) -> None:
    centre.site.ensure(view_of(102))

    assert centre.site.ensure(view_of(102)).adopted
    assert centre.reservations() == ["gh-GH-2026-102-g1"]


def test_what_a_dead_worker_left_half_made_is_finished(centre: Centre) -> None:
    """It had made the account when it died, and no more."""
    view = view_of(103, devices=2)
    centre.site.accounts.ensure(view.external_name, 2)
    user = centre.site.accounts.user_of(view.external_name)

    centre.site.ensure(view)

    assert centre.site.accounts.user_of(view.external_name) == user
    assert centre.reservations() == [view.external_name]


def test_a_part_of_a_node_reserves_the_devices_share_of_its_cores(centre: Centre) -> None:
    first, second = view_of(104, devices=2), view_of(105, devices=2)

    centre.site.ensure(first)
    centre.site.ensure(second)

    rows = centre.site.cluster.look_now().reservations
    assert [rows[view.external_name].cores for view in (first, second)] == [2, 2]
    users = {centre.site.accounts.user_of(view.external_name) for view in (first, second)}
    assert len(users) == 2
    assert centre.site.inspect(first).healthy
    assert centre.site.inspect(second).healthy


def test_a_later_generation_ends_the_earlier_and_fences_it_off(centre: Centre) -> None:
    view = view_of(106)
    centre.site.ensure(view)

    centre.site.ensure(later(view, 3))

    assert list(centre.site.inventory()) == ["gh-GH-2026-106-g3"]
    assert centre.reservations() == ["gh-GH-2026-106-g3"]
    with pytest.raises(Fenced):
        centre.site.ensure(later(view, 2))


def test_a_generation_that_was_ended_still_fences_off_the_earlier(centre: Centre) -> None:
    view = view_of(107)
    centre.site.ensure(later(view, 2))
    centre.site.release(f"{view.base_name}-g2")

    with pytest.raises(Fenced):
        centre.site.ensure(view)


def test_release_leaves_nothing_and_may_be_repeated(centre: Centre) -> None:
    view = view_of(108)
    centre.site.ensure(view)

    centre.site.release(view.external_name)
    centre.site.release(view.external_name)

    assert centre.leftovers() == []
    assert not centre.site.inspect(view).alive


def test_a_name_that_is_no_hand_over_becomes_no_command(centre: Centre) -> None:
    with pytest.raises(ConnectorFailed, match="not a hand-over's name"):
        centre.site.release("gh-X;reboot-g1")
    with pytest.raises(ConnectorFailed, match="not a hand-over's name"):
        centre.site.release("root-g1")


def test_there_are_no_more_hand_overs_than_job_users(centre: Centre) -> None:
    for number in (109, 110, 111):
        centre.site.ensure(view_of(number, devices=1))

    with pytest.raises(ConnectorFailed, match="every job user is taken"):
        centre.site.ensure(view_of(112, devices=1))
