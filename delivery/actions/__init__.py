"""What the room does."""

from delivery.actions.allocations import fail_allocation, plan_allocation, start_due

__all__ = ["fail_allocation", "plan_allocation", "start_due"]
