"""What many deals are changed to: one field at a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.forms import Form
from core.kernel import formats
from pipeline.enums import Category, Status
from pipeline.forms.deals import OPEN_CATEGORIES, despite_field, owner_field
from pipeline.models import LossReason, Stage
from pipeline.services import Change

WHAT = (
    ("owner", _("Owner")),
    ("stage", _("Stage")),
    ("close", _("Expected close date")),
    ("category", _("Forecast category")),
    ("step", _("Next step")),
    ("archive", _("Archive")),
)
# The fields that each choice asks for.
ASKS: dict[str, tuple[str, ...]] = {
    "owner": ("owner",),
    "stage": ("stage", "closed_on", "loss_reason", "despite"),
    "close": ("close_on",),
    "category": ("category",),
    "step": ("next_step", "next_step_due_on"),
    "archive": (),
}


class BulkForm(Form):
    """Choose what to change and to what. Only the fields of the choice are asked for."""

    what = forms.ChoiceField(label=_("Change"), choices=WHAT, widget=forms.HiddenInput)
    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("New stage"), empty_label=None)
    closed_on = forms.DateField(label=_("Closed on, for won and lost"), required=False)
    loss_reason = forms.ModelChoiceField(
        LossReason.objects.filter(is_active=True), label=_("Why they were lost, for lost"), required=False
    )
    close_on = forms.DateField(label=_("New expected close date"))
    category = forms.ChoiceField(label=_("New forecast category"), choices=OPEN_CATEGORIES)
    next_step = forms.CharField(label=_("Next step"), max_length=255)
    next_step_due_on = forms.DateField(label=_("Next step due"), required=False)

    def __init__(self, *args: Any, what: str, owners: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["owner"] = owner_field(owners, label=_("New owner"))
        self.fields["despite"] = despite_field()
        stages = Stage.objects.filter(is_active=True).select_related("process")
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]  # -- a model choice field
        for name in set(self.fields) - {"what", *ASKS.get(what, ())}:
            del self.fields[name]
        self.initial["what"] = what
        self.style()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        stage, closed = data.get("stage"), data.get("closed_on")
        if closed and closed > self.today:
            self.add_error("closed_on", _("A deal can't be closed on a day to come."))
        if closed and stage and stage.status == Status.OPEN:
            self.add_error("closed_on", _("Leave this empty: the stage is open."))
        if stage and stage.status == Status.LOST and not data.get("loss_reason"):
            self.add_error("loss_reason", _("Choose why the deals were lost."))
        return data

    def change(self, *, at: datetime) -> Change:
        """The change that was asked for, with its label in the past tense of a history."""
        data, what = self.cleaned_data, self.cleaned_data["what"]
        columns: dict[str, Any] = {
            "owner": lambda: {"owner_id": data["owner"].pk},
            "stage": lambda: _of_stage(data),
            "close": lambda: {"expected_close_on": data["close_on"]},
            "category": lambda: {"category": data["category"]},
            "step": lambda: {"next_step": data["next_step"], "next_step_due_on": data["next_step_due_on"]},
            "archive": lambda: {"archived_at": at},
        }[what]()
        return Change(what, columns, self._label(what), data.get("despite", ""))

    def _label(self, what: str) -> str:
        data = self.cleaned_data
        words = {
            "owner": lambda: _now("Owner to %(value)s") % {"value": data["owner"]},
            "stage": lambda: _now("Stage to %(value)s") % {"value": data["stage"]},
            "close": lambda: _now("Close date to %(value)s") % {"value": formats.day(data["close_on"])},
            "category": lambda: _now("Forecast to %(value)s") % {"value": Category(data["category"]).label},
            "step": lambda: _now("Next step “%(value)s”") % {"value": data["next_step"]},
            "archive": lambda: _now("Archived"),
        }
        return str(words[what]())[:200]


def _of_stage(data: dict[str, Any]) -> dict[str, Any]:
    """The columns of a move; a day and a reason only where they were given."""
    columns = {"stage_id": data["stage"].pk}
    if data.get("closed_on"):
        columns["closed_on"] = data["closed_on"]
    if data.get("loss_reason") and data["stage"].status == Status.LOST:
        columns["loss_reason_id"] = data["loss_reason"].pk
    return columns
