"""A service of Ben's in a real cell, and the door to it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client

from accounts.actions import issue_credential
from delivery.actions import drive_job, look_at_services, submit_work
from delivery.adapters.connectors import connector_named
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.tickets import endpoint_address
from delivery.domain.jobs import JobRequest
from delivery.domain.serving import ServiceAsked
from delivery.models import Allocation, Job
from tests.api.delivery.door import open_door
from tests.cast import Player
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now

PORT = 8_080


@dataclass
class Scene:
    """A service of Ben's that is up, and the door to it."""

    world: World
    job: Job
    port: int

    @property
    def address(self) -> str:
        return endpoint_address(self.job.pk)

    def token(self, player: Player, *scopes: str) -> str:
        issued = issue_credential(
            member_id=player.id,
            name="robot",
            scopes=scopes or ("agreements",),
            by_person_id=player.person.pk,
            now=self.world.now,
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
        }
        return str(Client().post("/oauth/token/", form).json()["access_token"])

    def by_token(self, token: str, path: str = "/", job_id: int | None = None) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/{job_id or self.job.pk}{path}"
        return httpx.get(url, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def serving(
    name: str, command: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Scene]:
    """Serve by the command until the block ends; skipped where no cells can be made."""
    connector_named.cache_clear()
    site = connector_named("process")
    assert isinstance(site, ProcessConnector)
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells, so nothing is served on it")
    world = World()
    delivery = Delivery(world, devices=1, hours=1, pool=world.process_pool)
    Allocation.objects.filter(pk=delivery.id).update(gflops_per_device=1)
    delivery.begin()
    asked = JobRequest(
        "s",
        name,
        {"CPU": command},
        time_limit_s=0,
        service=ServiceAsked(PORT, "/", interval_s=2, timeout_s=2),
    )
    [job] = submit_work(member_id=world.cast.ben.id, asked=asked, now=delivery.start)
    for _ in range(200):
        drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
        look_at_services(now=delivery.start, wall=wall_now() + timedelta(hours=1))
        job = Job.objects.get(pk=job.pk)
        if job.service.health == "UP":
            break
        time.sleep(0.05)
    with open_door(monkeypatch) as port:
        settings.DOOR_URL = f"http://127.0.0.1:{port}"
        yield Scene(world, job, port)
    for external in site.inventory():
        site.release(external)
