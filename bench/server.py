"""The PostgreSQL server that everything is measured on."""

from django.db import connection

from bench.machine import parent_of

SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers")


def version() -> str:
    """Return what stands beside the figures: the server and how careful it is."""
    values = []
    for name in SETTINGS:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            values.append(f"{name} {cursor.fetchone()[0]}")
    return "PostgreSQL " + ", ".join(values)


def postmaster() -> int:
    """Return the process from which all of PostgreSQL's processes come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return parent_of(cursor.fetchone()[0])
