"""Fields of the API: each takes exactly one JSON form, and knows the schema that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.kernel.money import minor_digits
from core.kernel.typed import decimals_of

MOST_ID = 10**18 - 1
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Schema = dict[str, Any]


class Strict(serializers.Field):
    """A field with one JSON form. Subclasses say which (`read`) and its schema (`json_schema`)."""

    default_error_messages = {
        "null": _("This can't be empty (null)."),
        "required": _("Give a value."),
    }
    shape: Schema = {}

    def __init__(self, **kwargs: Any) -> None:
        self.example: Any = kwargs.pop("example", None)
        super().__init__(**kwargs)

    def json_schema(self) -> Schema:
        return self.shape if self.example is None else self.shape | {"example": self.example}

    def to_internal_value(self, data: Any) -> Any:
        return self.read(data)

    def read(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value

    def refuse(self, why: Any, **told: Any) -> Any:
        raise serializers.ValidationError(str(why) % told if told else why)


class Text(Strict):
    """A text of at most `max_length` characters; empty only where `allow_blank`."""

    def __init__(self, max_length: int | None = None, *, allow_blank: bool = True, **kwargs: Any) -> None:
        self.max_length, self.allow_blank = max_length, allow_blank
        super().__init__(**kwargs)
        self.shape = {"type": "string"}
        if max_length is not None:
            self.shape["maxLength"] = max_length
        if not allow_blank and not self.read_only:
            self.shape["minLength"] = 1

    def read(self, data: Any) -> str:
        if not isinstance(data, str):
            self.refuse(_("This must be a text."))
        if not data.strip() and not self.allow_blank:
            self.refuse(_("This can't be empty."))
        if self.max_length is not None and len(data) > self.max_length:
            self.refuse(_("At most %(most)s characters."), most=self.max_length)
        return str(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


class Whole(Strict):
    """A whole number from `least` to `most`."""

    def __init__(self, least: int = -(2**31), most: int = 2**31 - 1, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)
        self.shape = {"type": "integer", "minimum": least, "maximum": most}

    def read(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer() and abs(data) < 2**53:
            data = int(data)  # JSON knows one kind of number: 1.0 is 1
        if isinstance(data, bool) or not isinstance(data, int):
            self.refuse(_("This must be a whole number."))
        if not self.least <= data <= self.most:
            self.refuse(_("From %(least)s to %(most)s."), least=self.least, most=self.most)
        return int(data)


class Id(Whole):
    """The number of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, MOST_ID, **kwargs)


class Flag(Strict):
    shape: Schema = {"type": "boolean"}

    def read(self, data: Any) -> bool:
        return data if isinstance(data, bool) else bool(self.refuse(_("This must be true or false.")))


class Choice(Strict):
    """One of a few words."""

    def __init__(self, choices: Iterable[tuple[str, Any]], *, allow_blank: bool = False, **kwargs: Any) -> None:
        found = dict(choices)
        super().__init__(**kwargs)
        self.words = [*found, *([""] if allow_blank and "" not in found else [])]
        named = ", ".join(f"`{key}`: {label}" for key, label in found.items() if key)
        self.shape = {"type": "string", "enum": self.words, "description": named}

    def json_schema(self) -> Schema:
        shape = super().json_schema()
        return shape | {"enum": [*self.words, None]} if self.allow_null else shape

    def read(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.words:
            self.refuse(_("One of: %(words)s."), words=", ".join(word or '""' for word in self.words))
        return str(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


class Number(Strict):
    """An exact decimal, as a text: "12.5". Never a float."""

    def __init__(
        self, digits: int, places: int, *, least: Decimal | None = None, most: Decimal | None = None, **kwargs: Any
    ) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)
        sign = "" if least is not None and least >= 0 else "-?"
        self.pattern = rf"^{sign}[0-9]{{1,{digits - places}}}(\.[0-9]{{1,{places}}})?$"
        self.shape = {"type": "string", "format": "decimal", "pattern": self.pattern}

    def read(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(self.pattern[1:-1], data):
            self.refuse(_("Write the number as a text, such as “39800.00”."))
        number = Decimal(data)
        if self.least is not None and number < self.least:
            self.refuse(_("At least %(least)s."), least=self.least)
        if self.most is not None and number > self.most:
            self.refuse(_("At most %(most)s."), most=self.most)
        return number

    def to_representation(self, value: Any) -> str:
        return plain(value)


class Money(Number):
    """An amount in the currency that the record names: "39800.00"."""

    def __init__(self, digits: int = 18, *, currency: str = "currency_id", **kwargs: Any) -> None:
        self.currency_source = currency.split(".")
        super().__init__(digits, 4, least=Decimal(0), **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        value = super().get_attribute(instance)
        if value is None:
            return None
        code: Any = instance
        for part in self.currency_source:
            code = getattr(code, part, "")
        return exact(value, str(code or ""))

    def to_representation(self, value: Any) -> str:
        return str(value)


class Day(Strict):
    """A day: "2026-09-30"."""

    shape: Schema = {"type": "string", "format": "date"}

    def read(self, data: Any) -> date:
        if isinstance(data, str) and _DAY.fullmatch(data):
            try:
                return date.fromisoformat(data)
            except ValueError:
                pass
        return self.refuse(_("Write the day as 2026-09-30."))

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class Instant(Strict):
    """An instant in UTC: "2026-09-30T14:05:00Z"."""

    shape: Schema = {"type": "string", "format": "date-time"}

    def read(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(data)
            if "T" in data.upper() and found.tzinfo is not None:
                return found.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            pass
        return self.refuse(_("Write the instant as 2026-09-30T14:05:00Z."))

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Anything(Strict):
    """Values whose shape depends on something else; `schema` says what is known of it."""

    def __init__(self, schema: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape = dict(schema or {})


def plain(value: Decimal | int) -> str:
    """A number without needless zeros. 40.0000 -> "40"."""
    return f"{Decimal(value).normalize():f}"


def exact(value: Decimal, currency: str) -> str:
    """An amount with the decimals its currency has, more only where they aren't zero. 39800.0000 USD -> "39800.00"."""
    places = max(minor_digits(currency), decimals_of(value.normalize()))
    return f"{value:.{places}f}"
