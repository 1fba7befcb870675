"""Saved views: who sees them, what they show, how a person keeps a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.models import ListChoice, SavedView
from core.selectors import list_state, quick_count
from core.selectors.saved_views import quick_sums
from core.services import ViewError, change_view, delete_view, restore_view, save_view
from core.views.saved_views import moved
from pipeline.models import Opportunity
from tests.small_company import SmallCompany

SignIn = Callable[..., Client]
LIST = "/opportunities/"
NOW = datetime.now(UTC)


def view(
    company: SmallCompany, name: str = "Big ones", query: str = "sort=-amount", sharing: str = "own", **more: Any
) -> SavedView:
    owner = more.get("owner") or company.rep
    return save_view(owner=owner.user, table="opportunities", name=name, query=query, sharing=sharing)


def seen(company: SmallCompany, member: Any) -> list[str]:
    return [one.name for one in list_state(member.user, "opportunities", company.as_of).views]


def test_a_view_is_seen_by_those_it_is_shared_with(company: SmallCompany) -> None:
    view(company, "Mine")
    view(company, "Of West", sharing="team")
    view(company, "Of all", sharing="all")
    assert seen(company, company.rep) == ["Mine", "Of West", "Of all"]
    assert seen(company, company.manager) == ["Of West", "Of all"], "the line above"
    assert seen(company, company.outsider) == seen(company, company.other_manager) == ["Of all"]
    assert seen(company, company.ops) == ["Of all"], "no seat, no team"


def test_whose_it_is_stands_on_a_shared_one(company: SmallCompany, signed_in: SignIn) -> None:
    view(company, "Of all", sharing="all")
    assert "Ana Alves" in signed_in(company.outsider).get(LIST).text


def test_a_shared_view_shows_nobody_more_rows_or_names(company: SmallCompany, signed_in: SignIn) -> None:
    company.deal("Secret of Ana")
    company.deal("Own of Olga", owner=company.outsider)
    made = view(company, "Hers", f"owner={company.rep.person.pk}", sharing="all", owner=company.manager)
    client = signed_in(company.outsider)
    text = client.get(f"{LIST}?{made.query}&view={made.pk}").text
    main = text.split("<main")[1]
    assert "Secret of Ana" not in main
    assert "Own of Olga" not in main
    assert "Ana" not in main, "the filter names nobody out of sight"
    counts = client.get(f"{LIST}?format=counts").text
    assert counts.count('<span class="so-count tnum">1</span>') >= 1
    assert f"view={made.pk}" in counts
    assert '<span class="so-count tnum">0</span>' in counts.split(f"view={made.pk}")[1].split("</a>")[0]


def test_counts_are_the_rows_a_person_sees_up_to_a_cap(company: SmallCompany, signed_in: SignIn) -> None:
    for number in range(3):
        company.deal(f"Deal {number}")
    view(company, "None of them", "q=nothing like it")
    text = signed_in(company.rep).get(f"{LIST}?format=counts").text
    assert text.split("None of them")[1].split("</a>")[0].count(">0<") == 1
    assert text.split(">All")[1].split("</a>")[0].count(">3<") == 1
    assert quick_count(Opportunity.objects.all(), cap=2) == 3, "one above the cap says that there are more"


def test_counting_that_takes_too_long_is_left_out(company: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    slow = Opportunity.objects.extra(where=["pg_sleep(0.4) IS NOT NULL"])
    company.deal()
    monkeypatch.setattr("core.selectors.saved_views.PATIENCE_MS", 40)
    assert quick_count(slow, cap=10) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone()[0] in ("0", "30s", "60s"), "the connection waits as long as before"


def test_the_list_opens_with_the_view_that_was_chosen(company: SmallCompany, signed_in: SignIn) -> None:
    made, client = view(company, "First", "status=open"), signed_in(company.rep)
    client.post(f"/lists/views/{made.pk}/first/", {"first": "1", "to": LIST})
    assert client.get(LIST)["Location"] == f"{LIST}?status=open&view={made.pk}"
    assert client.get(f"{LIST}?view=all").status_code == 200
    assert signed_in(company.manager).get(LIST).status_code == 200, "each person chooses for themselves"
    delete_view(view=made, at=NOW)
    assert client.get(LIST).status_code == 200


def test_a_view_is_renamed_overwritten_deleted_and_brought_back(company: SmallCompany, signed_in: SignIn) -> None:
    made, client = view(company), signed_in(company.rep)
    client.post(f"/lists/views/{made.pk}/edit/", {"name": "Large", "sharing": "team", "to": LIST})
    client.post(f"/lists/views/{made.pk}/overwrite/", {"query": "status=won", "to": LIST})
    made.refresh_from_db()
    assert (made.name, made.sharing, made.query) == ("Large", "team", "status=won")
    client.post(f"/lists/views/{made.pk}/delete/", {"to": LIST})
    assert seen(company, company.rep) == []
    client.post(f"/lists/views/{made.pk}/restore/")
    assert seen(company, company.rep) == ["Large"]


def test_a_name_is_taken_once_a_person(company: SmallCompany, signed_in: SignIn) -> None:
    made, other = view(company, "One"), view(company, "Two")
    with pytest.raises(ViewError, match="already"):
        change_view(view=other, name="One", sharing="own")
    delete_view(view=made, at=NOW)
    other.refresh_from_db()
    change_view(view=other, name="One", sharing="own")
    with pytest.raises(ViewError):
        restore_view(view=made)
    client = signed_in(company.rep)
    assert client.post(f"/lists/views/{other.pk}/edit/", {"name": "", "sharing": "own", "to": LIST}).status_code == 302
    assert client.post(f"/lists/views/{other.pk}/edit/", {"name": "x" * 61, "sharing": "moon"}).status_code == 302
    other.refresh_from_db()
    assert other.name == "One"


@pytest.mark.parametrize("act", ["edit", "overwrite", "delete", "restore", "first", "move"])
def test_nobody_touches_a_view_of_others(company: SmallCompany, signed_in: SignIn, act: str) -> None:
    made = view(company)
    assert signed_in(company.manager).post(f"/lists/views/{made.pk}/{act}/", {"to": LIST}).status_code == 404
    assert Client().post(f"/lists/views/{made.pk}/{act}/").status_code == 302


def test_views_stand_in_the_order_each_person_gives_them(company: SmallCompany, signed_in: SignIn) -> None:
    made = {name: view(company, name, sharing="all") for name in ("a", "b", "c")}
    signed_in(company.outsider).post(f"/lists/views/{made['c'].pk}/move/", {"step": "left", "to": LIST})
    assert seen(company, company.outsider) == ["a", "c", "b"]
    assert seen(company, company.rep) == ["a", "b", "c"]
    view(company, "0 new", sharing="all")
    assert seen(company, company.outsider) == ["a", "c", "b", "0 new"]


def test_moving_keeps_all_items() -> None:
    assert moved([1, 2, 3], 3, -1) == [1, 3, 2]
    assert moved([1, 2, 3], 1, -1) == [1, 2, 3]
    assert moved([1, 2, 3], 3, 1) == [1, 2, 3]
    assert moved([1, 2], 9, 1) == [1, 2]


def test_columns_and_their_order_stay_as_chosen(company: SmallCompany, signed_in: SignIn) -> None:
    company.deal("Acme pilot")
    client = signed_in(company.rep)
    told = {
        "table": "opportunities",
        "column": ["amount", "name", "no:such thing"],
        "to": f"{LIST}?columns=stage&sort=name",
    }
    assert client.post("/lists/columns/", told)["Location"] == f"{LIST}?sort=name"

    def heads(who: Client, query: str = "view=all") -> list[str]:
        return b"".join(who.get(f"{LIST}?{query}&format=csv").streaming_content).decode().splitlines()[0].split(",")

    assert heads(client) == ["Amount", "Opportunity"]
    client.post("/lists/columns/", told | {"column": ["amount", "name", "stage"], "up": "stage"})
    assert heads(client) == ["Amount", "Stage", "Opportunity"]
    assert heads(client, "columns=name") == ["Opportunity"], "an address that names columns shows those"
    assert heads(signed_in(company.manager))[0] == "Opportunity"
    client.post("/lists/columns/", {"table": "opportunities", "reset": "1", "column": ["name"], "to": LIST})
    assert len(heads(client)) > 3


def test_a_view_keeps_the_columns_it_was_saved_with(company: SmallCompany, signed_in: SignIn) -> None:
    company.deal("Acme pilot")
    client = signed_in(company.rep)
    client.post("/lists/columns/", {"table": "opportunities", "column": ["amount", "name"], "to": LIST})
    text = client.get(f"{LIST}?status=open").text
    assert 'name="query" value="status=open&amp;columns=amount%2Cname"' in text


def test_density_is_the_same_in_every_list(company: SmallCompany, signed_in: SignIn) -> None:
    company.deal("Acme pilot")
    company.account()
    client = signed_in(company.rep)
    assert "is-compact" not in client.get(LIST).text
    client.post("/lists/density/", {"density": "compact", "to": LIST})
    assert "is-compact" in client.get(LIST).text
    assert "is-compact" in client.get("/accounts/").text
    client.post("/lists/density/", {"density": "enormous", "to": LIST})
    assert "is-compact" in client.get(LIST).text
    assert ListChoice.objects.filter(user=company.rep.user).count() == 1


def test_many_views_cost_as_many_queries_as_one(company: SmallCompany, signed_in: SignIn) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(company.rep)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{LIST}?view=all").status_code == 200
        return len(asked)

    view(company, "1", sharing="all")
    cost()
    one = cost()
    for number in range(2, 8):
        view(company, str(number), sharing="all", owner=company.outsider if number % 2 else company.rep)
    assert cost() == one


def test_rows_are_counted_and_added_up_by_currency_at_once(company: SmallCompany) -> None:
    for amount, currency in (("10.10", "USD"), ("20.25", "USD"), ("5", "EUR")):
        company.deal(amount=Decimal(amount), currency_id=currency)
    company.deal(amount=None)
    everything = Opportunity.objects.all()
    assert quick_sums(everything, "amount", cap=10) == (4, [("EUR", Decimal("5.0000")), ("USD", Decimal("30.3500"))])
    assert quick_sums(everything.none(), "amount", cap=10) == (0, [])
    assert quick_sums(everything, "amount", cap=2)[0] == 3
