"""What the room does."""

from accounts.actions.appointing import appoint_member
from accounts.actions.credentials import (
    IssuedCredential,
    issue_credential,
    known_scopes,
    note_use,
    revoke_credential,
)
from accounts.actions.deeds import DeedsOfATurn, record_deed
from accounts.actions.joining import (
    choose_settling,
    send_application,
    settle_people,
    show_licence,
)
from accounts.actions.members import (
    admit_member,
    apply_for_membership,
    refuse_member,
    restore_member,
    suspend_member,
)
from accounts.actions.people import add_person, change_role, revoke_person
from accounts.actions.sealing import SealReport, seal_deeds
from accounts.actions.seed import ensure_member, ensure_person

__all__ = [
    "DeedsOfATurn",
    "IssuedCredential",
    "SealReport",
    "add_person",
    "admit_member",
    "apply_for_membership",
    "appoint_member",
    "change_role",
    "choose_settling",
    "ensure_member",
    "ensure_person",
    "issue_credential",
    "known_scopes",
    "note_use",
    "record_deed",
    "refuse_member",
    "restore_member",
    "revoke_credential",
    "revoke_person",
    "seal_deeds",
    "send_application",
    "settle_people",
    "show_licence",
    "suspend_member",
]
