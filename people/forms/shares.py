from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import Form, RecordField
from core.kernel.effective import day_after
from people.models import Person, User
from people.selectors import colleagues


class ShareForm(Form):
    person = RecordField(
        Person.objects.none(),
        address=reverse_lazy("people:colleague_options"),
        prefix="PER",
        noun=_("person"),
        label=_("Share with"),
    )
    since = forms.DateField(label=_("From"))
    until = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Empty: until somebody stops it.")
    )  # fmt: skip
    may_edit = forms.BooleanField(label=_("May change it, not only look at it"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=255, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = colleagues(today)  # type: ignore[attr-defined]  # -- a record field

    @property
    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        span = {"valid_from": given["since"], "valid_to": day_after(given["until"])}
        return span | {name: given[name] for name in ("person", "may_edit", "reason")}


class AbsenceForm(Form):
    """Who is away (only admins choose), who decides instead, and the days."""

    from_user = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Who is away"))
    to_user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).select_related("person"),
        label=_("Who decides instead"),
        help_text=_("Approvals only. They see none of your records through this."),
    )
    since = forms.DateField(label=_("First day"))
    until = forms.DateField(label=_("Last day"))
    reason = forms.CharField(label=_("Why"), max_length=255, required=False)

    def __init__(self, *args: Any, user: User, may_choose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not may_choose:
            del self.fields["from_user"]
            self.fields["to_user"].queryset = self.fields["to_user"].queryset.exclude(pk=user.pk)  # type: ignore[attr-defined]  # -- a model choice field

    @property
    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        span = {"valid_from": given["since"], "valid_to": day_after(given["until"])}
        who = {"from_user": given.get("from_user", self.user), "to_user": given["to_user"]}
        return who | span | {"reason": given["reason"]}
