"""Jobs: asked for in a transaction, done once, tried again, given up; whose worker died is taken over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import jobs, liveness
from core.enums import JobState, RunState
from core.models import Job, Run
from core.runs import RunFailed, RunStopped, open_run

Task = Callable[..., None]
done: list[int] = []


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[Task], str]:
    """Registers a function as a job for the length of a test."""

    def register(function: Task) -> str:
        monkeypatch.setitem(jobs.registered, "tests.job", function)
        return "tests.job"

    done.clear()
    return register


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the jobs handed to the broker; nothing takes them."""
    ids: list[int] = []
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda kwargs, retry: ids.append(kwargs["job_id"]))
    return ids


def note(number: int) -> None:
    done.append(number)


def fail(error: Exception) -> Task:
    def task(**_: Any) -> None:
        raise error

    return task


@pytest.mark.django_db
def test_a_job_is_sent_when_its_transaction_commits(
    named: Callable[[Task], str], sent: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        row = jobs.enqueue(named(note), number=7)
        assert sent == []
    assert row is not None
    assert sent == [row.pk]
    row.refresh_from_db()
    assert row.sent_at is not None


@pytest.mark.django_db
def test_a_job_of_a_rolled_back_transaction_never_was(named: Callable[[Task], str], sent: list[int]) -> None:
    name = named(note)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue(name, number=1)
        raise ZeroDivisionError
    assert not Job.objects.exists()
    assert sent == []


@pytest.mark.django_db
def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(jobs.UnknownJob):
        jobs.enqueue("tests.nobody")


@pytest.mark.django_db
def test_a_second_delivery_does_nothing(named: Callable[[Task], str]) -> None:
    row = jobs.enqueue(named(note), number=1)
    assert row is not None
    jobs.run_job(job_id=row.pk)
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    assert (done, row.state, row.attempts) == ([1], JobState.DONE, 1)


@pytest.mark.django_db
def test_one_job_waits_for_a_key(named: Callable[[Task], str]) -> None:
    name = named(note)
    first = jobs.enqueue(name, dedupe_key="night:1", number=1)
    assert first is not None
    assert jobs.enqueue(name, dedupe_key="night:1", number=2) is None
    assert jobs.enqueue(name, dedupe_key="night:2", number=3) is not None
    jobs.run_job(job_id=first.pk)
    assert jobs.enqueue(name, dedupe_key="night:1", number=4) is not None


@pytest.mark.django_db
def test_a_failure_waits_longer_each_time_and_is_given_up(named: Callable[[Task], str]) -> None:
    row = jobs.enqueue(named(fail(OSError("the disk is full"))))
    assert row is not None
    waits = []
    for _ in range(jobs.MAX_ATTEMPTS - 1):
        before = timezone.now()
        jobs.run_job(job_id=row.pk)
        row.refresh_from_db()
        assert row.state == JobState.WAITING
        assert "the disk is full" in row.error
        waits.append(row.not_before - before)
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(seconds=60)
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (JobState.FAILED, jobs.MAX_ATTEMPTS)


@pytest.mark.django_db
def test_a_final_failure_ends_the_run_with_its_sentence(named: Callable[[Task], str]) -> None:
    run = open_run(kind="test", label="Test")
    row = jobs.enqueue(named(fail(RunFailed("The file is empty. Nothing was kept."))), run=run)
    assert row is not None
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    run.refresh_from_db()
    assert (row.state, row.attempts) == (JobState.FAILED, 1)
    assert (run.state, run.error) == (RunState.FAILED, "The file is empty. Nothing was kept.")


@pytest.mark.django_db
def test_a_stop_is_no_failure(named: Callable[[Task], str]) -> None:
    row = jobs.enqueue(named(fail(RunStopped())))
    assert row is not None
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    assert row.state == JobState.DONE


@pytest.mark.django_db
def test_the_same_work_waits_once_after_a_failure(named: Callable[[Task], str]) -> None:
    """While the first is at work a second one may be asked for; failing, the first leaves the work to it."""

    def ask_again_and_fail() -> None:
        jobs.enqueue("tests.job", dedupe_key="key")
        raise OSError

    first = jobs.enqueue(named(ask_again_and_fail), dedupe_key="key")
    assert first is not None
    jobs.run_job(job_id=first.pk)
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == [JobState.FAILED, JobState.WAITING]


@pytest.mark.django_db
def test_the_sweep_sends_what_nobody_took(named: Callable[[Task], str], sent: list[int]) -> None:
    name, now = named(note), timezone.now()
    rows = [jobs.enqueue(name, number=number) for number in range(4)]
    fresh, stale, later, over = [row.pk for row in rows if row]
    Job.objects.filter(pk=fresh).update(sent_at=now)
    Job.objects.filter(pk=stale).update(sent_at=now - 2 * jobs.RESEND_AFTER)
    Job.objects.filter(pk=later).update(not_before=now + timedelta(minutes=5))
    Job.objects.filter(pk=over).update(state=JobState.DONE)
    assert jobs.sweep() == 1
    assert sent == [stale]


@pytest.mark.django_db
def test_a_broker_that_is_away_costs_nothing(named: Callable[[Task], str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(jobs.run_job, "apply_async", refuse)
    row = jobs.enqueue(named(note), number=1)
    assert row is not None
    jobs.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.sent_at) == (JobState.WAITING, None)


@pytest.fixture
def another_worker() -> Iterator[Callable[[int], None]]:
    """another_worker(job id) bears the mark of a job from a session of its own, as a living worker does."""
    with closing(connection.copy()) as session:

        def bear(job_id: int) -> None:
            with session.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [liveness.KINDS["job"], job_id])

        yield bear


@pytest.mark.django_db
def test_a_job_at_work_is_left_alone(
    named: Callable[[Task], str], sent: list[int], another_worker: Callable[[int], None]
) -> None:
    row = jobs.enqueue(named(note), number=1)
    assert row is not None
    Job.objects.filter(pk=row.pk).update(state=JobState.RUNNING, attempts=1, claimed_at=timezone.now())
    another_worker(row.pk)
    assert jobs.sweep() == 0
    jobs.run_job(job_id=row.pk)
    assert done == []


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_taken_over(named: Callable[[Task], str], sent: list[int]) -> None:
    row = jobs.enqueue(named(note), number=1)
    assert row is not None
    Job.objects.filter(pk=row.pk).update(state=JobState.RUNNING, attempts=1, claimed_at=timezone.now())
    assert jobs.sweep() == 1
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    assert (done, row.state, row.attempts) == ([1], JobState.DONE, 2)


@pytest.mark.django_db
def test_a_job_that_kills_its_workers_is_given_up(named: Callable[[Task], str]) -> None:
    run = open_run(kind="test", label="Test")
    row = jobs.enqueue(named(note), run=run, number=1)
    assert row is not None
    Job.objects.filter(pk=row.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    jobs.run_job(job_id=row.pk)
    row.refresh_from_db()
    run.refresh_from_db()
    assert (done, row.state, run.state) == ([], JobState.FAILED, RunState.FAILED)


@pytest.mark.django_db
def test_a_mark_lasts_as_long_as_the_work() -> None:
    with liveness.at_work("job", 5) as is_mine, liveness.at_work("run", 5) as is_mine_too:
        assert is_mine
        assert is_mine_too
        assert liveness.is_at_work("job", 5)
        assert not liveness.is_at_work("job", 6)
        assert _asked_in_a_thread("job", 5) is False
    assert not liveness.is_at_work("job", 5)
    assert not liveness.is_at_work("run", 5)


def _asked_in_a_thread(kind: str, key: int) -> bool:
    answers: list[bool] = []

    def ask() -> None:
        with liveness.at_work(kind, key) as is_mine:
            answers.append(is_mine)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers[0]


@pytest.mark.django_db
def test_runs_and_jobs_count(django_assert_num_queries: Any) -> None:
    from core.selectors import job_counts

    Job.objects.create(name="a", state=JobState.DONE)
    Job.objects.create(name="b", state=JobState.FAILED)
    Job.objects.create(name="c")
    with django_assert_num_queries(1):
        assert job_counts() == {"waiting": 1, "running": 0, "failed": 1}
    assert not Run.objects.exists()
