"""Is it alive, is it ready, and how is it doing: /healthz, /readyz, /metrics."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from core.selectors import open_jobs, running_runs
from salesops.celery import HEARTBEAT_KEY

REQUESTS = Counter("salesops_requests_total", "Requests answered, by view and status", ["view", "status"])
SECONDS = Histogram("salesops_request_seconds", "Time to answer a request, by view", ["view"])
OPEN_JOBS = Gauge("salesops_jobs_open", "Jobs waiting or running")
RUNNING_RUNS = Gauge("salesops_runs_running", "Runs at work")


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
    return JsonResponse({"status": "ready" if ready else "not ready", **answers}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    OPEN_JOBS.set(open_jobs().count())
    RUNNING_RUNS.set(running_runs().count())
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


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
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not missing else f"failed: {len(missing)} to apply"


def _worker() -> str:
    return "ok" if cache.get(HEARTBEAT_KEY) else "failed: no heartbeat"
