from __future__ import annotations

from django.utils import timezone

from core.jobs import job
from core.selectors import company_day
from orders import services


@job("orders.nightly")
def follow_days(*, on: str) -> None:
    """The night of `on`: what the day that has begun since brings to quotes and contracts."""
    today = company_day(timezone.now())
    services.expire_quotes(on=today)
    services.end_contracts(on=today)
    services.open_renewals(on=today)
