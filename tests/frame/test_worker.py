"""A real worker takes jobs from a real broker, is killed in the middle, and another one finishes its job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from salesops.embedded import home as homes
from tests import databases
from tests.frame.conftest import ROOT, environment
from tests.frame.slow_jobs import ROWS

CELERY = [str(Path(sys.executable).parent / "celery"), "--quiet", "-A", "salesops"]
WORKER = [*CELERY, "worker", "-c", "1", "-I", "tests.frame.slow_jobs", "--without-gossip", "--without-mingle"]


class Company:
    """A database of its own, workers on it, and what one can see from outside."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = environment(folder, DATABASE_URL=url, REDIS_URL=self._broker(), PYTHONPATH=str(ROOT))
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True
        self.ask("CREATE TABLE slow_rows (half int, number int)")
        self._have_had_the_night()
        self.workers: list[subprocess.Popen[bytes]] = []

    def _have_had_the_night(self) -> None:
        """Else the first tick starts one, which takes the worker's time from what is tested."""
        key = f"night:{datetime.now(UTC).date() - timedelta(days=1)}"
        self.ask(
            f"INSERT INTO core_job (name, kwargs, state, dedupe_key, attempts, error) VALUES"
            f" ('core.nightly', '{{}}', 'done', '{key}', 1, '')"
        )

    def _broker(self) -> str:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        return f"unix://{homes.socket_folder()}/valkey.sock?db={8 + int(worker) % 8}"

    def ask(self, sql: str) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def python(self, code: str, seconds: float = 60) -> None:
        command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        settings = self.environment | {"DJANGO_SETTINGS_MODULE": "salesops.settings"}
        subprocess.run(command, cwd=ROOT, env=settings, check=True, timeout=seconds)

    def start_worker(self) -> subprocess.Popen[bytes]:
        self.workers.append(subprocess.Popen(WORKER, cwd=ROOT, env=self.environment, start_new_session=True))
        return self.workers[-1]

    def enqueue(self, seconds: float) -> None:
        self.python(
            "import tests.frame.slow_jobs\n"
            "from core import jobs, runs\n"
            "run = runs.open_run(kind='test', label='Slow')\n"
            f"jobs.enqueue('tests.slow', run=run, run_id=run.pk, seconds={seconds})\n"
        )

    def job(self) -> tuple[str, int]:
        return self.ask("SELECT state, attempts FROM core_job WHERE name = 'tests.slow'")[0]

    def run(self) -> tuple[str, Any]:
        return self.ask("SELECT state, counts FROM core_run WHERE kind = 'test'")[0]

    def rows(self) -> tuple[int, int]:
        return self.ask("SELECT count(*), count(DISTINCT (half, number)) FROM slow_rows")[0]


@pytest.fixture
def with_workers(db: None, home: Path) -> Iterator[Company]:
    name = f"worker_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    with databases.copy(name) as url:
        company = Company(url, home)
        with closing(company.connection):
            yield company
            for worker in company.workers:
                if worker.poll() is None:
                    os.killpg(worker.pid, signal.SIGKILL)
                    worker.wait()


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it didn't come about in time"
        time.sleep(0.1)


def test_a_worker_killed_in_the_middle(with_workers: Company) -> None:
    """Worker and pool die in the second half. A new worker takes the job over at once: no row twice, one run."""
    first = with_workers.start_worker()
    with_workers.enqueue(seconds=6)
    wait_until(lambda: with_workers.rows()[0] == ROWS // 2)
    assert with_workers.run()[0] == "running"
    pool = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    killed_at = time.monotonic()
    psutil.wait_procs(pool, timeout=10)
    assert not any(process.is_running() for process in pool)
    with_workers.start_worker()
    wait_until(lambda: with_workers.job()[0] == "done")
    assert time.monotonic() - killed_at < 60
    assert with_workers.job() == ("done", 2)
    assert with_workers.run() == ("succeeded", {"rows": ROWS})
    assert with_workers.rows() == (ROWS, ROWS)


def test_a_pool_process_killed_in_the_middle(with_workers: Company) -> None:
    """As the kernel does when memory runs out: the worker lives on and takes its job again."""
    worker = with_workers.start_worker()
    with_workers.enqueue(seconds=3)
    wait_until(lambda: with_workers.rows()[0] == ROWS // 2)
    [child] = psutil.Process(worker.pid).children()
    child.kill()
    wait_until(lambda: with_workers.job()[0] == "done")
    assert with_workers.job() == ("done", 2)
    assert with_workers.run() == ("succeeded", {"rows": ROWS})
    assert with_workers.rows() == (ROWS, ROWS)


def test_a_job_delivered_twice_at_once_is_done_once(with_workers: Company) -> None:
    with_workers.enqueue(seconds=1.5)
    with_workers.python(
        "from core import jobs, models\n[jobs.send(models.Job.objects.get(name='tests.slow').pk) for _ in range(3)]"
    )
    with_workers.start_worker()
    with_workers.start_worker()
    wait_until(lambda: with_workers.job()[0] == "done")
    time.sleep(1)
    assert with_workers.job() == ("done", 1)
    assert with_workers.rows() == (ROWS, ROWS)
