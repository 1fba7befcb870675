from __future__ import annotations

from compensation import services
from core.jobs import job


@job("compensation.calculate_run")
def calculate_run(pay_run_id: int) -> None:
    services.calculate_run(pay_run_id=pay_run_id)


@job("compensation.replay_version")
def replay_version(version_id: int, run_id: int) -> None:
    services.replay_version(version_id=version_id, run_id=run_id)
