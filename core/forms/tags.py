"""Forms of tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Tone
from core.forms.versions import Form
from core.models import Tag


class TagForm(Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Changes on every record that has the tag."))
    tone = forms.ChoiceField(label=_("Colour"), required=False, choices=Tone.choices)


class MergeForm(Form):
    into = forms.ModelChoiceField(Tag.objects.none(), label=_("Merge into"))

    def __init__(self, *args: Any, others: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]  # -- a model choice field
