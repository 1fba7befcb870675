from __future__ import annotations


class TabularError(ValueError):
    """A file that can't be read as a table; the message says what is wrong and how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
