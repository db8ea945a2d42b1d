"""Open auctions ahead of their gates."""

from dataclasses import asdict
from datetime import datetime

from ledger.queries import rates_at
from marketplace.domain.auctions.gates import gates_ahead
from marketplace.models import Auction
from timetable.queries import day_ahead_gate

PRICE_MOST_MICROS = 50_000_000


def open_auctions(now: datetime) -> int:
    """Open every auction whose time has come, once; return how many are new."""
    new = 0
    for gates in gates_ahead(now, day_ahead_gate(now)):
        _, created = Auction.objects.get_or_create(
            kind=gates.kind,
            starts_at=gates.starts_at,
            defaults={
                **asdict(gates),
                "vat_bp": rates_at(now).vat_bp,
                "price_most_micros": PRICE_MOST_MICROS,
            },
        )
        new += created
    return new
