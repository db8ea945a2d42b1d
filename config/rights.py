"""What each database role may do. The owner of the schema grants; nobody else changes it."""

from collections.abc import Iterable

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

APP_ROLE = "gridhour_app"
READER_ROLE = "gridhour_reader"

# Rows of these tables are written once: the application's role may neither change nor delete
# them. A room adds its tables here; a table that does not exist yet is passed over.
APPEND_ONLY_TABLES = (
    "timetable_clockrow",
    "timetable_gaterule",
    "accounts_deed",
    "accounts_sealeddeed",
    "accounts_seal",
    "accounts_dailyhead",
    "ledger_entry",
    "ledger_entryline",
    "ledger_checkpoint",
    "ledger_hold",
    "contracts_agreementversion",
    "contracts_signature",
    "contracts_standardterms",
    "contracts_termsacceptance",
    "billing_settlement",
    "billing_damagespayment",
    "billing_invoice",
    "billing_invoiceline",
    "delivery_acceptancetest",
    "delivery_allocationevent",
    "delivery_joblog",
    "delivery_reading",
    "delivery_readingbatch",
    "delivery_sealedusage",
    "delivery_pathmeasurement",
    "delivery_linkevent",
    "delivery_linktest",
    "delivery_linkreading",
    "delivery_sealedlinkhour",
)


def grant_rights(alias: str = "owner") -> list[str]:
    """Grant both roles their rights on every table; return what was done, for the operator.

    Idempotent. A role that does not exist is passed over and named.
    """
    connection = connections[alias]
    report = []
    for role, rights in ((APP_ROLE, "SELECT, INSERT, UPDATE, DELETE"), (READER_ROLE, "SELECT")):
        if not _role_exists(connection, role):
            report.append(f"{role}: no such role, nothing granted")
            continue
        _grant(connection, role, rights)
        report.append(f"{role}: {rights}")
    if _role_exists(connection, APP_ROLE):
        kept = _make_append_only(connection, connection.introspection.table_names())
        report.append(f"append-only: {', '.join(kept)}")
    return report


def _grant(connection: BaseDatabaseWrapper, role: str, rights: str) -> None:
    sequences = "SELECT" if rights == "SELECT" else "USAGE, SELECT"
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT {sequences} ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {sequences} ON SEQUENCES TO {role}",
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _make_append_only(connection: BaseDatabaseWrapper, present: Iterable[str]) -> list[str]:
    kept = sorted(set(APPEND_ONLY_TABLES) & set(present))
    with connection.cursor() as cursor:
        for table in kept:
            cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP_ROLE}')
    return kept


def _role_exists(connection: BaseDatabaseWrapper, role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None
