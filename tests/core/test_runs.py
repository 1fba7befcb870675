"""Runs: what they record, who does them, stopping, and runs whose process died."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from core import liveness, runs, services
from core.enums import JobState, RunState
from core.models import Job, Run
from core.selectors import the_company, with_live_progress

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return runs.open_run(kind="test", label="Count the deals", params={"on": "2024-08-15"})


@pytest.fixture
def elsewhere() -> Iterator[object]:
    """Another process's database session."""
    with closing(connection.copy()) as session, session.cursor() as cursor:
        yield cursor


def test_a_run_keeps_what_it_did(run: Run) -> None:
    with runs.recording(run) as progress:
        progress.total(3)
        progress.advance(2, note="West")
        progress.count("deals", 5)
        progress.log("One deal has no owner.", level="warning")
        progress.result("5 deals counted.", output_hash="abc")
    kept = Run.objects.get(pk=run.pk)
    assert (kept.state, kept.units_done, kept.units_total) == (RunState.SUCCEEDED, 2, 3)
    assert (kept.counts, kept.result, kept.output_hash) == ({"deals": 5}, "5 deals counted.", "abc")
    assert [(line.level, line.message) for line in kept.log.all()] == [("warning", "One deal has no owner.")]
    assert kept.ended_at is not None


def test_progress_is_seen_while_the_transaction_is_open(run: Run) -> None:
    with runs.recording(run) as progress, transaction.atomic():
        progress.total(10)
        run.units_done = 0
        seen = with_live_progress(Run.objects.get(pk=run.pk))
        assert (seen.units_done, seen.units_total) == (0, 10)
    assert cache.get(runs.live_key(run.pk)) is None


@pytest.mark.parametrize(
    ("error", "kept"),
    [(runs.RunFailed("No file."), "No file."), (ValueError("odd"), "ValueError: odd")],
)
def test_a_failure_is_kept_and_raised(run: Run, error: Exception, kept: str) -> None:
    with pytest.raises(type(error)), runs.recording(run):
        raise error
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, kept)


def test_a_stop_is_seen_at_the_next_advance(run: Run) -> None:
    with pytest.raises(runs.RunStopped), runs.recording(run) as progress:
        runs.ask_to_stop(run=run)
        progress.total(5)
    run.refresh_from_db()
    assert run.state == RunState.STOPPED


def test_a_queued_run_is_stopped_at_once(run: Run) -> None:
    runs.ask_to_stop(run=run)
    run.refresh_from_db()
    assert run.state == RunState.STOPPED


def test_two_processes_never_do_the_same_run(run: Run, elsewhere) -> None:
    elsewhere.execute("SELECT pg_advisory_lock(%s, %s)", [liveness.KINDS["run"], run.pk])
    with pytest.raises(runs.RunBusy), runs.recording(run):
        pass
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def died(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, started_at=timezone.now())
    cache.set(runs.live_key(run.pk), {"done": 1, "total": 2, "note": "", "counts": {}})


def test_a_run_whose_process_died_is_closed_with_a_sentence(run: Run) -> None:
    died(run)
    assert runs.close_lost() == 1
    run.refresh_from_db()
    assert (run.state, run.ended_at is not None) == (RunState.FAILED, True)
    assert "ended in the middle" in run.error
    assert cache.get(runs.live_key(run.pk)) is None


def test_a_run_with_an_open_job_waits_for_the_next_worker(run: Run) -> None:
    died(run)
    Job.objects.create(name="tests.job", run=run, state=JobState.RUNNING)
    runs.close_lost()
    run.refresh_from_db()
    assert (run.state, run.ended_at) == (RunState.QUEUED, None)


def test_a_dead_run_that_was_asked_to_stop_is_stopped(run: Run) -> None:
    died(run)
    runs.ask_to_stop(run=run)
    runs.close_lost()
    run.refresh_from_db()
    assert run.state == RunState.STOPPED


def test_a_run_at_work_is_left_alone(run: Run, elsewhere) -> None:
    died(run)
    elsewhere.execute("SELECT pg_advisory_lock(%s, %s)", [liveness.KINDS["run"], run.pk])
    assert runs.close_lost() == 0


def test_a_night_is_asked_for_once_after_two_in_the_company_s_morning() -> None:
    company = the_company()
    company.time_zone = "America/New_York"
    company.save()
    for hour in (5, 6, 7):  # 01:00, 02:00 and 03:00 in New York
        services.start_due_nights(at=datetime(2024, 8, 15, hour, 30, tzinfo=UTC))
        asked = list(Job.objects.filter(name="core.nightly").values_list("kwargs", flat=True))
        assert asked == ([] if hour == 5 else [{"on": "2024-08-14"}])


def test_a_night_that_failed_is_left_to_its_job() -> None:
    at = datetime(2024, 8, 15, 9, tzinfo=UTC)
    services.start_due_nights(at=at)
    Job.objects.update(state=JobState.FAILED)
    Run.objects.create(kind="nightly", label="Night", params={"on": "2024-08-14"}, state=RunState.FAILED)
    services.start_due_nights(at=at)
    assert Job.objects.count() == 1


def test_the_night_removes_what_nobody_asks_for() -> None:
    at = datetime(2024, 8, 15, 9, tzinfo=UTC)
    for name, state, days in (("old", "done", 15), ("young", "done", 13), ("failed", "failed", 15)):
        Job.objects.create(name=name, state=state, finished_at=at - timedelta(days=days))
    Session.objects.create(session_key="over", expire_date=at - timedelta(seconds=1))
    Session.objects.create(session_key="on", expire_date=at + timedelta(days=1))
    wanted = {"jobs": 1, "sessions": 1, "sign_ins": 0, "notifications": 0, "answers": 0, "files": 0}
    assert services.tidy_up(at=at) == wanted
    assert set(Job.objects.values_list("name", flat=True)) == {"young", "failed"}
    assert services.tidy_up(at=at) == dict.fromkeys(wanted, 0)
