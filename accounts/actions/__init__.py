"""What the room does."""

from accounts.actions.deeds import record_deed

__all__ = ["record_deed"]
