"""Forms as they stand on pages, read the way a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

CHOSEN = ("checkbox", "radio", "submit", "button", "file", "image", "reset")


@dataclass
class Field:
    name: str
    type: str
    value: str = ""
    is_required: bool = False
    options: list[str] = field(default_factory=list)

    @property
    def sensible(self) -> str:
        """What a well-meaning person would enter where nothing stands."""
        if self.value or self.type == "hidden":
            return self.value
        if self.options:
            return next((option for option in self.options if option), "")
        return {"date": "2024-08-15", "email": "somebody@example.com", "number": "1"}.get(
            self.type, "Something" if self.is_required else ""
        )


@dataclass
class Form:
    page: str
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        """Two forms with the same fields to the same view are one."""
        return (self.method, *sorted({one.name for one in self.fields}))

    def data(self, **changed: Any) -> dict[str, Any]:
        filled = {one.name: one.sensible for one in self.fields if one.type not in CHOSEN}
        return filled | changed


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms, self._open, self._select = page, [], None, None
        self.forms: list[Form]
        self._open: Form | None
        self._select: Field | None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.page, given.get("action") or self.page)
            self._open = Form(self.page, action, given.get("method", "get").lower())
            self.forms.append(self._open)
        elif tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given:
                self._select.value = given.get("value", "")
        elif self._open is not None and tag in ("input", "select", "textarea", "button") and given.get("name"):
            kind = given.get("type", "text") if tag in ("input", "button") else tag
            made = Field(given["name"], kind, given.get("value", ""), "required" in given or "aria-required" in given)
            self._open.fields.append(made)
            self._select = made if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = None


def forms_of(page: str, text: str) -> Iterator[Form]:
    reader = _Reader(page)
    reader.feed(text)
    yield from (form for form in reader.forms if form.action.startswith("/"))
