import json
from dataclasses import FrozenInstanceError

import pytest

from contracts.domain.agreement_lifecycle import AGREEMENT_LIFECYCLE
from contracts.domain.clauses import clauses_of
from contracts.domain.standard_clauses import (
    FIRST_STANDARD,
    clauses_in,
    standard_clauses,
    standard_text,
)
from contracts.domain.terms import Terms
from contracts.models.agreement import AgreementState
from exchange.lifecycle import MoveRefused
from tests.unit.contracts.sample import sample_terms


def test_terms_survive_the_way_through_json() -> None:
    terms = sample_terms()

    stored = json.loads(json.dumps(terms.as_json()))

    assert Terms.from_json(stored) == terms
    assert Terms.from_json(stored).sha256 == terms.sha256


def test_the_hash_does_not_depend_on_the_order_of_the_names() -> None:
    terms = sample_terms()
    shuffled = dict(sorted(terms.as_json().items(), key=lambda item: item[0][::-1]))

    assert Terms.from_json(shuffled).sha256 == terms.sha256


def test_any_changed_figure_changes_the_hash() -> None:
    hashes = {
        sample_terms().sha256,
        sample_terms(price_micros=6_480_001).sha256,
        sample_terms(devices=95).sha256,
        sample_terms(site_name_zh="和林格尔四号").sha256,
    }

    assert len(hashes) == 4


def test_terms_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        sample_terms().devices = 1  # type: ignore[misc]


def test_quantities_follow_from_devices_and_window() -> None:
    terms = sample_terms()

    assert (terms.hours, terms.device_hours) == (24, 2_304)
    assert terms.device_seconds == 2_304 * 3_600
    assert terms.gflops == 96 * 388_000


def test_surplus_capacity_promises_nothing() -> None:
    terms = sample_terms(firmness="SURPLUS")

    assert (terms.availability_bp, terms.damages_bp, terms.damages_cap_bp) == (0, 0, 0)


def test_every_state_of_the_rows_is_in_the_table_and_the_reverse() -> None:
    assert AGREEMENT_LIFECYCLE.states == set(AgreementState.values)
    assert AGREEMENT_LIFECYCLE.ends == {"COMPLETED", "TERMINATED"}


def test_a_completed_agreement_goes_nowhere() -> None:
    with pytest.raises(MoveRefused):
        AGREEMENT_LIFECYCLE.check("COMPLETED", "IN_FORCE")


def test_the_standard_terms_say_the_same_clauses_in_both_languages() -> None:
    english = standard_clauses(FIRST_STANDARD, "en")
    chinese = standard_clauses(FIRST_STANDARD, "zh")

    assert len(english) == len(chinese) == 18
    assert all(clause.heading and clause.text for clause in english + chinese)
    assert "{" not in standard_text(FIRST_STANDARD, "en") + standard_text(FIRST_STANDARD, "zh")
    assert clauses_in(standard_text(FIRST_STANDARD, "zh")) == chinese
    assert "97 %" in standard_text(FIRST_STANDARD, "zh")


@pytest.mark.parametrize("firmness", ["FIRM", "RECALLABLE", "SURPLUS"])
def test_particular_clauses_are_worded_in_both_languages(firmness: str) -> None:
    clauses = clauses_of(sample_terms(firmness=firmness, max_rtt_us=None))

    assert [clause.code for clause in clauses][:2] == ["PRODUCT", "DELIVERY_POINT"]
    assert all(clause.en.text and clause.zh.text for clause in clauses)
