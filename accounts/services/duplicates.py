"""Candidates for merging: accounts that may be one company, contacts with one e-mail address."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.kernel.matching import Company, Pair, pairs
from accounts.models import Account


def duplicate_accounts(accounts: Iterable[int] | None = None) -> list[Pair]:
    """Candidate pairs among all accounts (or those with these ids) that aren't archived, best first."""
    rows = Account.objects.filter(archived_at=None)
    if accounts is not None:
        rows = rows.filter(pk__in=list(accounts))
    columns = rows.order_by("pk").values_list("pk", "name", "domain", "country", "parent_id")
    return pairs(Company(*row) for row in columns.iterator(chunk_size=10_000))
