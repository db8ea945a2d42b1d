"""Load the national market, in the order in which the rooms need each other."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from accounts.actions import ensure_member, ensure_person
from accounts.queries import member_named
from config.seed.tables import table
from contracts.actions import accept_standard_terms, publish_standard_terms
from delivery.actions import load_tariffs
from exchange.posting import Line, Posting
from exchange.units import MICROS_PER_YUAN
from ledger.actions import open_member_accounts, post, seed_rates
from marketplace.actions import seed_trading_limits
from marketplace.actions.catalogue import (
    load_chips,
    load_links,
    load_places,
    load_round_trips,
    load_sites,
)
from oversight.actions import seed_registry
from timetable.actions import seed_gates

DEMO_PASSWORD = "gridhour-demo"  # noqa: S105 - printed by the demo, refused outside a sandbox
BUYERS_FUNDS_MICROS = 20_000_000 * MICROS_PER_YUAN
TARIFF_SOURCE = "illustrative: usual levels of large users by province and hour, own compilation"
TARIFFS_SINCE = timedelta(days=1)
Step = tuple[str, Callable[[], object]]


def seed_steps(now: datetime) -> Iterator[Step]:
    """Yield each step's name and what does it; every step may be run again."""
    yield "gates", lambda: seed_gates(now=now)
    yield "fees and taxes", lambda: seed_rates(now=now)
    yield "standard terms", lambda: publish_standard_terms(now=now)
    yield "members and people", lambda: _members(now)
    yield "places", lambda: load_places(zones=table("zones"), cities=table("cities"))
    yield "chips", lambda: load_chips(chips=table("chips"), prices=table("prices"), now=now)
    yield "sites and pools", lambda: _sites(now)
    yield "round-trip times and links", lambda: _network(now)
    yield "electricity tariffs", lambda: _tariffs(now)
    yield "trading limits", seed_trading_limits
    yield "buyers' funds", lambda: _funds(now)
    yield "registry and public statistics", lambda: seed_registry(now=now)


def _members(now: datetime) -> None:
    for row in table("members"):
        _member(row, str(row["capabilities"]).split("|"), str(row["owner"]), now)
    for row in table("sellers"):
        _member(row, ["SELLER"], str(row["code"]), now)
    for row in table("people"):
        person = ensure_person(
            email=str(row["email"]),
            password=DEMO_PASSWORD,
            full_name=str(row["full_name"]),
            language=str(row["language"]),
            member_code=str(row["member"]),
            role=str(row["role"]),
            now=now,
        )
        member = member_named(str(row["member"]))
        accept_standard_terms(member_id=member.pk, person_id=person.pk, now=now)


def _member(
    row: dict[str, str | int | None], capabilities: list[str], owner: str, now: datetime
) -> None:
    member = ensure_member(
        code=str(row["code"]),
        name=str(row["name"]),
        name_zh=str(row["name_zh"]),
        capabilities=capabilities,
        beneficial_owner=owner,
        now=now,
    )
    open_member_accounts(member_id=member.pk, now=now)
    accept_standard_terms(member_id=member.pk, person_id=None, now=now)


def _sites(now: datetime) -> None:
    owners = {str(row["code"]): member_named(str(row["code"])).pk for row in table("sellers")}
    load_sites(sites=table("sites"), pools=table("pools"), owner_ids=owners, now=now)


def _tariffs(now: datetime) -> None:
    """Load time-of-use tariffs by province: levels from knowledge, illustrative, and marked so."""
    hours = {
        str(row["province"]): [int(row[f"h{hour:02}"] or 0) for hour in range(24)]
        for row in table("tariffs")
    }
    load_tariffs(fen_per_mwh=hours, source=TARIFF_SOURCE, effective_from=now - TARIFFS_SINCE)


def _network(now: datetime) -> None:
    load_round_trips(now=now)
    carriers = [member_named(f"carrier-{index:02d}").pk for index in (1, 2, 3)]
    load_links(carrier_ids=carriers, connector="simulated")


def _funds(now: datetime) -> None:
    """Book an opening bank transfer for each buyer; sandbox money, posted once."""
    for row in table("members"):
        if "BUYER" not in str(row["capabilities"]):
            continue
        member_id = member_named(str(row["code"])).pk
        post(
            posting=Posting(
                key=f"seed-funds:{row['code']}",
                lines=(
                    Line("bank:transfer", -BUYERS_FUNDS_MICROS),
                    Line(f"trading:{member_id}", BUYERS_FUNDS_MICROS),
                ),
            ),
            kind="BANK_TRANSFER",
            now=now,
        )
