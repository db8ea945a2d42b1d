"""What a member has, has set aside and is owed; whole micros."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Funds:
    """A member's four balances."""

    available_micros: int = 0
    order_holds_micros: int = 0
    agreement_holds_micros: int = 0
    payable_micros: int = 0

    @property
    def held_micros(self) -> int:
        """All that is set aside, for orders and for agreements."""
        return self.order_holds_micros + self.agreement_holds_micros

    @property
    def total_micros(self) -> int:
        """All that the exchange keeps for the member."""
        return self.available_micros + self.held_micros + self.payable_micros


@dataclass(frozen=True)
class Rates:
    """Fee and tax in force at an instant; basis points."""

    seller_fee_bp: int
    vat_bp: int


@dataclass(frozen=True)
class StatementLine:
    """One line of one account, with the account's balance after it."""

    id: int
    booked_at: datetime
    kind: str
    account: str
    amount_micros: int
    balance_micros: int
    key: str
    reason: str = ""
    facts: dict[str, object] = field(default_factory=dict)
