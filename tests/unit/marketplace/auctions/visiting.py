"""Visitors of the auction's pages, and where the market's clock stands for them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from marketplace.models import Auction
from tests.cast import Player
from timetable.actions import step_to
from timetable.queries import wall_now

Visitor = Callable[[Player | None], Client]
ANSWERS = {
    "amount": "8",
    "unit": "DEVICES",
    "kind": "BLOCK",
    "hours": "2",
    "city": "",
    "limit": "5.00",
    "workload": "TRAINING",
}


def come(player: Player | None) -> Client:
    """Return somebody signed in for a player, or a stranger."""
    client = Client()
    if player is not None:
        client.force_login(player.person)
    return client


def at(moment: datetime) -> None:
    """Let the market's clock stand at a moment."""
    step_to(market_at=moment, reason="test", wall=wall_now())


def home(auction: Auction) -> str:
    return f"/auctions/{auction.code}/"


def text(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.content.decode())
