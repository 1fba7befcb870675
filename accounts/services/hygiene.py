"""The checks of accounts and contacts, registered for the nightly scan of clean data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.services.duplicates import duplicate_accounts
from accounts.services.vocabulary import WORDS, other_spellings
from core.registry import HygieneCheck

Fact = Mapping[str, Any]
_ACCOUNTS = """
SELECT a.id AS subject_id, a.owner_id, NULL::bigint AS at_stake_minor, {fact} AS fact
FROM accounts_account a {joins} WHERE a.archived_at IS NULL AND ({condition})
"""
_CONTACTS = """
SELECT c.id AS subject_id, coalesce(c.owner_id, account.owner_id) AS owner_id, NULL::bigint AS at_stake_minor,
       {fact} AS fact
FROM accounts_contact c LEFT JOIN accounts_account account ON account.id = c.account_id {joins}
WHERE c.archived_at IS NULL AND ({condition})
"""
_NO_FACT = "'{}'::jsonb"
# Of contacts with one address, the oldest points to the next, all others to the oldest.
_SAME_EMAIL = """
JOIN (
  SELECT id, CASE WHEN id = min(id) OVER same THEN lead(id) OVER (same ORDER BY id) ELSE min(id) OVER same END AS of
  FROM accounts_contact WHERE email <> '' AND archived_at IS NULL WINDOW same AS (PARTITION BY lower(email))
) twin ON twin.id = c.id
JOIN accounts_contact first ON first.id = twin.of
"""


_SAME_FACT = "jsonb_build_object('of', twin.of, 'name', first.name, 'was', jsonb_build_object('email', c.email))"


def _rows(template: str, condition: str, fact: str = _NO_FACT, joins: str = "") -> Callable[..., Any]:
    sql = template.format(condition=condition, fact=fact, joins=joins)
    return lambda on, numbers: (sql, {"on": on, **numbers})


def _twins(on: date, numbers: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    """Both accounts of each candidate pair that scores high enough, each with its best counterpart."""
    best: dict[int, tuple[int, int]] = {}
    for pair in duplicate_accounts():
        if pair.score >= numbers["score"]:
            best.setdefault(pair.first, (pair.second, pair.score))
            best.setdefault(pair.second, (pair.first, pair.score))
    joins = (
        "JOIN unnest(%(ids)s::bigint[], %(twins)s::bigint[], %(scores)s::int[]) AS twin (id, of, score)"
        " ON twin.id = a.id JOIN accounts_account other ON other.id = twin.of"
    )
    fact = "jsonb_build_object('of', twin.of, 'name', other.name, 'score', twin.score)"
    ids = sorted(best)
    params = {"ids": ids, "twins": [best[i][0] for i in ids], "scores": [best[i][1] for i in ids]}
    return _ACCOUNTS.format(condition="true", fact=fact, joins=joins), params


def _twin_words(fact: Fact, as_of: date) -> str:
    return _now("May be the same as %(name)s") % {"name": fact["name"]}


def _other_spellings(on: date, numbers: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    """Accounts whose country or industry is another spelling of what most accounts say."""
    params: dict[str, Any] = {"on": on, **numbers}
    for name in WORDS:
        other = other_spellings(name)
        params |= {f"{name}_was": list(other), f"{name}_usual": list(other.values())}
    joins = " ".join(
        f"LEFT JOIN unnest(%({name}_was)s::text[], %({name}_usual)s::text[]) AS {name} (was, usual)"
        f" ON {name}.was = a.{name}"
        for name in WORDS
    )
    pairs = {part: ", ".join(f"'{name}', {name}.{part}" for name in WORDS) for part in ("was", "usual")}
    fact = "jsonb_strip_nulls(jsonb_build_object({}))".format(
        ", ".join(f"'{part}', jsonb_build_object({told})" for part, told in pairs.items())
    )
    return _ACCOUNTS.format(
        condition=" OR ".join(f"{name}.was IS NOT NULL" for name in WORDS), fact=fact, joins=joins
    ), params


def _usual_words(fact: Fact, as_of: date) -> str:
    told = [f"{was} → {fact['usual'][name]}" for name, was in fact["was"].items()]
    return _now("Usually spelled %(words)s") % {"words": ", ".join(told)}


def _lacks(fact: Fact, as_of: date) -> str:
    return _now("Missing %(fields)s") % {"fields": ", ".join(fact["fields"])}


_LACKING = (
    "to_jsonb(array_remove(ARRAY[CASE WHEN a.industry = '' THEN 'industry' END,"
    " CASE WHEN a.country = '' THEN 'country' END], NULL))"
)
CHECKS = (
    HygieneCheck(
        *("account_duplicate", 210, _("Possible duplicate account"), "account", "low"),
        _("Compare the two and merge them, or leave them if they differ"),
        _twins,
        _twin_words,
        {"score": (_("Lowest score of a pair, 0 to 100"), 80)},
        compares=True,
    ),
    HygieneCheck(
        *("account_profile", 220, _("Account without industry or country"), "account", "low"),
        _("Fill in industry and country"),
        _rows(_ACCOUNTS, "a.industry = '' OR a.country = ''", f"jsonb_build_object('fields', {_LACKING})"),
        _lacks,
    ),
    HygieneCheck(
        *("account_no_owner", 230, _("Account without owner"), "account", "low"),
        _("Give the account to somebody"),
        _rows(_ACCOUNTS, "a.owner_id IS NULL"),
        lambda fact, as_of: _now("No owner"),
    ),
    HygieneCheck(
        *("contact_duplicate", 240, _("Contacts with the same e-mail"), "contact", "low"),
        _("Keep one contact for each person"),
        _rows(_CONTACTS, "true", _SAME_FACT,
              _SAME_EMAIL),
        _twin_words,
        compares=True,
    ),
    HygieneCheck(
        *("contact_no_email", 250, _("Contact without e-mail"), "contact", "low"),
        _("Ask for the e-mail address"),
        _rows(_CONTACTS, "c.email = ''"),
        lambda fact, as_of: _now("No e-mail"),
    ),
    HygieneCheck(
        *("contact_no_account", 260, _("Contact without account"), "contact", "low"),
        _("Say where the contact works"),
        _rows(_CONTACTS, "c.account_id IS NULL"),
        lambda fact, as_of: _now("No account"),
    ),
    HygieneCheck(
        *("account_words", 225, _("Country or industry spelled another way"), "account", "low"),
        _("Take the spelling that most accounts have"),
        _other_spellings,
        _usual_words,
        compares=True,
    ),
)  # fmt: skip
