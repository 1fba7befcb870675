"""The SMTP server of the one-machine shape: keeps every message as a file, delivers none."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

KEEP = 500


class Keep:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        name = f"{time.time_ns()}-{uuid.uuid4().hex[:6]}.eml"
        (self.folder / name).write_bytes(envelope.content)
        for old in sorted(self.folder.glob("*.eml"))[:-KEEP]:
            old.unlink(missing_ok=True)
        return "250 Kept"


def main() -> None:
    keep = Keep(Path(os.environ["SALESOPS_MAILBOX"]))
    controller = Controller(keep, hostname="127.0.0.1", port=int(os.environ["EMAIL_PORT"]))
    controller.start()
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.run_until_complete(stop.wait())
    controller.stop()


if __name__ == "__main__":
    main()
