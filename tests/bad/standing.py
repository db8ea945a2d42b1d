"""Good orders at a bad time: halts, and members that may not trade."""

from typing import Any

from accounts.models import Member
from marketplace.actions import halt_trading
from marketplace.models import ReferencePrice, TradingLimit
from tests.bad.case import Bad, Row, rows
from tests.world import World, micros


class Given:
    """Sets the stage for one case; it is cleared after it."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts

    def __call__(self, world: World) -> None:
        """Halt, suspend, limit or price, as the facts say."""
        for name, value in self.facts.items():
            getattr(self, name)(world, value)

    def halt(self, world: World, scope: str) -> None:
        """Halt the market, Ben, Ada, or the H100."""
        ids = {"ben": world.cast.ben.id, "ada": world.cast.ada.id, "CHIP": world.h100.pk}
        kind = "MEMBER" if scope in {"ben", "ada"} else scope
        halt_trading(scope=kind, subject_id=ids.get(scope), reason="a test", now=world.now)

    def state(self, _world: World, who: str) -> None:
        """Take somebody's admission away."""
        code, state = who.split()
        Member.objects.filter(code=code).update(state=state)

    def limit(self, world: World, bounds: dict[str, int]) -> None:
        """Give everybody limits."""
        TradingLimit.objects.create(**bounds)

    def reference(self, world: World, yuan: str) -> None:
        """Publish a reference price of the H100."""
        ReferencePrice.objects.create(
            chip=world.h100, price_micros=micros(yuan), as_of=world.now, source="a test"
        )

    def inactive(self, world: World, _word: str) -> None:
        """Take the west pool off the market."""
        world.west_pool.active = False
        world.west_pool.save()


def given(stage: Given, act: str, *table: Row) -> list[Bad]:
    """Return a table's rows on one stage."""
    return [Bad(**{**vars(bad), "given": stage}) for bad in rows(act, table)]


HALTS = [
    *given(
        Given(halt="MARKET"), "order", ("an order while the market is halted", {}, "E-HALT-01", "")
    ),
    *given(
        Given(halt="MARKET"),
        "listing",
        ("a listing while the market is halted", {}, "E-HALT-01", ""),
    ),
    *given(
        Given(halt="MARKET"),
        "replace",
        ("a change while the market is halted", {"amount": 4}, "E-HALT-01", ""),
    ),
    *given(
        Given(halt="MARKET"),
        "reprice",
        ("a new ask while the market is halted", {"devices": 4}, "E-HALT-01", ""),
    ),
    *given(Given(halt="ben"), "order", ("an order while its buyer is halted", {}, "E-HALT-01", "")),
    *given(
        Given(halt="ben"),
        "replace",
        ("a change while its buyer is halted", {"amount": 4}, "E-HALT-01", ""),
    ),
    *given(
        Given(halt="ada"), "listing", ("a listing while its seller is halted", {}, "E-HALT-01", "")
    ),
    *given(
        Given(halt="ada"),
        "reprice",
        ("a new ask while its seller is halted", {"devices": 4}, "E-HALT-01", ""),
    ),
    *given(Given(halt="CHIP"), "listing", ("a listing of a halted chip", {}, "E-HALT-01", "")),
    *given(
        Given(halt="CHIP"),
        "reprice",
        ("a new ask for a halted chip", {"devices": 4}, "E-HALT-01", ""),
    ),
    *given(
        Given(halt="MARKET"),
        "halt",
        ("a second halt of the market", {"scope": "MARKET"}, "E-HALT-02", ""),
    ),
    *given(
        Given(halt="CHIP"), "halt", ("a second halt of a chip", {"scope": "CHIP"}, "E-HALT-02", "")
    ),
    *rows(
        "halt",
        [
            ("a halt of an unknown scope", {"scope": "MOON"}, "E-NOT-FOUND", ""),
            (
                "a halt of a chip that does not exist",
                {"scope": "CHIP", "subject_id": 10**6},
                "E-NOT-FOUND",
                "",
            ),
            ("a halt of nobody", {"scope": "MEMBER", "subject_id": 10**6}, "E-NOT-FOUND", ""),
        ],
    ),
    *rows(
        "resume",
        [
            ("a resume of no halt", {"halt_id": 10**6}, "E-NOT-FOUND", ""),
            ("a second resume", {}, "E-HALT-03", ""),
        ],
    ),
]
MEMBERS = [
    *(
        Bad(f"an order of the {role}", "order", "E-MEMBER-02", "", {"buyer": role})
        for role in ("ada", "cleo", "eli", "finn", "gwen")
    ),
    *(
        Bad(f"{state.lower()}: {act}", act, "E-MEMBER-01", "", facts, Given(state=f"{who} {state}"))
        for state in ("SUSPENDED", "REFUSED", "APPLIED")
        for act, who, facts in (
            ("order", "ben", {}),
            ("replace", "ben", {"amount": 4}),
            ("listing", "ada", {}),
            ("reprice", "ada", {"devices": 4}),
        )
    ),
    Bad("an order of nobody", "order", "E-NOT-FOUND", "", {"buyer_id": 10**6}),
    Bad("a listing of nobody", "listing", "E-NOT-FOUND", "", {"seller_id": 10**6}),
    Bad(
        "a listing of an inactive pool",
        "listing",
        "E-POOL-01",
        "pool_id",
        {},
        Given(inactive="west"),
    ),
    Bad(
        "a new ask in an inactive pool",
        "reprice",
        "E-POOL-01",
        "pool_id",
        {"devices": 4},
        Given(inactive="west"),
    ),
]
BAD = [*HALTS, *MEMBERS]
