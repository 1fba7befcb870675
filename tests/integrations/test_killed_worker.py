"""A process that is killed in the middle of an import leaves nothing; doing it again leaves nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests import databases

ROOT = Path(__file__).parents[2]
ROWS = 30_000


@pytest.mark.django_db
def test_killed_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Deal ID,Deal name,Amount\n" + "".join(f"D{n},Deal {n},{n}\n" for n in range(ROWS)))
    with databases.copy("salesops_killed") as url:
        import_it = [sys.executable, "manage.py", "import_records", "opportunities", str(path)]
        environment = os.environ | {"DATABASE_URL": url}
        victim = subprocess.Popen(import_it, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        with closing(psycopg2.connect(url)) as watching:
            watching.autocommit = True
            _wait_until(watching, victim, "SELECT 1 FROM core_run WHERE kind = 'import' AND state = 'running'")
            time.sleep(0.5)
            victim.send_signal(signal.SIGKILL)
            assert victim.wait() == -signal.SIGKILL
            assert _one(watching, "SELECT count(*) FROM pipeline_opportunity") == 0
            assert _one(watching, "SELECT count(*) FROM integrations_importedrecord") == 0
            subprocess.run(import_it, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            assert _one(watching, "SELECT count(*) FROM pipeline_opportunity") == ROWS
            assert _one(watching, "SELECT count(DISTINCT record_id) FROM integrations_importedrecord") == ROWS
            assert _one(watching, "SELECT count(*) FROM integrations_importedrecord") == ROWS


def _wait_until(watching: Any, process: subprocess.Popen[bytes], sql: str) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the import ended before it could be killed"
        if _one(watching, f"SELECT count(*) FROM ({sql}) found"):
            return
        time.sleep(0.05)
    raise AssertionError("the import never began")


def _one(watching: Any, sql: str) -> int:
    with watching.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
