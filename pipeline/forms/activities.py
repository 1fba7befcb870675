from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, Form, ModelForm, with_current
from people.models import Person
from pipeline.enums import ActivityKind
from pipeline.kernel.activity_line import LONGEST_MINUTES
from pipeline.models import Activity


class ActivityForm(ModelForm):
    """One line and one key: what happened. A due day belongs to tasks."""

    class Meta:
        model = Activity
        fields = ("kind", "title", "due_on", "body")
        labels = {"kind": _("Kind"), "title": _("What happened, or what is to do"), "due_on": _("Due, for a task")}
        widgets = {"body": forms.Textarea(attrs={"rows": 2})}
        error_messages = {"title": {"required": _("Say in one line what happened.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = ActivityKind.choices  # type: ignore[attr-defined]  # -- a choice field
        self.fields["kind"].initial = self.initial["kind"] = ActivityKind.NOTE
        self.fields["title"].widget.attrs["autocomplete"] = "off"


class LineForm(Form):
    """The one line of a record's page, and a kind chosen beside it ("" = by the first word)."""

    line = forms.CharField(
        max_length=1000, label=_("Log in one line"), error_messages={"required": _("Say in one line what happened.")}
    )
    kind = forms.ChoiceField(choices=[("", _("By the first word")), *ActivityKind.choices], required=False)


class ActivityEditForm(Form):
    """Change an activity. When and how long belong to what happened, the due day to a task."""

    kind = forms.ChoiceField(label=_("Kind"))
    title = forms.CharField(label=_("What"), max_length=255)
    happened_on = forms.DateField(label=_("When"), widget=DateInput)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=LONGEST_MINUTES, required=False)
    due_on = forms.DateField(label=_("Due"), widget=DateInput, required=False)
    owner = forms.ModelChoiceField(Person.objects.none(), label=_("By"))
    body = forms.CharField(
        label=_("Notes"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4, "wrap": "full"})
    )

    def __init__(self, *args: Any, activity: Activity, people: Any, zone: ZoneInfo, today: date, **kwargs: Any) -> None:
        happened = activity.happened_at.astimezone(zone).date() if activity.happened_at else None
        start = {"happened_on": happened} | {
            name: getattr(activity, name) for name in ("kind", "title", "minutes", "due_on", "body")
        }
        super().__init__(*args, initial=start | {"owner": activity.owner_id}, **kwargs)
        self.activity, self.zone, self.today = activity, zone, today
        self.fields["owner"].queryset = with_current(people, activity.owner_id)  # type: ignore[attr-defined]  # -- a model choice field
        is_task = activity.kind == ActivityKind.TASK
        others = [(key, label) for key, label in ActivityKind.choices if key != ActivityKind.TASK]
        self.fields["kind"].choices = others  # type: ignore[attr-defined]  # -- a choice field
        for name in ("kind", "happened_on", "minutes") if is_task else ("due_on",):
            del self.fields[name]
        if is_task:
            self.fields["owner"].label = _("Whose task")
        self.style()

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come: set a task for it."))
        if day.year < 1990:
            raise forms.ValidationError(_("Choose a day from 1990 on."))
        return day

    @property
    def values(self) -> dict[str, Any]:
        """What changed, as the service takes it. The time of the day stays."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if "happened_on" in changed:
            before = self.activity.happened_at
            clock = before.astimezone(self.zone).time() if before else time(12)
            changed["happened_at"] = datetime.combine(changed.pop("happened_on"), clock, self.zone)
        return changed


class DueForm(Form):
    due_on = forms.DateField(required=False)
