"""Rule 8: pages that obey the strict content security policy and work before any script has run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from tests.architecture.checks.sources import SKIPPED, Offence, files, text

_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_URL = re.compile(r"\{%-?\s*(?:url|static|url_with)\b.*?%\}", re.DOTALL)
_FOREIGN = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_OWN_DATA = frozenset({"application/json", "application/ld+json"})
_LOADED_BY = ("src", "href", "srcset")


def plain(source: str) -> str:
    """The template as HTML: tags become blanks, values become letters, lines keep their numbers."""
    source = re.sub(r"\{%\s*comment.*?endcomment\s*%\}", lambda m: _blank(m[0]), source, flags=re.DOTALL)
    source = _URL.sub(lambda m: _blank(m[0], "x"), source)
    source = _VALUE.sub(lambda m: _blank(m[0], "x"), source)
    return _TAG.sub(lambda m: _blank(m[0]), source)


def _blank(piece: str, letter: str = " ") -> str:
    return "".join("\n" if sign == "\n" else letter for sign in piece)


@dataclass
class Element:
    tag: str
    attributes: Mapping[str, str | None]
    line: int
    parents: Sequence[Element]
    has_link: bool = False
    children: list[Element] = field(default_factory=list)


class Markup(HTMLParser):
    """Elements of one template, with their parents; unclosed and stray tags are taken as they come."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(plain(source))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.getpos()[0], tuple(self._open))
        self.elements.append(element)
        if tag == "a" and "href" in element.attributes:
            for parent in self._open:
                parent.has_link = True
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        for i in range(len(self._open) - 1, -1, -1):
            if self._open[i].tag == tag:
                del self._open[i:]
                return


def markup_offences(root: Path) -> Iterator[Offence]:
    for path in files(root, ".html"):
        relative = path.relative_to(root)
        if "templates" in relative.parts and not SKIPPED & set(relative.parts):
            for element in Markup(text(path)).elements:
                yield from (Offence(path, element.line, "8 pages", message) for message in _judge(element))


def _judge(element: Element) -> Iterator[str]:
    given = element.attributes
    if element.tag == "script" and "src" not in given and given.get("type") not in _OWN_DATA:
        yield "inline script: write a module in static/js/ (data goes into a block of type application/json)"
    if element.tag == "style":
        yield "<style>: write the rule in static/css/"
    for name, value in given.items():
        if name.startswith("on") or name.startswith("hx-on"):
            yield f"{name}=: handlers are attached by a module in static/js/"
        if name == "style":
            yield "style=: use a class, or a template tag that emits a number"
        if name in _LOADED_BY and (value or "").strip().lower().startswith("javascript:"):
            yield f"{name}=javascript: is refused by the policy"
        if name in _LOADED_BY and element.tag != "a" and _FOREIGN.match(value or ""):
            yield f"{name}={value}: nothing is loaded from another host"
    if "hx-get" in given and not works_without_script(element):
        yield f"hx-get on <{element.tag}> without href: a visitor without JavaScript gets nowhere"


def works_without_script(element: Element) -> bool:
    given = element.attributes
    if element.tag == "a":
        return "href" in given
    if element.tag == "form":
        return "action" in given
    if any(word in (given.get("hx-trigger") or "") for word in ("load", "revealed", "intersect", "every")):
        return element.has_link
    form = next((parent for parent in reversed(element.parents) if parent.tag == "form"), None)
    return element.tag in ("button", "input", "select", "textarea") and form is not None and "action" in form.attributes


def policy_offences(policy: Mapping[str, Sequence[str]]) -> list[str]:
    """What a content security policy lets in that it mustn't."""
    found = []
    for name in ("script-src", "script-src-elem", "script-src-attr", "default-src", "style-src", "style-src-elem"):
        allowed = set(policy.get(name, ()))
        found += [
            f"{name} {word}" for word in ("'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:") if word in allowed
        ]
    found += [
        f"{name} is missing" for name in ("default-src", "script-src", "object-src", "base-uri") if name not in policy
    ]
    return found
