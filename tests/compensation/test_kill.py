"""Two workers, killed by turns while they calculate a run, at any moment: the ledger is the same.

FULL_ROUND=1: twenty rounds of a run of 200,000 credits.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.frame.conftest import home as home
from tests.frame.test_worker import Company, wait_until
from tests.spreading import FULL_ROUND

ROUNDS = 20 if FULL_ROUND else 1
CREDITS, PEOPLE = (200_000, 600) if FULL_ROUND else (6_000, 60)
KILLS = 4 if FULL_ROUND else 3  # a job is given up when five workers died of it; a kill may hit the one that waits
SECONDS = 600 if FULL_ROUND else 60
MORE = 8  # rounds in which every kill may come too late, on a machine that others keep busy
LINES = """SELECT md5(string_agg(t::text, ' ' ORDER BY t)), count(*) FROM (
  SELECT (payee_id, component_id, credit_id, stage, earned_in, amount_minor, reached_minor) AS t
  FROM {table} WHERE run_id = {run}) x"""


@pytest.fixture
def company(db: None, home: Path) -> Iterator[Company]:
    name = f"pay_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    with databases.copy(name) as url:
        made = Company(url, home)
        with closing(made.connection):
            yield made
            for worker in made.workers:
                _kill(worker)


def _do(company: Company, what: str) -> None:
    company.python(f"from tests.compensation import killed\nkilled.{what}", seconds=SECONDS)


def _kill(worker: Any) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _run(company: Company) -> tuple[int, str, str, str]:
    """The newest pay run: its number, its state, and the state and hash of its record."""
    return company.ask(
        "SELECT p.id, p.state, r.state, r.output_hash FROM compensation_payrun p JOIN core_run r ON r.id = p.run_id"
        " ORDER BY p.id DESC LIMIT 1"
    )[0]


def _seconds(company: Company) -> float:
    """How long the calculation took that nobody disturbed."""
    took = "SELECT extract(epoch FROM ended_at - started_at) FROM core_run WHERE kind = 'compensation.pay_run'"
    return float(company.ask(f"{took} ORDER BY id LIMIT 1")[0][0])


def _until(is_so: Callable[[], bool]) -> None:
    """As wait_until, at once: a tenth of a second would be half of the calculation."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it didn't come about in time"
        time.sleep(0.005)


def _attempts(company: Company) -> int:
    return company.ask(
        "SELECT attempts FROM core_job WHERE name = 'compensation.calculate_run' ORDER BY id DESC LIMIT 1"
    )[0][0]


def test_killed_at_any_moment_the_ledger_is_the_same(company: Company, capfd: Any) -> None:
    chance = random.Random(os.environ.get("SEED", "7"))
    _do(company, f"set_up(credits={CREDITS}, people={PEOPLE})")
    first, _state, _record, wanted = _run(company)
    lines = company.ask(LINES.format(table="compensation_runline", run=first))[0]
    assert wanted and lines[1] > CREDITS
    killed = rounds = 0
    while rounds < ROUNDS or not killed:
        assert rounds < ROUNDS + MORE, "no worker was killed while it calculated"
        killed, rounds = killed + _round(company, chance, wanted, lines), rounds + 1
    last = _run(company)[0]
    _do(company, "post_it()")
    assert company.ask(LINES.format(table="compensation_ledgerentry", run=last))[0] == lines
    assert company.ask("SELECT count(*), sum(amount_minor) FROM compensation_ledgerentry")[0] == (lines[1], 0)
    with capfd.disabled():
        print(f"\n{rounds} rounds, {killed} workers killed at work, {lines[1]:,} lines each time the same")  # noqa: T201 -- told by a full round


def _round(company: Company, chance: random.Random, wanted: str, lines: Any) -> int:
    """A run with two workers, one of which is killed now and then; gives how often that was the one at work."""
    _do(company, "start()")
    workers = [company.start_worker(), company.start_worker()]
    _until(lambda: _attempts(company) > 0 or _run(company)[1] == "calculated")
    for _number in range(KILLS):
        time.sleep(chance.uniform(0, _seconds(company)))
        _kill(workers.pop(0))
        workers.append(company.start_worker())
    wait_until(lambda: _run(company)[1] == "calculated" and _run(company)[2] == "succeeded", SECONDS)
    for worker in workers:
        _kill(worker)
    number, _state, _record, found = _run(company)
    assert found == wanted
    assert company.ask(LINES.format(table="compensation_runline", run=number))[0] == lines
    return _attempts(company) - 1
