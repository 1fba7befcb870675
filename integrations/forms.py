from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import registry
from core.forms import Form


class UploadForm(Form):
    kind = forms.ChoiceField(label=_("What is in the file"))
    file = forms.FileField(label=_("File"), help_text=_("CSV or Excel, also zipped; at most 1 GB."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.key, k.spec.label) for k in registry.import_kinds]  # type: ignore[attr-defined]  # -- a choice field


class DecisionForm(Form):
    action = forms.ChoiceField(choices=[("use", "use"), ("create", "create"), ("blank", "blank")])
    target = forms.CharField(max_length=500, required=False)
