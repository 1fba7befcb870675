"""The Celery app: one task that works jobs (core.run_job), one tick a minute, a heartbeat for /readyz."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings")

HEARTBEAT_KEY = "worker:heartbeat"
HEARTBEAT_SECONDS = 5

app = Celery("salesops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"tick": {"task": "core.tick", "schedule": 60.0}}


@worker_ready.connect
def start_heartbeat(**_: Any) -> None:
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()


def _beat() -> None:
    from django.core.cache import cache

    while True:
        try:
            cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_SECONDS * 6)
        except OSError:
            app.log.get_default_logger().warning("heartbeat: the broker is away")
        time.sleep(HEARTBEAT_SECONDS)
