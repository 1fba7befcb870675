"""Which accounts may be one company, by plain examples and by what must hold for any set of accounts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from accounts.kernel.matching import Company, Pair, pairs
from accounts.models import Account
from accounts.services.duplicates import duplicate_accounts


def found(*companies: Company) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in pairs(companies)}


def test_same_domain_and_name() -> None:
    assert pairs([Company(1, "Acme Inc", "acme.com"), Company(2, "ACME Corp.", "www.acme.com")]) == [
        Pair(1, 2, 100, ("domain", "name"))
    ]


def test_same_domain_alone_scores_by_how_alike_the_names_are() -> None:
    alike, other = (
        pairs([Company(1, "Globex", "globex.com"), Company(2, name, "globex.com")])[0]
        for name in ("Globex EU", "Initech")
    )
    assert alike.reasons == other.reasons == ("domain",)
    assert other.score < alike.score < 90


def test_free_mail_hosts_say_nothing() -> None:
    assert not found(Company(1, "Anna's shop", "gmail.com"), Company(2, "Berta's shop", "gmail.com"))


def test_families_share_a_domain_on_purpose() -> None:
    parent, child, sister = (
        Company(1, "Globex", "globex.com"),
        Company(2, "Globex UK", "globex.com", parent=1),
        Company(3, "Globex FR", "globex.com", parent=1),
    )
    assert not found(parent, child, sister)
    assert found(parent, child, Company(4, "Globex Ltd", "globex.com")) == {(1, 4)}


def test_same_name_in_one_country() -> None:
    assert found(
        Company(1, "Zoë & Söhne GmbH", country="Germany"), Company(2, "Zoe and Sohne", country="germany ")
    ) == {(1, 2)}


def test_same_name_in_two_countries_is_two_companies() -> None:
    assert not found(Company(1, "Acme", country="France"), Company(2, "Acme", country="Spain"))


def test_a_blank_country_fits_the_oldest_of_the_name() -> None:
    assert found(Company(5, "Acme", country="France"), Company(7, "Acme", country="Spain"), Company(9, "Acme")) == {
        (5, 9)
    }


COMPANIES = st.lists(
    st.builds(
        Company,
        id=st.integers(1, 50),
        name=st.sampled_from(["Acme", "Acme Inc", "Globex", "Globex Ltd", "Initech", ""]),
        domain=st.sampled_from(["", "acme.com", "globex.com", "gmail.com"]),
        country=st.sampled_from(["", "US", "France"]),
        parent=st.none() | st.integers(1, 50),
    ),
    unique_by=lambda company: company.id,
)


@given(COMPANIES, st.randoms())
def test_the_order_of_accounts_says_nothing(companies: list[Company], random: Any) -> None:
    shuffled = random.sample(companies, len(companies))
    assert pairs(shuffled) == pairs(companies)


@given(COMPANIES)
def test_pairs_are_of_two_known_accounts_older_first_with_a_reason(companies: list[Company]) -> None:
    ids = {company.id for company in companies}
    for pair in pairs(companies):
        assert {pair.first, pair.second} <= ids
        assert pair.first < pair.second
        assert pair.reasons
        assert 60 <= pair.score <= 100


def test_archived_accounts_are_left_out(company: Any) -> None:
    first, second = company.account("Acme", country="US"), company.account("Acme Inc.", country="US")
    assert [(p.first, p.second) for p in duplicate_accounts()] == [(first.pk, second.pk)]
    Account.objects.filter(pk=second.pk).update(archived_at="2024-01-01T00:00Z")
    assert duplicate_accounts() == []
