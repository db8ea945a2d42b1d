"""What the room does."""

from billing.actions.attempts import note_failure, note_success
from billing.actions.damages import collect_damages
from billing.actions.settlements import settle_usage

__all__ = ["collect_damages", "note_failure", "note_success", "settle_usage"]
