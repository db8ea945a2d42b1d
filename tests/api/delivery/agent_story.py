"""A site's agent as tests tell it: it enrols, proves its key, takes work and reports."""

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from delivery.domain.site_agent import credential_message, enrolment_message
from delivery.models import Allocation
from marketplace.models import Pool
from tests.cast import Player
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def agent_pool(world: World, code: str = "qy-1-agent") -> Pool:
    """Sixteen slots in the west that only the site's agent can hand over.

    A GFLOPS each is what any machine of tests gives, whatever else it does.
    """
    slot = world._chip("slot", "cpu", "CPU", 4, gflops=1)
    return world._pool(code, world.west_site, slot, 16, connector="agent", per_node=1)


def code_for(world: World, site: str = "qy-1") -> str:
    answer = caller(world.cast.ada).post(
        "/api/v1/site-agents/codes/", {"site": site}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return str(answer.json()["code"])


class Agent:
    """Speaks the protocol by hand, so that tests can speak it wrongly too."""

    def __init__(self, seed: bytes = b"a" * 32) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.key.public_key().public_bytes_raw().hex()
        self.client = Client()
        self.name = self.token = ""
        self.fence = 0

    def call(self, door: str, **body: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.post(
            f"/api/v1/agent/{door}/", body, content_type="application/json", headers=headers
        )

    def sign(self, message: bytes) -> str:
        return self.key.sign(message).hex()

    def enrol(self, code: str, /, **other: Any) -> Any:
        proof = self.sign(enrolment_message(code, self.public))
        body = {"code": code, "public_key": self.public, "signature": proof} | other
        answer = self.call("enrolments", **body)
        if answer.status_code == 201:
            self.name = answer.json()["agent"]
            self.token = answer.json()["credential"]["token"]
        return answer

    def challenge(self) -> str:
        return str(self.call("challenges", agent=self.name).json()["challenge"])

    def prove(self, challenge: str | None = None, /, **other: Any) -> Any:
        challenge = challenge or self.challenge()
        proof = self.sign(credential_message(self.name, challenge))
        body = {"agent": self.name, "challenge": challenge, "signature": proof} | other
        return self.call("credentials", **body)

    def begin(self, **other: Any) -> Any:
        answer = self.call("sessions", **({"protocol": 1, "version": "test"} | other))
        if answer.status_code == 201:
            self.fence = answer.json()["fence"]
        return answer

    def beat(self, *standing: str, sent_at: datetime | None = None, **other: Any) -> Any:
        body: dict[str, Any] = {
            "fence": self.fence,
            "sent_at": (sent_at or wall_now()).isoformat(),
            "backlog_readings": 0,
            "spool_bytes": 0,
            "dropped_readings": 0,
            "handovers": [{"handover": name, "healthy": True} for name in standing],
            "jobs": [],
        }
        return self.call("heartbeats", **(body | other))

    def lease(self, limit: int = 10) -> list[dict[str, Any]]:
        answer = self.call("leases", fence=self.fence, limit=limit)
        assert answer.status_code == 200, answer.content
        return list(answer.json()["commands"])

    def report(self, command: dict[str, Any], outcome: str = "DONE", **more: Any) -> Any:
        body = {"fence": self.fence, "outcome": outcome}
        body |= {"command": command["command"], "lease": command["lease"]}
        return self.call("results", **(body | more))

    def do(self, **found: Any) -> list[str]:
        """Do all that waits, as a well-behaved site; return the kinds."""
        commands = self.lease()
        for command in commands:
            more: dict[str, Any] = {}
            if command["kind"] == "ACCEPT":
                facts = command["facts"]
                measured = {
                    "devices_found": facts["devices"],
                    "gflops_per_device": facts["gflops_per_device"],
                    "evidence": {"method": "test"},
                }
                more = {"measured": measured | found}
            assert self.report(command, **more).status_code == 200
        return [command["kind"] for command in commands]


def joined(world: World, seed: bytes = b"a" * 32) -> Agent:
    """An agent of the western site, in session."""
    agent = Agent(seed)
    assert agent.enrol(code_for(world)).status_code == 201
    assert agent.begin().status_code == 201
    return agent


def handed_over(world: World, agent: Agent, *, devices: int = 4, hours: int = 2) -> Delivery:
    """A delivery that the agent has made and tested."""
    delivery = Delivery(world, devices=devices, hours=hours, pool=agent_pool(world))
    states = []
    for _ in range(3):
        states.append(delivery.hand_over().state)
        agent.do()
    assert states[-1] == "ACCEPTED" or delivery.hand_over().state == "ACCEPTED", states
    return delivery


def reload(row: Allocation) -> Allocation:
    return Allocation.objects.get(pk=row.pk)
