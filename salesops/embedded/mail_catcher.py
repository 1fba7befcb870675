"""The SMTP server of the one-machine shape: keeps every message as a file, delivers none.

python -m salesops.embedded.mail_catcher FOLDER PORT [HOST]
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

KEEP = 500
LARGEST_BYTES = 32 * 1024**2


class Keep:
    """Writes each message into the folder under a name that sorts by time; the oldest beyond KEEP go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        name = f"{time.time_ns()}-{uuid.uuid4().hex[:6]}"
        draft = self.folder / f"{name}.part"
        draft.write_bytes(envelope.content)
        draft.rename(self.folder / f"{name}.eml")
        for old in sorted(self.folder.glob("*.eml"))[:-KEEP]:
            old.unlink(missing_ok=True)
        return "250 Kept"


def catcher(folder: Path, port: int, host: str = "127.0.0.1") -> Controller:
    """A server to start() and stop(), in a thread of its own."""
    return Controller(Keep(folder), hostname=host, port=port, data_size_limit=LARGEST_BYTES)


def main(folder: str, port: str, host: str = "127.0.0.1") -> None:
    controller = catcher(Path(folder), int(port), host)
    controller.start()
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.run_until_complete(stop.wait())
    controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
