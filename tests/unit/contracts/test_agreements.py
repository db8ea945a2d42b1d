from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from accounts.models import Deed
from contracts.actions import (
    accept_standard_terms,
    complete_agreement,
    conclude_agreement,
    lapse_agreement,
    publish_standard_terms,
    sign_agreement,
)
from contracts.actions.refusals import NoStandardTerms, NotAParty, TermsChanged
from contracts.models import Agreement, AgreementVersion, Signature, StandardTerms, TermsAcceptance
from contracts.queries import (
    agreement_for,
    agreements_of,
    terms_of,
    trades_awaiting_agreement,
    version_of,
)
from contracts.tasks import conclude_agreements
from exchange.lifecycle import MoveRefused
from ledger.queries import funds_of
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_a_trade_becomes_one_agreement_in_force(world: World) -> None:
    deal = world.deal()

    agreement = world.agree(deal)

    assert agreement.state == "IN_FORCE"
    assert agreement.number == f"GH-2026-{deal.trade.pk:06d}"
    assert trades_awaiting_agreement(10) == []


def test_concluding_twice_changes_nothing(world: World) -> None:
    deal = world.deal()

    first, second = world.agree(deal), world.agree(deal)

    assert first == second
    assert Agreement.objects.count() == AgreementVersion.objects.count() == 1
    assert Signature.objects.count() == 2
    assert Deed.objects.filter(verb="AGREEMENT_CONCLUDED").count() == 1


def test_the_terms_freeze_price_factor_and_rates(world: World) -> None:
    deal = world.deal(devices=8, hours=2, price="1.85")

    terms = terms_of(world.agree(deal).pk)

    assert (terms.devices, terms.hours, terms.price_micros) == (8, 2, 1_850_000)
    assert (terms.gflops_per_device, terms.factor_method) == (989_000, "NOMINAL")
    assert (terms.vat_bp, terms.seller_fee_bp) == (deal.trade.vat_bp, 150)
    assert (terms.buyer_code, terms.seller_code) == ("ben", "ada")
    assert terms.standard_terms_version == 1


def test_both_sign_the_hash_of_the_version(world: World) -> None:
    version = version_of(world.agree(world.deal()).pk)

    signed = dict(Signature.objects.values_list("party", "signed_sha256"))

    assert signed == {"BUYER": version.terms_sha256, "SELLER": version.terms_sha256}


def test_nothing_is_concluded_without_standard_terms(world: World) -> None:
    deal = world.deal()

    with pytest.raises(NoStandardTerms):
        conclude_agreement(trade_id=deal.trade.pk, now=world.now)


def test_an_agreement_waits_for_who_has_not_accepted_and_binds_when_both_signed(
    world: World,
) -> None:
    agreement = world.agree(world.deal(), accepting=False)
    sha256 = version_of(agreement.pk).terms_sha256
    assert agreement.state == "DRAFTED"

    for player in (world.cast.ben, world.cast.ada):
        agreement = sign_agreement(
            member_id=player.id,
            agreement_id=agreement.pk,
            sha256=sha256,
            person_id=player.person.pk,
            now=world.now,
        )

    assert agreement.state == "IN_FORCE"


def test_nobody_signs_another_text_or_for_others(world: World) -> None:
    agreement = world.agree(world.deal(), accepting=False)
    ben, dana = world.cast.ben, world.cast.dana

    with pytest.raises(TermsChanged):
        sign_agreement(
            member_id=ben.id,
            agreement_id=agreement.pk,
            sha256="0" * 64,
            person_id=ben.person.pk,
            now=world.now,
        )
    with pytest.raises(NotAParty):
        sign_agreement(
            member_id=dana.id,
            agreement_id=agreement.pk,
            sha256=version_of(agreement.pk).terms_sha256,
            person_id=dana.person.pk,
            now=world.now,
        )


def test_a_draft_lapses_when_its_window_begins_and_frees_the_hold(world: World) -> None:
    before = funds_of(world.cast.ben.id)
    agreement = world.agree(world.deal(), accepting=False)

    early = lapse_agreement(agreement_id=agreement.pk, now=world.now)
    late = lapse_agreement(agreement_id=agreement.pk, now=agreement.starts_at)

    assert (early.state, late.state) == ("DRAFTED", "TERMINATED")
    assert funds_of(world.cast.ben.id) == before


def test_only_what_is_in_force_is_completed_and_once(world: World) -> None:
    agreement = world.agree(world.deal())
    later = agreement.ends_at + timedelta(hours=1)

    first = complete_agreement(agreement_id=agreement.pk, now=later)
    second = complete_agreement(agreement_id=agreement.pk, now=later + timedelta(hours=1))

    assert first.state == second.state == "COMPLETED"
    assert second.ended_at == later
    draft = world.agree(world.deal(start=4), accepting=False)
    Agreement.objects.filter(pk=draft.pk).update(state="DRAFTED", in_force_at=None)
    with pytest.raises(MoveRefused):
        complete_agreement(agreement_id=draft.pk, now=later)


def test_only_the_parties_find_an_agreement(world: World) -> None:
    agreement = world.agree(world.deal())
    cast = world.cast

    assert agreement_for(cast.ben.id, agreement.number) == agreement
    assert agreement_for(cast.ada.id, agreement.number) == agreement
    assert agreement_for(cast.dana.id, agreement.number) is None
    assert not agreements_of(cast.dana.id).exists()


def test_standard_terms_are_published_and_accepted_once(world: World) -> None:
    first = publish_standard_terms(now=world.now)
    again = publish_standard_terms(now=world.now + timedelta(days=1))
    one = accept_standard_terms(member_id=world.cast.ben.id, person_id=None, now=world.now)
    two = accept_standard_terms(member_id=world.cast.ben.id, person_id=None, now=world.now)

    assert first == again
    assert one == two
    assert StandardTerms.objects.count() == 1


@pytest.mark.parametrize("model", [AgreementVersion, Signature, StandardTerms, TermsAcceptance])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_signed_is_never_edited(world: World, model: type[Model], change: str) -> None:
    world.agree(world.deal())

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(model._meta.db_table))


def test_the_sweep_concludes_what_waits_and_survives_a_bad_item(world: World) -> None:
    publish_standard_terms(now=world.now)
    first, bad, good = world.deal(), world.deal(start=4), world.deal(start=8)
    # Another agreement has taken the number that the second trade needs.
    Agreement.objects.create(
        number=f"GH-2026-{bad.trade.pk:06d}",
        trade=first.trade,
        buyer=first.trade.buyer,
        seller=first.trade.seller,
        starts_at=first.trade.starts_at,
        ends_at=first.trade.ends_at,
        concluded_at=world.now,
    )

    assert conclude_agreements() == 1
    assert trades_awaiting_agreement(10) == [bad.trade.pk]
    assert Agreement.objects.filter(trade=good.trade).exists()
