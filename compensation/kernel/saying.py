"""A sentence as it is put together: plain words, and values with their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compensation.kernel.places import value_at
from compensation.kernel.wording import CHOICES, shown

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence. place: of a value that can be changed ("" for words), with its kind and what stands there.

    raw is None where nothing stands there, and the default holds.
    """

    text: str
    place: str = ""
    kind: str = ""
    raw: Any = None
    choices: Choices = ()
    default: Any = None


class Sentence:
    """Writes tokens of the part at a place; a name that begins with a slash stands at the top of the plan."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self.data, self.place = data, place
        self.currency = str(data.get("currency", ""))
        self._tokens: list[Token] = []

    @property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(self._tokens)

    def say(self, words: str) -> None:
        if words and self._tokens and not self._tokens[-1].place:
            self._tokens[-1] = Token(self._tokens[-1].text + words)
        elif words:
            self._tokens.append(Token(words))

    def value(
        self, name: str, kind: str, *, choices: str = "", default: Any = None, whole: str = "", among: Choices = ()
    ) -> None:
        """A value by its name below the sentence's place, or by its whole place; the default where none stands.

        choices: words that a list of wording.CHOICES gives; among: the plan's own.
        """
        place = whole or self._place(name)
        raw = value_at(self.data, place)
        offered = CHOICES[choices] if choices else among
        text = shown(raw, kind, currency=self.currency, choices=offered, default=default)
        self._tokens.append(Token(text, place, kind, raw, offered, default))

    def then(self, words: str, name: str, kind: str, *, choices: str = "", default: Any = None, end: str = ".") -> None:
        """A sentence of its own around one value."""
        self.say(f" {words}")
        self.value(name, kind, choices=choices, default=default)
        self.say(end)

    def _place(self, name: str) -> str:
        if name.startswith("/"):
            return name[1:]
        if not name or name.startswith("["):
            return f"{self.place}{name}"
        return f"{self.place}.{name}" if self.place else name
