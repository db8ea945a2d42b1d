"""A link's own agreement: with the carrier, frozen, and binding only with its devices'."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from contracts.actions import (
    accept_standard_terms,
    lapse_agreement,
    publish_standard_terms,
    sign_agreement,
)
from contracts.adapters.agreement_paper import Sheet, agreement_pdf
from contracts.domain.link_clauses import link_clauses_of
from contracts.domain.link_terms import LinkTerms
from contracts.models import Agreement
from contracts.queries import (
    agreement_for,
    agreements_of,
    beside,
    link_terms_of,
    read_terms,
    version_of,
)
from ledger.queries import hold_remaining
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def link_of(agreement: Agreement) -> Agreement:
    (link,) = beside(agreement)
    return link


def test_a_link_gets_an_agreement_of_its_own_with_the_carrier(world: World) -> None:
    devices = world.agree(world.linked_deal())

    link = link_of(devices)

    assert (link.number, link.state) == (f"{devices.number}-L", "IN_FORCE")
    assert (link.buyer_id, link.seller_id) == (world.cast.ben.id, world.cast.gwen.id)
    assert beside(link) == [devices]


def test_the_terms_freeze_what_was_sold(world: World) -> None:
    link = link_of(world.agree(world.linked_deal()))

    terms = link_terms_of(link.pk)

    assert (terms.gbps, terms.gb, terms.hours) == (10, 40, 2)
    assert (terms.zone_code, terms.city_code, terms.seller_code) == ("wuhu", "shanghai", "gwen")
    assert (terms.vat_bp, terms.seller_fee_bp) == (600, 150)
    assert terms.value_micros(2) == 20_400_000
    version = version_of(link.pk)
    assert read_terms(version.terms) == terms
    assert terms.sha256 == version.terms_sha256


def test_the_seller_of_the_devices_sees_nothing_of_the_link(world: World) -> None:
    link = link_of(world.agree(world.linked_deal()))

    assert agreement_for(world.cast.ada.id, link.number) is None
    assert agreement_for(world.cast.gwen.id, link.number) == link
    assert [row.pk for row in agreements_of(world.cast.gwen.id)] == [link.pk]


def test_without_the_carriers_signature_neither_binds(world: World) -> None:
    devices = unsigned_by_the_carrier(world)
    link = link_of(devices)
    assert (devices.state, link.state) == ("DRAFTED", "DRAFTED")

    sign_agreement(
        member_id=world.cast.gwen.id,
        agreement_id=link.pk,
        sha256=version_of(link.pk).terms_sha256,
        person_id=world.cast.gwen.person.pk,
        now=world.now,
    )

    assert {row.state for row in Agreement.objects.all()} == {"IN_FORCE"}


def test_a_pair_that_was_not_signed_in_time_lapses_and_frees_both_holds(world: World) -> None:
    devices = unsigned_by_the_carrier(world)
    link = link_of(devices)

    for agreement in (link, devices):
        lapse_agreement(agreement_id=agreement.pk, now=world.hour(0))

    assert hold_remaining(link.hold_reason) == hold_remaining(devices.hold_reason) == 0
    assert {row.state for row in Agreement.objects.all()} == {"TERMINATED"}


def unsigned_by_the_carrier(world: World) -> Agreement:
    """A linked deal whose carrier has not accepted the standard terms."""
    publish_standard_terms(now=world.now)
    for player in (world.cast.ada, world.cast.ben):
        accept_standard_terms(member_id=player.id, person_id=player.person.pk, now=world.now)
    return world.agree(world.linked_deal(), accepting=False)


def test_the_clauses_and_the_paper_speak_both_languages(world: World) -> None:
    link = link_of(world.agree(world.linked_deal()))
    terms = link_terms_of(link.pk)

    words = {clause.code: clause for clause in link_clauses_of(terms)}
    assert words["PRODUCT"].en.text == "10 Gbit/s in each hour; 40 GB moved once"
    assert words["PRODUCT"].zh.text == "每小时 10 Gbit/s；一次性搬运 40 GB"
    assert "20.40" in words["PRICE"].en.text
    assert "配套协议" in words["DELIVERY"].zh.text
    sheet = Sheet(link.number, 1, datetime(2026, 11, 23, tzinfo=UTC), (), ())
    assert agreement_pdf(terms, sheet, "both").startswith(b"%PDF")


def test_a_link_that_only_moves_data_says_so(world: World) -> None:
    deal = world.linked_deal(link_gbps=0, move_gb=1_000)
    terms = link_terms_of(link_of(world.agree(deal)).pk)

    assert isinstance(terms, LinkTerms)
    assert link_clauses_of(terms)[0].en.text == "1,000 GB moved once"
    assert (terms.value_micros(0), terms.value_micros(1)) == (0, 10_000_000)


def test_a_carrier_reads_what_it_is_paid_before_it_signs(world: World) -> None:
    link = link_of(unsigned_by_the_carrier(world))
    client = Client()
    client.force_login(world.cast.gwen.person)
    address = reverse("contracts:sign", args=[link.number])

    page = client.get(address).content.decode()
    signed = client.post(address, {"sha256": version_of(link.pk).terms_sha256})

    # ¥ 20.40 less the fee of ¥ 0.31, with VAT.
    assert "Sign to deliver for ¥\u00a021.30" in page
    assert "10 Gbit/s + 40 GB" in page
    assert (signed.status_code, link_of(beside(link)[0]).state) == (302, "IN_FORCE")
