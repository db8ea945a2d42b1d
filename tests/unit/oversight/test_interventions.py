"""Halts and resumes under four eyes."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from accounts.models import Deed, Member, Membership, Person
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound
from marketplace.domain.refusals import AlreadyHalted
from marketplace.models import Halt, MarketEvent
from oversight.actions import (
    approve_intervention,
    emergency_halt,
    expire_intervention,
    propose_intervention,
    withdraw_intervention,
)
from oversight.domain.refusals import (
    NotARegulator,
    NotTheProposer,
    OwnProposal,
    ProposalOpen,
    ProposalOver,
    ProposerLeft,
    ReasonMissing,
)
from oversight.models import Intervention, InterventionApproval
from oversight.tasks import expire_due
from tests.unit.oversight.national import NOW, WALL, member, person

pytestmark = pytest.mark.django_db
WHY = "Prices from a broken feed."


@dataclass
class Regulator:
    member: Member
    cleo: Person
    carl: Person


@pytest.fixture
def regulator() -> Regulator:
    state = member("state", "REGULATOR")
    return Regulator(
        state, person("cleo@state.example", state), person("carl@state.example", state)
    )


def begin(regulator: Regulator) -> Intervention:
    return emergency_halt(
        scope="MARKET", reason=WHY, person_id=regulator.cleo.pk, wall=WALL, now=NOW
    )


def propose(regulator: Regulator, kind: str = "HALT", **subject: object) -> Intervention:
    return propose_intervention(
        kind=kind,
        reason=WHY,
        person_id=regulator.cleo.pk,
        wall=WALL,
        now=NOW,
        **subject,  # type: ignore[arg-type]
    )


def approve(row: Intervention, by: Person, minutes: int = 10) -> Intervention:
    return approve_intervention(
        intervention_id=row.pk, person_id=by.pk, wall=WALL + timedelta(minutes=minutes), now=NOW
    )


def test_an_emergency_halt_bites_at_once_on_one_word(regulator: Regulator) -> None:
    row = begin(regulator)

    assert row.state == "IN_EFFECT"
    assert row.expires_at == WALL + timedelta(minutes=30)
    assert Halt.objects.get(resumed_at=None) == row.halt
    assert MarketEvent.objects.get(kind="HALTED").facts["reason"] == WHY
    assert Deed.objects.get(verb="EMERGENCY_HALT_BEGUN").actor_person_id == regulator.cleo.pk


def test_a_second_person_confirms_it(regulator: Regulator) -> None:
    row = approve(begin(regulator), regulator.carl)

    assert row.state == "CONFIRMED"
    assert Halt.objects.get().resumed_at is None
    assert not expire_intervention(intervention_id=row.pk, wall=WALL + timedelta(hours=2), now=NOW)


def test_without_a_second_person_trading_resumes_after_half_an_hour(
    regulator: Regulator,
) -> None:
    row = begin(regulator)
    early = WALL + timedelta(minutes=29, seconds=59)
    late = WALL + timedelta(minutes=30)

    assert not expire_intervention(intervention_id=row.pk, wall=early, now=NOW)
    assert expire_intervention(intervention_id=row.pk, wall=late, now=NOW)

    row.refresh_from_db()
    assert row.state == "EXPIRED"
    assert Halt.objects.get().resumed_at == NOW
    assert Deed.objects.filter(verb="EMERGENCY_HALT_LAPSED").count() == 1


def test_the_sweeper_finds_what_has_lapsed(regulator: Regulator) -> None:
    row = begin(regulator)  # half an hour after WALL is long past by the wall's own clock

    Intervention.objects.update(expires_at=WALL - timedelta(days=400))
    expire_due()
    expire_due()

    row.refresh_from_db()
    assert row.state == "EXPIRED"
    assert MarketEvent.objects.filter(kind="RESUMED").count() == 1


def test_an_approval_after_the_half_hour_comes_too_late(regulator: Regulator) -> None:
    row = begin(regulator)

    with pytest.raises(ProposalOver):
        approve(row, regulator.carl, minutes=30)


def test_nobody_confirms_their_own_halt(regulator: Regulator) -> None:
    row = begin(regulator)

    with pytest.raises(OwnProposal):
        approve(row, regulator.cleo)
    with pytest.raises(MoveRefused):
        withdraw_intervention(
            intervention_id=row.pk, person_id=regulator.cleo.pk, wall=WALL, now=NOW
        )


def test_one_person_with_two_memberships_is_still_one_person(regulator: Regulator) -> None:
    second = member("province", "REGULATOR")
    Membership.objects.create(person=regulator.cleo, member=second, role="ADMIN", since_at=NOW)

    with pytest.raises(OwnProposal):
        approve(propose(regulator), regulator.cleo)


def test_a_planned_halt_waits_for_its_second_person(regulator: Regulator) -> None:
    row = propose(regulator)
    assert Halt.objects.count() == 0

    row = approve(row, regulator.carl)

    assert row.state == "DONE"
    assert row.halt == Halt.objects.get(resumed_at=None)


def test_a_resume_takes_two_people_too(regulator: Regulator) -> None:
    halt = approve(begin(regulator), regulator.carl).halt
    assert halt is not None
    row = propose(regulator, "RESUME", halt_id=halt.pk)
    halt.refresh_from_db()
    assert halt.resumed_at is None

    with pytest.raises(OwnProposal):
        approve(row, regulator.cleo)
    approve(row, regulator.carl)

    halt.refresh_from_db()
    assert halt.resumed_at == NOW


def test_a_resume_ends_the_emergency_that_still_waits(regulator: Regulator) -> None:
    emergency = begin(regulator)
    row = propose(regulator, "RESUME", halt_id=emergency.halt_id)

    approve(row, regulator.carl)

    emergency.refresh_from_db()
    assert emergency.state == "EXPIRED"


def test_who_lost_the_role_in_between_cannot_approve(regulator: Regulator) -> None:
    row = propose(regulator)
    Membership.objects.filter(person=regulator.carl).update(revoked_at=NOW)

    with pytest.raises(NotARegulator):
        approve(row, regulator.carl)


def test_a_proposer_who_lost_the_role_in_between_is_no_first_pair_of_eyes(
    regulator: Regulator,
) -> None:
    row = propose(regulator)
    Membership.objects.filter(person=regulator.cleo).update(role="VIEWER")

    with pytest.raises(ProposerLeft):
        approve(row, regulator.carl)


@pytest.mark.parametrize(
    ("capability", "role", "state"),
    [
        ("OPERATOR", "ADMIN", "ADMITTED"),
        ("REGULATOR", "VIEWER", "ADMITTED"),
        ("REGULATOR", "ADMIN", "SUSPENDED"),
    ],
)
def test_only_deciding_people_of_an_admitted_regulator_halt(
    capability: str, role: str, state: str
) -> None:
    someone = person("x@x.example", member("x", capability, state=state), role)

    with pytest.raises(NotARegulator):
        emergency_halt(scope="MARKET", reason=WHY, person_id=someone.pk, wall=WALL, now=NOW)
    assert Halt.objects.count() == 0


def test_a_planned_act_that_nobody_approves_expires_without_effect(regulator: Regulator) -> None:
    row = propose(regulator)

    assert expire_intervention(intervention_id=row.pk, wall=WALL + timedelta(days=1), now=NOW)

    assert Halt.objects.count() == 0
    with pytest.raises(ProposalOver):
        approve(row, regulator.carl)


def test_only_the_proposer_withdraws(regulator: Regulator) -> None:
    row = propose(regulator)

    with pytest.raises(NotTheProposer):
        withdraw_intervention(
            intervention_id=row.pk, person_id=regulator.carl.pk, wall=WALL, now=NOW
        )
    withdraw_intervention(intervention_id=row.pk, person_id=regulator.cleo.pk, wall=WALL, now=NOW)

    row.refresh_from_db()
    assert row.state == "WITHDRAWN"


def test_a_member_and_a_chip_are_halted_beside_each_other(regulator: Regulator) -> None:
    ada = member("ada", "SELLER")

    propose(regulator, scope="MEMBER", subject_id=ada.pk)
    propose(regulator)

    with pytest.raises(ProposalOpen):
        propose(regulator, scope="MEMBER", subject_id=ada.pk)


def test_what_is_halted_is_not_halted_again_and_what_is_not_there_neither(
    regulator: Regulator,
) -> None:
    begin(regulator)

    with pytest.raises(AlreadyHalted):
        begin(regulator)
    with pytest.raises(NotFound):
        propose(regulator, "RESUME", halt_id=987_654)
    with pytest.raises(NotFound):
        propose(regulator, "BUST")


def test_an_act_says_why(regulator: Regulator) -> None:
    with pytest.raises(ReasonMissing):
        emergency_halt(
            scope="MARKET", reason="  bad  ", person_id=regulator.cleo.pk, wall=WALL, now=NOW
        )


def test_the_database_itself_refuses_the_same_pair_of_eyes(regulator: Regulator) -> None:
    row = propose(regulator)

    with pytest.raises(Exception, match="four_eyes"):
        InterventionApproval.objects.create(
            intervention=row,
            proposed_by=regulator.cleo,
            person=regulator.cleo,
            approved_at=WALL,
        )
