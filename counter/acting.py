"""Who acts: a person or an application, for one member, with what rights."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Acting:
    """The caller of a door. `member_id` is None for a person without a member."""

    person_id: int | None = None
    member_id: int | None = None
    member_name: str = ""
    # BUYER SELLER BROKER CARRIER REGULATOR OPERATOR, of the member.
    capabilities: frozenset[str] = field(default_factory=frozenset)
    # The capability whose desk is shown (a member may hold several).
    desk: str = ""
    # ADMIN TRADER VIEWER, of the person in the member; APPLICATION for a credential.
    role: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)
    # The member watches over others and the person has no second factor: no rights until then.
    lacks_second_factor: bool = False
    admitted: bool = False
    # Every member the person belongs to: (id, name).
    memberships: tuple[tuple[int, str], ...] = ()

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.person_id is None and self.role != "APPLICATION"

    def has(self, capability: str) -> bool:
        """Tell whether the member was admitted with the capability."""
        return self.admitted and capability in self.capabilities

    @property
    def oversees(self) -> bool:
        """Tell whether the member watches over all others and may read what is theirs."""
        return self.has("REGULATOR") or self.has("OPERATOR")

    @property
    def may_trade(self) -> bool:
        """Tell whether the caller may change things for the member."""
        return self.admitted and self.role in {"ADMIN", "TRADER", "APPLICATION"}


NOBODY = Acting()
