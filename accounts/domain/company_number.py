"""The unified social credit code of Chinese organisations (GB 32100-2015)."""

from exchange.refusal import Refused

# No I, O, S, V, Z: they are mistaken for digits.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


class CompanyNumberInvalid(Refused):
    """A company number is 18 characters of the alphabet with a right check character."""

    code = "E-USCC-01"
    field = "uscc"
    sentence = "This is not a valid unified social credit code."


def check_character(body: str) -> str:
    """Return the 18th character for the first 17 (weights are powers of 3 modulo 31)."""
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return ALPHABET[-total % 31]


def compact(number: str) -> str:
    """Return the number in capitals without blanks and hyphens."""
    return "".join(number.split()).replace("-", "").upper()


def is_company_number(number: str) -> bool:
    """Tell whether the compact number is well formed and its check character right."""
    if len(number) != LENGTH or any(sign not in ALPHABET for sign in number):
        return False
    # Registering authority, kind and place are digits or one capital letter and digits.
    return number[2:8].isdigit() and number[-1] == check_character(number[:-1])


def checked_company_number(number: str) -> str:
    """Return the compact number; refuse a wrong one with CompanyNumberInvalid."""
    compacted = compact(number)
    if not is_company_number(compacted):
        raise CompanyNumberInvalid
    return compacted
