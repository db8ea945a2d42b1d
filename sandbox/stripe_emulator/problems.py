"""Refusals in Stripe's own form."""

from typing import Any


class StripeProblem(Exception):
    """An error body with its HTTP status."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}

    @property
    def is_validation(self) -> bool:
        """Tell whether nothing was executed: such answers are not kept under the key."""
        return self.status in {400, 401, 404, 405}


def invalid(message: str, *, param: str = "", code: str = "") -> StripeProblem:
    """A request that makes no sense."""
    more = {name: value for name, value in (("param", param), ("code", code)) if value}
    return StripeProblem(400, "invalid_request_error", message, **more)


def missing(kind: str, name: str) -> StripeProblem:
    """Nothing by that id."""
    return StripeProblem(
        404,
        "invalid_request_error",
        f"No such {kind}: '{name}'",
        code="resource_missing",
        param="id",
    )
