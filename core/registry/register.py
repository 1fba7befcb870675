"""The register itself: entries by key, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.kernel.access import SignedIn


def everyone(user: SignedIn) -> bool:
    return True


@dataclass(slots=True)
class Register[Entry]:
    """Entries by key, in registration order; a second entry with the same key is refused."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, *entries: Entry) -> None:
        for entry in entries:
            key = key_of(entry)
            if key in self.entries:
                raise ValueError(f"{self.name}: “{key}” is registered twice.")
            self.entries[key] = entry

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self.entries.values(), key=lambda entry: getattr(entry, "order", 0)))

    def __getitem__(self, key: str) -> Entry:
        return self.entries[key]

    def find(self, key: str) -> Entry | None:
        return self.entries.get(key)

    def keys(self) -> Iterable[str]:
        return self.entries.keys()


def key_of(entry: Any) -> str:
    """The key of an entry; what belongs to a kind of record or to a list has it in front."""
    if (of := getattr(entry, "full_key", None)) is not None:
        return str(of)
    return str(entry.key)
