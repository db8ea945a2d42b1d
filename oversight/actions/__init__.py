"""What the room does."""

from oversight.actions.assessing import NoRuleInForce, assess_all, assess_one
from oversight.actions.importing import (
    ImportReport,
    import_licences,
    import_projects,
    preview_import,
)
from oversight.actions.interventions import (
    approve_intervention,
    emergency_halt,
    expire_intervention,
    propose_intervention,
    withdraw_intervention,
)
from oversight.actions.seeding import seed_registry

__all__ = [
    "ImportReport",
    "NoRuleInForce",
    "approve_intervention",
    "assess_all",
    "assess_one",
    "emergency_halt",
    "expire_intervention",
    "import_licences",
    "import_projects",
    "preview_import",
    "propose_intervention",
    "seed_registry",
    "withdraw_intervention",
]
