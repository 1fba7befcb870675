from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm
from people.models import Team
from quotas.enums import HolderKind
from quotas.models import Target


class TargetForm(ModelForm):
    team = forms.ModelChoiceField(
        Team.objects.all(), label=_("Region or team"), required=False, help_text=_("Blank: the whole company.")
    )

    class Meta:
        model = Target
        fields = ("measure", "period", "amount", "currency")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        team = data.get("team")
        self.instance.holder_kind = HolderKind.TEAM if team else HolderKind.COMPANY
        self.instance.holder_id = team.pk if team else 0
        return data
