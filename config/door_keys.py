"""Who may come in at a service's door: its buyer's API tokens, and who has a ticket for it."""

import socket
from dataclasses import dataclass

from django.db import close_old_connections

from accounts.api.authentication import look_up
from accounts.api.believed import believed
from counter.acting import Acting
from delivery.adapters.connector import ConnectorFailed, HasDoors
from delivery.adapters.connectors import connector_named
from delivery.adapters.tickets import ENDPOINT, opens
from delivery.queries import Endpoint, endpoint_of

SCOPE = "agreements"
MOST_HEADER_CHARACTERS = 4_096


@dataclass(frozen=True)
class Found:
    """A service that the caller may reach."""

    endpoint: Endpoint

    def enter(self) -> socket.socket:
        """Connect to the service; ConnectorFailed when nobody is behind its door."""
        site = connector_named(self.endpoint.connector)
        if not isinstance(site, HasDoors):
            msg = "this connector has no doors"
            raise ConnectorFailed(msg)
        return site.enter(self.endpoint.view, self.endpoint.external_id)


def found_for(job_id: int, ticket: str, bearer: str) -> Found | None:
    """Return the service for its ticket or for a token of its buyer's; None for anybody else.

    Whether there is no such service or it is another's is not told.
    """
    close_old_connections()
    try:
        if ticket and not opens(ticket, job_id, ENDPOINT):
            return None
        acting = None if ticket else _acting(bearer)
        if not ticket and acting is None:
            return None
        endpoint = endpoint_of(job_id)
        if endpoint is None or (acting is not None and acting.member_id != endpoint.member_id):
            return None
        return Found(endpoint)
    finally:
        close_old_connections()


def _acting(bearer: str) -> Acting | None:
    """Return for whom a token acts, if it may read what its member holds."""
    if not bearer.startswith("Bearer ") or len(bearer) > MOST_HEADER_CHARACTERS:
        return None
    bare = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "HTTP_AUTHORIZATION": bearer,
    }
    acting = believed(bearer) or look_up(bare)
    allowed = acting is not None and acting.admitted and SCOPE in acting.scopes
    return acting if allowed else None
