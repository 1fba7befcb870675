"""What services of this room refuse, in words for people."""

from __future__ import annotations


class CompensationError(Exception):
    """Something that can't be done, and how to mend it."""


class NotAllowed(CompensationError):
    """The person may see it, and not do this."""


class RunOutdated(CompensationError):
    """The ledger moved on after the run was calculated."""


class ExceptionsOpen(CompensationError):
    """A run has exceptions that keep it from being handed in."""
