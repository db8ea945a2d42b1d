"""Names that make creating twice the same as creating once."""


def base_name(agreement_number: str) -> str:
    """Return the name of an agreement's hand-over, whatever its generation."""
    return f"gh-{agreement_number}"


def external_name(agreement_number: str, generation: int) -> str:
    """Return the name under which a site knows one generation of the hand-over."""
    return f"{base_name(agreement_number)}-g{generation}"


def base_of(external: str) -> str:
    """Return the name without its generation."""
    return external.rpartition("-g")[0]


def generation_of(external: str) -> int:
    """Return the generation in a name; 0 when the name is not one of ours."""
    digits = external.rpartition("-g")[2]
    return int(digits) if digits.isdecimal() else 0


def is_external_name(name: str) -> bool:
    """Tell whether a name at a site is that of a hand-over."""
    return from_lower_case(lower_case_name(name)) == name


def lower_case_name(external: str) -> str:
    """Return the name where a site keeps no capitals, as Slurm's accounts do."""
    return external.lower()


def from_lower_case(name: str) -> str:
    """Return the external name behind one without capitals; empty when it is not one of ours.

    Agreement numbers have capitals only, so that there is one way back.
    """
    base, _, digits = name.rpartition("-g")
    if not name.startswith("gh-") or len(base) <= len("gh-") or not digits.isdecimal():
        return ""
    return f"gh-{base[len('gh-') :].upper()}-g{digits}"
