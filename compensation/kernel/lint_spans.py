"""What is doubtful about when a plan begins: spans that it enters in the middle."""

from __future__ import annotations

from collections.abc import Iterator

from compensation.kernel import plan as p
from compensation.kernel.lint import NOTE, Finding
from core.kernel.formats import day
from core.kernel.periods import FiscalCalendar


def span_findings(plan: p.Plan) -> Iterator[Finding]:
    """A plan, or a new version of one, that begins inside a year or quarter that a measure adds up over."""
    if plan.counts_from is not None:
        return
    calendar, begins = FiscalCalendar(start_month=plan.year_starts), plan.valid_from
    starts = {"year": calendar.year_of(begins).start, "quarter": calendar.quarter_of(begins).start}
    for key, measure in plan.measures.items():
        start = starts.get(measure.over, begins)
        if start < begins:
            span = f"It adds up a {measure.over} but begins on {day(begins)}: earlier credits of it don't count."
            said = f"{span} Set “counts_from” to {day(start)} where they should, without being paid again."
            yield Finding(NOTE, "mid_span", f"measures.{key}", said)
