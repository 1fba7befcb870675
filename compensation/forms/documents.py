"""Forms that hold a plan, or a part of one: as text, or a single value. Nothing that can't be read is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compensation.kernel.places import renamed, value_at, with_value, without
from compensation.kernel.reading import PlanError, plain_data, read_plan
from compensation.kernel.saying import Token
from compensation.kernel.wording import AMOUNT, CHOICE, DAY, FLAG, FORMULA, NAMES, NUMBER, SHARE, WORDS
from compensation.selectors import plan_data, plan_text
from core.forms import Form

MOST_SHOWN = 12
_GROUPED = re.compile(r"[^\w\s%.,-]?\s?(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)")
_WHOLE = re.compile(r"-?\d{1,15}")
_FLAGS = [("true", _("Yes")), ("false", _("No"))]


class _EditForm(Form):
    """edits: the number of changes the draft had when the form was opened."""

    edits = forms.IntegerField(widget=forms.HiddenInput, required=False)

    definition: Any = None

    def check(self, definition: Any, *, field: str, place: str = "") -> None:
        """Keep contents that can be read; else say at the field what is wrong and where."""
        try:
            read_plan(definition)
        except PlanError as error:
            for problem in error.problems[:MOST_SHOWN]:
                own = place and problem.place in (place, "")
                self.add_error(field, problem.message if own else str(problem))
            if len(error.problems) > MOST_SHOWN:
                self.add_error(field, _("And %(count)d more.") % {"count": len(error.problems) - MOST_SHOWN})
            return
        self.definition = definition


class ValueForm(_EditForm):
    """One value of a plan at its place."""

    def __init__(self, data: Any, *, contents: Mapping[str, Any], token: Token, edits: int) -> None:
        super().__init__(data, initial={"edits": edits, "value": typed_as(token)})
        self.contents, self.token = contents, token
        self.fields["value"] = _field_for(token)
        self.style()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "value" in data:
            changed = changed_contents(self.contents, self.token, str(data["value"] or ""))
            if isinstance(changed, str):
                self.add_error("value", changed)
            else:
                self.check(changed, field="value", place=self.token.place)
        return data


_LABELS: dict[str, tuple[Any, Any]] = {
    SHARE: (_("Share"), _("A percentage such as 8%, or a formula where a rate stands.")),
    AMOUNT: (_("Amount"), _("A number such as 4,000, or a formula.")),
    FORMULA: (_("Formula"), _("A number, a percentage, or a formula such as attainment(bookings) >= 50%.")),
    NUMBER: (_("Number"), ""),
    DAY: (_("Day"), ""),
    NAMES: (_("Names"), _("Several with commas between them.")),
    WORDS: (_("Words"), ""),
}


def _field_for(token: Token) -> forms.Field:
    focus = {"autofocus": True}
    if token.kind in (CHOICE, FLAG):
        choices = token.choices or _FLAGS
        return forms.ChoiceField(label=_("Value"), choices=choices, required=False, widget=forms.Select(attrs=focus))
    label, hint = _LABELS[token.kind]
    shape = {"type": "date"} if token.kind == DAY else {"inputmode": "numeric" if token.kind == NUMBER else "text"}
    return forms.CharField(
        label=label, help_text=hint, required=False, max_length=2000, widget=forms.TextInput(attrs={**focus, **shape})
    )


def typed_as(token: Token) -> str:
    """A value as its field shows it; blank where none stands and none need."""
    value = token.raw
    if value is None:
        value = token.default if token.kind in (CHOICE, FLAG) else ""
    if token.kind == FLAG:
        return "true" if value else "false"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def changed_contents(contents: Mapping[str, Any], token: Token, text: str) -> Any:
    """Contents with a value as it was typed; the same contents where it says the same; a text where it can't be.

    Blank takes the value away, so that the usual holds.
    """
    text = text.strip()
    if text == typed_as(token):
        return contents
    if not text:
        return without(contents, token.place) if token.raw is not None else contents
    if token.kind == NUMBER and not _WHOLE.fullmatch(text):
        return str(_("Enter a whole number."))
    return with_value(contents, token.place, _read(token, text))


def _read(token: Token, text: str) -> Any:
    if token.kind == FLAG:
        return text == "true"
    if token.kind == NAMES:
        names = [one.strip() for one in text.split(",") if one.strip()]
        return names[0] if len(names) == 1 and isinstance(token.raw, str) else names
    if token.kind in (CHOICE, DAY, WORDS):
        return text
    grouped = _GROUPED.fullmatch(text)
    text = grouped[1].replace(",", "") if grouped else text
    return int(text) if _WHOLE.fullmatch(text) else text


class DocumentForm(_EditForm):
    """A whole plan as YAML, pasted or from a file."""

    text = forms.CharField(
        label=_("Plan as YAML"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "form-control mono", "wrap": "full"}),
    )
    file = forms.FileField(label=_("Or a file"), required=False, help_text=_("YAML or JSON; it replaces the text."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text = self._text(data)
        if text is None:
            return data
        try:
            self.check(plain_data(plan_data(text)), field="text")
        except PlanError as error:
            self.add_error("text", str(error))
        return data

    def _text(self, data: Mapping[str, Any]) -> str | None:
        upload = data.get("file")
        if upload is None:
            if not str(data.get("text") or "").strip():
                self.add_error("text", _("Paste a plan, or choose a file."))
                return None
            return str(data["text"])
        try:
            return str(upload.read(3_000_000).decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", _("This is no text file in UTF-8."))
            return None


class _PartForm(_EditForm):
    """A part of a plan as YAML."""

    text = forms.CharField(
        label=_("As YAML"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "form-control mono", "wrap": "full"}),
    )

    def part(self, data: Mapping[str, Any]) -> Any:
        if "text" not in data:
            return None
        try:
            return plain_data(plan_data(str(data["text"])))
        except PlanError as error:
            self.add_error("text", str(error))
            return None


class ClauseForm(_PartForm):
    """A clause under its key, as it stands in a plan's file; another key renames it. place "": a new one of a part."""

    def __init__(
        self, data: Any, *, contents: Mapping[str, Any], part: str, key: str, value: Any, is_new: bool, edits: int
    ) -> None:
        super().__init__(data, initial={"edits": edits, "text": plan_text({key: value})})
        self.contents, self.part_name, self.key, self.is_new = contents, part, key, is_new

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = self.part(data)
        if found is None:
            return data
        if len(found) != 1:
            self.add_error("text", _("Write one clause: its key, a colon, and what it says below."))
            return data
        ((key, value),) = found.items()
        held = self.contents.get(self.part_name) or {}
        if key in held and (self.is_new or key != self.key):
            self.add_error("text", _("There is “%(key)s” in this plan already: choose another key.") % {"key": key})
            return data
        place = f"{self.part_name}.{self.key if not self.is_new else key}"
        self.check(renamed(self.contents, place, str(key), value), field="text")
        return data


class PlaceForm(_PartForm):
    """One of a list, at its place: a clause of crediting, or a test case (what goes in, and what must come out)."""

    def __init__(self, data: Any, *, contents: Mapping[str, Any], place: str, value: Any, edits: int) -> None:
        super().__init__(data, initial={"edits": edits, "text": plan_text(value)})
        self.contents, self.place = contents, place

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = self.part(data)
        if found is not None:
            self.check(with_value(self.contents, self.place, found), field="text")
        return data


def without_clause(contents: Mapping[str, Any], place: str) -> Any:
    """The same contents without a clause or case. Raises PlanError where the rest can't stand by itself."""
    if value_at(contents, place) is None:
        return contents
    left = without(contents, place)
    read_plan(left)
    return left
