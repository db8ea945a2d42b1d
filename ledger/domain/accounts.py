"""Keys of accounts: `trading:17`, `payable:17`, `fees`, `bank:stripe`."""

MEMBER_KINDS = {
    "trading": "TRADING",
    "order_holds": "ORDER_HOLDS",
    "agreement_holds": "AGREEMENT_HOLDS",
    "payable": "PAYABLE",
}
HOUSE_KINDS = {"fees": "FEES", "tax": "TAX", "residue": "RESIDUE", "bank": "BANK"}


def trading(member_id: int) -> str:
    """Key of the funds that a member may trade with or take back."""
    return f"trading:{member_id}"


def order_holds(member_id: int) -> str:
    """Key of what is set aside for a member's open orders."""
    return f"order_holds:{member_id}"


def agreement_holds(member_id: int) -> str:
    """Key of what is set aside for a member's agreements until they are settled."""
    return f"agreement_holds:{member_id}"


def payable(member_id: int) -> str:
    """Key of what the exchange owes a seller or carrier until it is paid out."""
    return f"payable:{member_id}"


def member_keys(member_id: int) -> tuple[str, ...]:
    """Keys of all four accounts of a member."""
    return tuple(f"{name}:{member_id}" for name in MEMBER_KINDS)


def kind_of(key: str) -> str:
    """Return the kind that a key says; empty when no account is called so."""
    name = key.partition(":")[0]
    return MEMBER_KINDS.get(name) or HOUSE_KINDS.get(name, "")


def is_house(key: str) -> bool:
    """Tell whether the key names an account of the exchange itself."""
    return key.partition(":")[0] in HOUSE_KINDS


def member_of(key: str) -> int | None:
    """Return the member that a key names; None for the exchange's own and for other texts."""
    name, _, number = key.partition(":")
    return int(number) if name in MEMBER_KINDS and number.isdecimal() else None
