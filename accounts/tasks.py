from __future__ import annotations

from datetime import date, timedelta

from accounts.services import take_over
from core.jobs import job


@job("accounts.take_over")
def take_over_accounts(*, on: str) -> None:
    take_over(on=date.fromisoformat(on) + timedelta(days=1))  # the night belongs to the day that ended
