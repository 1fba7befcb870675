from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm
from pipeline.enums import ActivityKind
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
