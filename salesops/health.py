"""Is it alive, is it ready, and how is it doing: /healthz, /readyz, /metrics."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import RedisError

from core.selectors import job_counts, running_runs
from salesops.celery import HEARTBEAT_KEY

# Where several processes serve, each keeps its counts in a file of this folder, and any of them adds them up.
SHARED_COUNTS = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if SHARED_COUNTS:
    Path(SHARED_COUNTS).mkdir(parents=True, exist_ok=True)
disable_created_metrics()
REQUESTS = Counter("salesops_requests_total", "Requests answered, by view and status", ["view", "status"])
SECONDS = Histogram(
    "salesops_request_seconds",
    "Time to answer a request, by view",
    ["view"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_migrated: list[bool] = []


class Work(Collector):
    """Jobs and runs as they stand when Prometheus asks: one small query each, nothing kept in the process."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # registering must not ask the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            jobs, runs, beats = job_counts(), running_runs().count(), _beats()
        except (DatabaseError, RedisError):  # the counts of requests are worth having all the same
            return
        family = GaugeMetricFamily("salesops_jobs", "Jobs that aren't done, by state", labels=["state"])
        for state, count in jobs.items():
            family.add_metric([state], count)
        yield family
        yield GaugeMetricFamily("salesops_runs_running", "Runs at work", value=runs)
        yield GaugeMetricFamily("salesops_workers_alive", "1 while a worker gives its heartbeat", value=int(beats))


def counts() -> CollectorRegistry:
    """What /metrics shows: the requests of all processes, and the work there is."""
    if not SHARED_COUNTS:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)
    shared.register(Work())
    return shared


REGISTRY.register(Work())


class MetricsMiddleware:
    """Counts and times every request under the name of its view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "none"
        REQUESTS.labels(view, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - started)
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker, migrations and a worker are there; else 503 and what is missing."""
    checks = {"database": _database, "broker": _broker, "migrations": _migrations, "worker": _worker}
    answers = {name: _ask(check) for name, check in checks.items()}
    ready = all(answer == "ok" for answer in answers.values())
    response = JsonResponse({"status": "ready" if ready else "not ready", **answers}, status=200 if ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # -- Django's mark: "not ready" is an answer, no failure
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Names of views, counts and times; no records. In production only for who brings METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    if (wanted or settings.PRODUCTION) and not (wanted and hmac.compare_digest(given.encode(), wanted.encode())):
        return HttpResponseNotFound()
    return HttpResponse(generate_latest(counts()), content_type=CONTENT_TYPE_LATEST)


def _ask(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with a part, the answer is "not ready" and its name
        return f"failed: {type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    cache.set("readyz", 1, 5)
    return "ok" if cache.get("readyz") == 1 else "failed: no answer"


def _migrations() -> str:
    """Asked until all are applied; a process never sees new ones, so then the answer stays."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return f"failed: {len(missing)} to apply"
        _migrated.append(True)
    return "ok"


def _worker() -> str:
    return "ok" if _beats() else "failed: no heartbeat"


def _beats() -> bool:
    return cache.get(HEARTBEAT_KEY) is not None
