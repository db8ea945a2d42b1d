"""Slurm's REST door (slurmrestd, v0.0.38): nodes, jobs, what is reserved, usage of jobs."""

from dataclasses import dataclass
from typing import Any

import httpx

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.tokens import Tokens

SLURM = "/slurm/v0.0.38"
SLURMDB = "/slurmdb/v0.0.38"
LIMIT_S = 15
INVALID_JOB = 2017
EMPTY = 9003

Body = dict[str, Any]


class RestRefused(ConnectorFailed):
    """slurmrestd answered that it will not; `number` is Slurm's own error number."""

    def __init__(self, message: str, number: int) -> None:
        """Keep the number, by which callers tell what is harmless."""
        super().__init__(message)
        self.number = number


@dataclass(frozen=True)
class Rest:
    """Calls as the operator, or as a job user. Every failure is a ConnectorFailed."""

    options: SlurmOptions
    tokens: Tokens
    client: httpx.Client

    def get(self, path: str, **query: str) -> Body:
        """Return the answer to a question of the operator."""
        return self._call("GET", path, self.options.operator, params=query)

    def rows(self, name: str, path: str, **query: str) -> list[Body]:
        """Return the rows of an answer; none where Slurm calls an empty answer an error."""
        try:
            found: list[Body] = self.get(path, **query)[name]
        except RestRefused as refusal:
            if refusal.number != EMPTY:
                raise
            return []
        return found

    def submit(self, user: str, body: Body) -> int:
        """Hand a job in as its user; return its number."""
        answer = self._call("POST", f"{SLURM}/job/submit", user, json=body)
        return int(answer["job_id"])

    def cancel(self, job_id: int) -> None:
        """Cancel a job as the operator; nothing happens when Slurm has forgotten it."""
        try:
            self._call("DELETE", f"{SLURM}/job/{job_id}", self.options.operator)
        except RestRefused as refusal:
            if refusal.number != INVALID_JOB:
                raise

    def _call(self, method: str, path: str, user: str, **more: Any) -> Body:
        headers = {"X-SLURM-USER-NAME": user, "X-SLURM-USER-TOKEN": self.tokens.of(user)}
        try:
            answer = self.client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as failure:
            msg = f"slurmrestd does not answer: {type(failure).__name__}"
            raise ConnectorFailed(msg) from failure
        return _body(answer)


def _body(answer: httpx.Response) -> Body:
    """Return the answer's content. A refused token is an empty 500 in this version."""
    try:
        body = answer.json()
    except ValueError as failure:
        text = answer.text.strip()[:80] or "empty; is the token refused, or the clock off?"
        msg = f"slurmrestd answered {answer.status_code}: {text}"
        raise ConnectorFailed(msg) from failure
    if not isinstance(body, dict):
        msg = f"slurmrestd answered {answer.status_code} with something else than an object"
        raise ConnectorFailed(msg)
    for error in body.get("errors") or ():
        words = error.get("description") or error.get("error") or "no reason given"
        raise RestRefused(f"slurmrestd: {words}", int(error.get("error_number", -1)))
    if answer.status_code >= 400:
        msg = f"slurmrestd answered {answer.status_code}"
        raise ConnectorFailed(msg)
    return body


def open_rest(options: SlurmOptions, tokens: Tokens) -> Rest:
    """Return the door, with the centre's own certificate authority where it has one."""
    client = httpx.Client(
        base_url=options.url,
        timeout=LIMIT_S,
        verify=options.ca_file or True,
        trust_env=False,
        follow_redirects=False,
    )
    return Rest(options, tokens, client)
