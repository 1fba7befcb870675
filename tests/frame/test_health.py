"""/healthz, /readyz and /metrics: what they need, what they tell, and to whom."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from core.models import Job
from salesops import health
from salesops.celery import HEARTBEAT_KEY, app
from tests.small_company import SmallCompany


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", [])


def test_alive_needs_nothing(client: Client) -> None:
    """No database: pytest refuses one without the mark."""
    assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.django_db
def test_ready_with_a_worker(client: Client) -> None:
    cache.set(HEARTBEAT_KEY, 1.0)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = {"database": "ok", "broker": "ok", "migrations": "ok", "worker": "ok"}
    assert answer.json() == {"status": "ready"} | parts


@pytest.mark.django_db
def test_not_ready_without_a_worker(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "failed: no heartbeat"


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    cache.set(HEARTBEAT_KEY, 1.0)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "failed: 1 to apply")


@pytest.mark.django_db
def test_not_ready_without_a_broker(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of failure is told, not its text, which may hold addresses."""
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {"default": nowhere}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() | {"migrations": ""} == {
        "status": "not ready",
        "database": "ok",
        "broker": "failed: ConnectionError",
        "migrations": "",
        "worker": "failed: ConnectionError",
    }


@pytest.mark.django_db
def test_metrics_count_requests_and_work(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/healthz")
    client.get("/no/such/page")
    Job.objects.create(name="tests.waits")
    with django_assert_num_queries(2):
        text = client.get("/metrics").content.decode()
    assert 'salesops_requests_total{status="200",view="healthz"}' in text
    assert 'salesops_jobs{state="waiting"} 1.0' in text
    assert "salesops_runs_running 0.0" in text
    assert "salesops_workers_alive 0.0" in text


def test_metrics_tell_names_of_views_only(company: SmallCompany, signed_in: Any, client: Client) -> None:
    deal = company.deal("Secret deal", account=company.account("Secret customer"))
    signed_in(company.rep).get(f"{deal.get_absolute_url()}?q=secret")
    text = client.get("/metrics").content.decode()
    assert 'view="pipeline:deal"' in text
    for word in ("Secret", "secret", "example.com", deal.get_absolute_url()):
        assert word not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("production", "token", "given", "status"),
    [
        (False, "", "", 200),
        (False, "let-me-in", "", 404),
        (False, "let-me-in", "Bearer let-me-in", 200),
        (True, "", "", 404),
        (True, "", "Bearer ", 404),
        (True, "let-me-in", "Bearer wrong", 404),
        (True, "let-me-in", "Bearer let-me-in", 200),
    ],
)
def test_metrics_are_for_who_has_the_token(
    client: Client, settings: Any, production: bool, token: str, given: str, status: int
) -> None:
    settings.PRODUCTION, settings.METRICS_TOKEN = production, token
    assert client.get("/metrics", headers={"Authorization": given}).status_code == status


@pytest.mark.django_db
def test_metrics_without_a_broker_still_count_requests(client: Client, settings: Any) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {"default": nowhere}
    text = client.get("/metrics").content.decode()
    assert "salesops_requests_total" in text
    assert "salesops_jobs{" not in text


def test_the_tick_is_asked_for_each_minute_and_expires() -> None:
    [(_name, entry)] = app.conf.beat_schedule.items()
    assert entry["task"] in app.tasks
    assert entry["schedule"] == 60
    assert entry["options"]["expires"] < 60


def test_counts_of_several_processes_are_added_up(tmp_path: Path) -> None:
    """Each process that serves counts for itself; any of them answers for all."""
    answer = (
        "from salesops.health import REQUESTS, counts, generate_latest\n"
        "REQUESTS.labels('reporting:today', 200).inc({})\n"
        "found = generate_latest(counts()).decode()\n"
        "print([line for line in found.splitlines() if line.startswith('salesops_requests_total')])\n"
    )
    told = []
    for number in (2, 3):
        script = f"import django; django.setup()\n{answer.format(number)}"
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        told.append(done.stdout.strip())
    assert told[1] == """['salesops_requests_total{status="200",view="reporting:today"} 5.0']"""
