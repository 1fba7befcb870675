"""What cells may name: known records by word, loaded once an import, 16 bytes a name."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from core import registry
from core.kernel.fields import KindSpec
from integrations.kernel import words

MEMO = 200_000


class Names:
    """Names as sorted 64-bit hashes of their normal form, with ids. Of two that differ one in 10^13 would clash."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        hashes, ids = array("q"), array("q")
        for label, pk in pairs:
            hashes.append(hash(words.normal(label)))
            ids.append(pk)
        self._sort(np.frombuffer(hashes, np.int64), np.frombuffer(ids, np.int64))

    def _sort(self, hashes: np.ndarray, ids: np.ndarray) -> None:
        order = np.argsort(hashes, kind="stable")
        hashes, ids = hashes[order], ids[order]
        last = np.append(hashes[1:] != hashes[:-1], True) if len(hashes) else np.zeros(0, bool)
        self.hashes, self.ids = hashes[last], ids[last]  # of one name the later one

    def find(self, label: str) -> int | None:
        wanted = hash(words.normal(label))
        place = int(np.searchsorted(self.hashes, wanted))
        if place < len(self.hashes) and int(self.hashes[place]) == wanted:
            return int(self.ids[place])
        return None

    def learn(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Add names; the known ones stay as they are."""
        more = Names(pairs)
        self._sort(np.concatenate([more.hashes, self.hashes]), np.concatenate([more.ids, self.ids]))


class References:
    """Look-ups of one import. Names are compared in normal form (case, accents and spaces don't count)."""

    def __init__(self) -> None:
        self._names: dict[str, Names] = {}
        self._memo: dict[tuple[str, str], int | None] = {}

    def find(self, kind: str, value: str) -> int | None:
        """Id of the record a cell names, or None."""
        key = (kind, value)
        try:
            return self._memo[key]
        except KeyError:
            found = self._of(kind).find(value)
            if len(self._memo) < MEMO:
                self._memo[key] = found
            return found

    def labels(self, kind: str) -> Iterator[str]:
        """Every known name, read anew: they aren't kept."""
        return (label for label, _pk in registry.reference_kinds[kind].names())

    def add(self, kind: str, value: str, record_id: int) -> None:
        self.learn(kind, [(value, record_id)])

    def learn(self, kind: str, pairs: Iterable[tuple[str, int]]) -> None:
        """Names that came up during the import."""
        self._of(kind).learn(pairs)
        self._memo = {key: found for key, found in self._memo.items() if key[0] != kind or found is not None}

    def _of(self, kind: str) -> Names:
        if kind not in self._names:
            self._names[kind] = Names(registry.reference_kinds[kind].names())
        return self._names[kind]


def self_named(spec: KindSpec) -> str:
    """The reference kind whose records are the rows of this very file ("people" for people), or ""."""
    return spec.key if registry.reference_kinds.find(spec.key) else ""
