"""Where this installation keeps its data, its sockets and its secret."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


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


def make_folders() -> None:
    """Data and socket folders, private to this user. Raises UnsafeFolder when the latter isn't ours."""
    data_folder().mkdir(parents=True, exist_ok=True)
    folder = socket_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise UnsafeFolder(
            f"{folder} exists and isn't private to you. Remove it, or set SALESOPS_HOME to another folder."
        )


def secret_key(*, required_from_environment: bool = False) -> str:
    """The secret of this home, made once."""
    if required_from_environment:
        raise RuntimeError("Set SECRET_KEY: in production every web process needs the same secret.")
    path = data_folder() / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()
