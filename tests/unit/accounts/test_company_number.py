import pytest
from stdnum.cn import uscc

from accounts.domain.company_number import (
    CompanyNumberInvalid,
    check_character,
    checked_company_number,
    is_company_number,
)

REAL = "91110000600037341L"


def test_a_real_company_number_is_accepted_however_it_is_typed() -> None:
    assert checked_company_number(" 9111 0000-600037341l ") == REAL


def test_a_number_with_one_wrong_character_is_refused() -> None:
    for place in range(len(REAL)):
        other = "2" if REAL[place] != "2" else "3"
        wrong = REAL[:place] + other + REAL[place + 1 :]

        assert not is_company_number(wrong), wrong


@pytest.mark.parametrize("number", ["", REAL[:-1], REAL + "0", "I" + REAL[1:], "９" + REAL[1:]])
def test_a_number_of_another_form_is_refused(number: str) -> None:
    with pytest.raises(CompanyNumberInvalid):
        checked_company_number(number)


def test_our_arithmetic_agrees_with_the_library() -> None:
    bodies = [f"9131{serial:04d}MA1FL{serial * 7919 % 10000:04d}" for serial in range(300)]

    assert [check_character(body) for body in bodies] == [uscc.calc_check_digit(b) for b in bodies]
