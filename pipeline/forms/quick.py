"""The few fields of a deal that change from day to day, for a thumb: large, with days to tap."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _now

from core.forms import MoneyField, VersionedForm, check_money, with_current
from core.kernel.periods import FiscalCalendar
from pipeline.enums import Status
from pipeline.forms.deals import despite_field
from pipeline.models import Opportunity, Stage


def days_to_tap(on: date, calendar: FiscalCalendar) -> str:
    """Days offered beside a date, as JSON pairs of words and day: today, in a week, ends of month and quarter."""
    days = [
        (_now("Today"), on),
        (_now("+1 week"), on + timedelta(weeks=1)),
        (_now("End of month"), calendar.month_of(on).last_day),
        (_now("End of quarter"), calendar.quarter_of(on).last_day),
    ]
    return json.dumps([(words, day.isoformat()) for words, day in days])


class QuickForm(VersionedForm):
    """Stage, amount, close date and next step. Losing a deal asks for a reason and has a page of its own."""

    amount = MoneyField()

    class Meta:
        model = Opportunity
        fields = ("stage", "amount", "expected_close_on", "next_step", "next_step_due_on")

    def __init__(self, *args: Any, today: date, calendar: FiscalCalendar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deal, days = self.instance, days_to_tap(today, calendar)
        offered = Stage.objects.filter(is_active=True, process=deal.process_id).exclude(status=Status.LOST)
        self.fields["stage"].queryset = with_current(offered, deal.stage_id)  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["stage"].empty_label = None  # type: ignore[attr-defined]  # -- the same
        self.fields["amount"].currency = str(deal.currency_id)  # type: ignore[attr-defined]  # -- a MoneyField
        self.fields["amount"].label = _now("Amount (%(currency)s)") % {"currency": deal.currency_id}
        self.fields["next_step"].widget.attrs["enterkeyhint"] = "done"
        for name in ("expected_close_on", "next_step_due_on"):
            self.fields[name].widget.attrs["data-days"] = days
        if not deal.is_open:
            del self.fields["expected_close_on"]
        if "despite" in self.data:
            self.ask_why()

    def ask_why(self) -> None:
        """Exit criteria aren't met: ask for the reason to move on all the same."""
        self.fields["despite"] = despite_field()

    @property
    def changed_names(self) -> list[str]:
        return [name for name in super().changed_names if name != "despite"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(self.instance.currency_id), names=("amount",))
        return data
