from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class TabularError(ValueError):
    """A file that can't be read as a table; the message says what is wrong and how to mend it.

    `code` and `facts` (row, limit, found ...) let a higher room say it in another language.
    """

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most. Checked while reading: what an archive says about itself isn't believed."""

    max_bytes: int = 1024**3
    max_unpacked_bytes: int = 2 * 1024**3
    max_ratio: int = 200  # unpacked to packed, once more than `ratio_from_bytes` came out
    ratio_from_bytes: int = 64 * 1024**2
    max_columns: int = 500
    max_cell_chars: int = 131_072


DEFAULT_LIMITS = Limits()
