"""What the room does."""

from oversight.actions.assessing import NoRuleInForce, assess_all, assess_one
from oversight.actions.seeding import seed_registry

__all__ = ["NoRuleInForce", "assess_all", "assess_one", "seed_registry"]
