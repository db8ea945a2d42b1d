"""A market with room for a storm: many buyers, large pools, sellers that list all the time."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.actions import issue_credential
from tests.cast import NOON, YUAN, Player, Role, enter
from tests.world import World
from timetable.actions import set_clock
from timetable.queries import wall_now

BUYERS, TOKENS = 8, 2
FUNDS_MICROS = 50_000_000 * YUAN
DEVICES = 1_000_000


def set_stage(file: Path, seed: int) -> None:
    """Make the market and write for the clients who may trade what."""
    set_clock(market_at=NOON, factor=1, reason="storm", wall=wall_now())
    world = World()
    seller, pools = world.cast.ada, (world.west_pool, world.east_pool)
    for pool in pools:
        pool.devices = DEVICES
        pool.save()
    buyers = [enter(Role(f"b{index}", "BUYER", FUNDS_MICROS)) for index in range(BUYERS)]
    told: dict[str, Any] = {
        "buyers": [buyer.id for buyer in buyers],
        "tokens": {str(player.id): _token(player) for player in (*buyers[:TOKENS], seller)},
        "seller": seller.id,
        "pools": [pool.pk for pool in pools],
        "pool_codes": {str(pool.pk): pool.code for pool in pools},
        "seed": seed,
        "first_hour": world.hour(24).isoformat(),
    }
    file.write_text(json.dumps(told))


def _token(player: Player) -> str:
    issued = issue_credential(
        member_id=player.id,
        name="storm",
        scopes=["orders"],
        by_person_id=player.person.pk,
        now=NOON,
    )
    sent = {
        "grant_type": "client_credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    return str(Client(HTTP_HOST=host).post("/oauth/token/", sent).json()["access_token"])
