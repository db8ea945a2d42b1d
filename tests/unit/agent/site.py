"""A site as the agent's tests tell it: an agent in a folder, and the reference platform."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gridhour_agent.agent import Agent
from gridhour_agent.client import Doors, Session
from gridhour_agent.conformance.reference import Reference, serving
from gridhour_agent.connector import connector_named
from gridhour_agent.identity import Key
from gridhour_agent.market_time import wall_now
from gridhour_agent.spool import MAX_BYTES, Spool


@dataclass
class Hours:
    """A clock that tests move."""

    shift: timedelta = timedelta(0)

    def now(self) -> datetime:
        return wall_now() + self.shift


@dataclass
class Site:
    """One agent that serves from a folder."""

    state: Path
    agent: Agent
    spool: Spool
    key: Key
    hours: Hours

    def turns(self, count: int = 1) -> None:
        for _ in range(count):
            self.agent.turn()


def site_at(
    url: str,
    state: Path,
    code: str = "",
    connector: str = "simulated",
    max_bytes: int = MAX_BYTES,
    name: str = "",
) -> Site:
    """An agent of the platform at `url`; it joins first where it has a code."""
    state.mkdir(exist_ok=True)
    key, hours = Key.kept_in(state), Hours()
    if code:
        name, _site, _token = Doors(url).enrol(key, code)
    spool = Spool(state / "spool.sqlite", max_bytes)
    session = Session(Doors(url), key, name)
    agent = Agent(session, connector_named(connector, state), spool, key, hours.now)
    return Site(state, agent, spool, key, hours)


@contextmanager
def platform(reference: Reference | None = None) -> Iterator[tuple[str, Reference]]:
    """The reference platform, served."""
    reference = reference or Reference()
    with serving(reference) as url:
        yield url, reference
