"""Where this installation keeps its data, its sockets and its secret; and which services it brings itself."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import stat
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MAIL_PORT = 2525


class UnsafeFolder(RuntimeError):
    """A folder that somebody else may write to stands where our sockets belong."""


def data_folder() -> Path:
    """SALESOPS_HOME, else var/ of the checkout."""
    return Path(os.environ.get("SALESOPS_HOME") or CHECKOUT / "var").resolve()


def socket_folder() -> Path:
    """A short private folder for sockets (a socket's path must stay under 104 characters), the same for one home."""
    digest = hashlib.sha256(str(data_folder()).encode()).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()) / f"salesops-{os.getuid()}-{digest}"
    return folder if len(str(folder)) < 80 else Path("/tmp") / folder.name


def upload_folder() -> Path:
    """Where uploads stand while they come in. Made at once: Django asks for it when it starts."""
    folder = data_folder() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def brings_postgres() -> bool:
    return not os.environ.get("DATABASE_URL")


def brings_valkey() -> bool:
    return not os.environ.get("REDIS_URL")


def make_folders() -> None:
    """Data and socket folders, private to this user. Raises UnsafeFolder when the latter isn't ours."""
    data_folder().mkdir(parents=True, exist_ok=True)
    folder = socket_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    owners = {os.getuid()} | ({pwd.getpwnam("nobody").pw_uid} if os.getuid() == 0 else set())  # see postgres.py
    if not stat.S_ISDIR(state.st_mode) or state.st_uid not in owners or stat.S_IMODE(state.st_mode) & 0o077:
        raise UnsafeFolder(
            f"{folder} exists and isn't private to you. Remove it, or set SALESOPS_HOME to another folder."
        )


def secret_key(*, required_from_environment: bool = False) -> str:
    """The secret of this home, made once: of several processes that start together one wins."""
    if required_from_environment:
        raise RuntimeError("Set SECRET_KEY: in production every web process needs the same secret.")
    path = data_folder() / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def mail_port() -> int:
    """Where the mail catcher of the running instance listens, so that commands beside it find it too."""
    with contextlib.suppress(OSError, ValueError):
        return int(_mail_port_file().read_text())
    return MAIL_PORT


def note_mail_port(port: int) -> None:
    _mail_port_file().write_text(str(port))


def _mail_port_file() -> Path:
    return data_folder() / "mail.port"
