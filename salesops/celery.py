"""The Celery app: one task that works jobs (core.run_job), one tick a minute, a heartbeat for /readyz."""

from __future__ import annotations

import logging.config
import os
import threading
import time
import warnings
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")

HEARTBEAT_KEY = "worker:heartbeat"
HEARTBEAT_SECONDS = 5
TICK_SECONDS = 60.0

app = Celery("salesops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A tick that waited until the next one is due has nothing left to do: it expires.
app.conf.beat_schedule = {
    "tick": {"task": "core.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS - 5}}
}
# In a container everything runs as root of its own; tasks are sent as JSON, so nothing is unpickled.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")


@setup_logging.connect
def one_format(**_: Any) -> None:
    """Celery leaves logging alone: worker and beat write the lines that settings.LOGGING describes."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_ready.connect
def start_heartbeat(**_: Any) -> None:
    """The worker lives; whatever an earlier one left in the middle is looked for at once."""
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()
    app.send_task("core.tick", expires=TICK_SECONDS - 5)


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A pool process doesn't outlive a worker that was killed: its job is taken by another one meanwhile."""
    from salesops.embedded import processes

    processes.end_with(os.getppid())


def _beat() -> None:
    from django.core.cache import cache

    while True:
        try:
            cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_SECONDS * 6)
        except Exception:  # noqa: BLE001 -- whatever keeps the mark from being set, the next one is tried
            logging.getLogger(__name__).warning("heartbeat: the broker is away")
        time.sleep(HEARTBEAT_SECONDS)
