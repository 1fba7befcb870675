from __future__ import annotations

from datetime import date

from compensation import services
from core.jobs import job


@job("compensation.calculate_run")
def calculate_run(pay_run_id: int, run_id: int | None = None) -> None:
    services.calculate_run(pay_run_id=pay_run_id, run_id=run_id)


@job("compensation.compare_run")
def compare_run(pay_run_id: int, run_id: int) -> None:
    services.do_compare(pay_run_id=pay_run_id, run_id=run_id)


@job("compensation.verify_run")
def verify_run(pay_run_id: int, run_id: int) -> None:
    services.do_verify(pay_run_id=pay_run_id, run_id=run_id)


@job("compensation.nightly")
def nightly(*, on: str) -> None:
    services.watch_pay(on=date.fromisoformat(on))


@job("compensation.replay_version")
def replay_version(version_id: int, run_id: int) -> None:
    services.replay_version(version_id=version_id, run_id=run_id)


@job("compensation.simulate_version")
def simulate_version(simulation_id: int, run_id: int) -> None:
    services.simulate_version(simulation_id=simulation_id, run_id=run_id)


@job("compensation.account_month")
def account_month(month_id: int, run_id: int) -> None:
    services.account_month(month_id=month_id, run_id=run_id)
