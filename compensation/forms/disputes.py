"""Forms of disputes and of what the company promises about them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compensation.enums import DisputeOutcome
from compensation.models import Dispute, Payee, PaySettings
from compensation.services.disputes import MOST_TEXT
from core.forms import Form, ModelForm, MoneyField, check_money
from people.models import User

DECISIONS = [(one.value, one.label) for one in DisputeOutcome if one != DisputeOutcome.WITHDRAWN]


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}), **more)


class DisputeForm(ModelForm):
    text = _text(_("What is wrong, and how you know"))

    class Meta:
        model = Dispute
        fields = ("title", "reason")
        help_texts = {"title": _("In a few words: Split should be 70%.")}


class CommentForm(Form):
    """A word, perhaps for those who keep pay alone. Files come beside it."""

    text = _text(_("Comment"))
    is_internal = forms.BooleanField(label=_("Internal note"), required=False)

    def __init__(self, *args: Any, may_note: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_note:
            del self.fields["is_internal"]


class AssignForm(Form):
    assignee = forms.ModelChoiceField(label=_("Assignee"), queryset=User.objects.none())

    def __init__(self, *args: Any, keepers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = keepers  # type: ignore[attr-defined]  # -- a model choice field


class DecideForm(Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=DECISIONS)
    text = _text(_("Why"), help_text=_("The person reads this."))


class ReopenForm(Form):
    text = _text(_("Why it is looked at again"))


class ProposeForm(Form):
    """An amount for the payee or for another side of the split; negative takes from them."""

    payee = forms.ModelChoiceField(label=_("Person"), queryset=Payee.objects.none())
    amount = MoneyField(
        label=_("Amount"), required=True, min_value=None, help_text=_("Negative where it is taken from them.")
    )

    def __init__(self, *args: Any, sides: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["payee"].queryset = sides  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=self.currency, names=("amount",))
        if data.get("amount") == 0:
            self.add_error("amount", _("Nothing would change: give an amount."))
        return data


class PaySettingsForm(ModelForm):
    class Meta:
        model = PaySettings
        fields = ("reply_days", "decide_days", "review_days", "managers_see")
        help_texts = {
            "managers_see": _("By the reporting line of the day: they read, and may comment on disputes, not decide."),
            "reply_days": _("Monday to Friday, from the day after it was raised."),
            "decide_days": _("Afterwards a dispute is marked as overdue."),
            "review_days": _("Named on the statement; it is paid as calculated either way."),
        }
