"""Where people go: their first page, and the last period that has deals."""

from __future__ import annotations

from django.urls import reverse

from core import registry
from core.kernel.access import SignedIn
from core.kernel.periods import Period
from pipeline.selectors.spans import first_and_last_day
from reporting.selectors.questions import Asked

STARTS = ("reporting:today", "reporting:dashboard")


def first_page_of(user: SignedIn) -> str:
    """The address of the first entry of a person's side bar besides the start pages; "" where there is none."""
    seen = [entry for entry in registry.navigation if entry.may_see(user) and entry.url_name not in STARTS]
    shown = [entry for entry in seen if entry.group != "settings"]
    return reverse(shown[0].url_name) if shown else ""


def latest_period(asked: Asked) -> Period | None:
    """The last quarter in which a deal closed or is expected to, when it isn't the asked one."""
    _first, last = first_and_last_day()
    quarter = None if last is None else asked.calendar.quarter_of(last)
    return None if quarter is None or quarter.key == asked.period.key else quarter
