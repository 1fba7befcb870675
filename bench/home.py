"""A home of its own for a bench that works in this process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_home(**told: str) -> Iterator[Path]:
    """The embedded services on an empty home that goes afterwards, and Django set up on it. told: its environment."""
    home = Path(tempfile.mkdtemp(prefix="so-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {"SALESOPS_HOME": str(home)} | told
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")
    from salesops.embedded import lease

    try:
        lease.take()
        import django

        django.setup()
        yield home
    finally:
        lease.release()
        shutil.rmtree(home, ignore_errors=True)
