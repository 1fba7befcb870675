"""Which accounts may be the same company: candidates by web domain, or by name and country, with a score and reasons.

Candidates only: a person decides whether two accounts are merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from accounts.kernel.names import FREE_MAIL, domain_of, normal_name

DOMAIN, NAME = "domain", "name"
_SAME_DOMAIN: Final = 60
_SAME_NAME: Final = 90


class Company(NamedTuple):
    """What matching looks at of one account. `parent` is the id of the account it belongs to."""

    id: int
    name: str
    domain: str = ""
    country: str = ""
    parent: int | None = None


class Pair(NamedTuple):
    """Two accounts that may be one: `first` is the older (smaller id). score 0-100; reasons: domain, name."""

    first: int
    second: int
    score: int
    reasons: tuple[str, ...]


def pairs(companies: Iterable[Company]) -> list[Pair]:
    """Candidate pairs, best first. Each account of a group is paired with the oldest one it may be the same as.

    (1 "Acme Inc", acme.com), (2 "ACME Corp.", acme.com) -> 1-2, score 100, domain and name.
    """
    known = {company.id: company for company in companies}
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for reason, first, second in (*_by_domain(known.values()), *_by_name(known.values())):
        found[(first, second)].add(reason)
    made = [_pair(known[first], known[second], reasons) for (first, second), reasons in found.items()]
    return sorted(made, key=lambda pair: (-pair.score, pair.first, pair.second))


def _by_domain(companies: Iterable[Company]) -> Iterator[tuple[str, int, int]]:
    """Accounts on one web domain. Families share theirs on purpose; hosts of free mail say nothing."""
    groups: dict[str, list[Company]] = defaultdict(list)
    for company in companies:
        domain = domain_of(company.domain)
        if domain and domain not in FREE_MAIL:
            groups[domain].append(company)
    for group in groups.values():
        yield from _with_oldest(DOMAIN, _oldest_of_families(group))


def _oldest_of_families(group: list[Company]) -> list[Company]:
    """One account of each family: parent, subsidiaries and their siblings count as one."""
    oldest: dict[int, Company] = {}
    for company in sorted(group, key=lambda one: one.id):
        oldest.setdefault(company.parent or company.id, company)
    return list(oldest.values())


def _by_name(companies: Iterable[Company]) -> Iterator[tuple[str, int, int]]:
    """Accounts of one name (legal form, signs and accents aside) in one country; a blank country fits every one."""
    groups: dict[str, list[Company]] = defaultdict(list)
    for company in companies:
        name = normal_name(company.name)
        if name:
            groups[name].append(company)
    for group in groups.values():
        if len(group) > 1:
            yield from _in_one_country(group)


def _in_one_country(group: list[Company]) -> Iterator[tuple[str, int, int]]:
    by_country: dict[str, list[Company]] = defaultdict(list)
    for company in group:
        by_country[company.country.strip().casefold()].append(company)
    blank = by_country.pop("", [])
    if not by_country:
        yield from _with_oldest(NAME, blank)
        return
    home = min(by_country.values(), key=lambda same: min(company.id for company in same))
    home.extend(blank)
    for same in by_country.values():
        yield from _with_oldest(NAME, same)


def _with_oldest(reason: str, group: list[Company]) -> Iterator[tuple[str, int, int]]:
    ids = sorted(company.id for company in group)
    for other in ids[1:]:
        yield reason, ids[0], other


def _pair(first: Company, second: Company, reasons: set[str]) -> Pair:
    """Same name 90, same domain 60 and up to 35 for how alike the names are; both 100."""
    alike = fuzz.token_sort_ratio(normal_name(first.name), normal_name(second.name))
    score = 100 if len(reasons) == 2 else _SAME_NAME if NAME in reasons else round(_SAME_DOMAIN + 0.35 * alike)
    return Pair(first.id, second.id, score, tuple(sorted(reasons)))
