"""What cells may name: known records by word, loaded once an import."""

from __future__ import annotations

from collections.abc import Callable

from core import registry
from core.kernel.fields import KindSpec
from integrations.kernel import words


class References:
    """Look-ups of one import. Names are compared in normal form (case, accents and spaces don't count)."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}
        self._labels: dict[str, list[str]] = {}
        self._memo: dict[tuple[str, str], int | None] = {}

    def find(self, kind: str, value: str) -> int | None:
        """Id of the record a cell names, or None."""
        key = (kind, value)
        if key not in self._memo:
            known = self._load(kind)
            self._memo[key] = known.get(words.normal(value))
        return self._memo[key]

    def labels(self, kind: str) -> list[str]:
        self._load(kind)
        return self._labels[kind]

    def add(self, kind: str, value: str, record_id: int) -> None:
        self._load(kind)[words.normal(value)] = record_id
        self._labels[kind].append(value)
        self._memo.pop((kind, value), None)

    def forget(self, kind: str) -> None:
        """Read a kind anew: records of the file itself stand in the database now."""
        self._known.pop(kind, None)
        self._labels.pop(kind, None)
        self._memo = {key: found for key, found in self._memo.items() if key[0] != kind}

    def _load(self, kind: str) -> dict[str, int]:
        if kind not in self._known:
            pairs = list(registry.reference_kinds[kind].names())
            self._known[kind] = {words.normal(label): pk for label, pk in pairs}
            self._labels[kind] = [label for label, _pk in pairs]
        return self._known[kind]


def self_named(spec: KindSpec) -> str:
    """The reference kind whose records are the rows of this very file ("people" for people), or ""."""
    return spec.key if registry.reference_kinds.find(spec.key) else ""


Finder = Callable[[str, str], int | None]
