"""The panels of a record's page in one answer: those of a column, in order, to who sees the record."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.counting import queries

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def address(kind: str, record: Any, column: str = "side") -> str:
    return reverse("core:record_panels", args=[kind, record.pk, column])


def test_a_record_page_asks_once_for_each_column(company: Any, signed_in: Any) -> None:
    account = company.account()
    page = signed_in(company.rep).get(account.get_absolute_url()).content.decode()
    for column in ("top", "main", "side"):
        assert page.count(f'hx-get="{address("account", account, column)}"') == 1
    assert f'href="{reverse("core:record_tags", args=["account", account.pk])}"' in page  # where there is no script


def test_the_answer_holds_the_panels_of_the_column_in_their_order(company: Any, signed_in: Any) -> None:
    deal = company.deal(account=company.account())
    text = signed_in(company.rep).get(address("opportunity", deal), headers=HTMX).content.decode()
    places = [text.index(words) for words in ("Quote to cash", "record-tags", "record-files", "Who sees it")]
    assert places == sorted(places) and "<html" not in text
    main = signed_in(company.rep).get(address("account", deal.account, "main"), headers=HTMX).content.decode()
    assert deal.name in main and "record-tags" not in main


def test_who_does_not_see_the_record_gets_none_of_them(company: Any, signed_in: Any) -> None:
    deal = company.deal(account=company.account())
    outsider = signed_in(company.outsider)
    assert outsider.get(address("opportunity", deal), headers=HTMX).status_code == 404
    assert outsider.get(address("opportunity", deal)).status_code == 404
    assert signed_in(company.rep).get(address("nothing", deal), headers=HTMX).status_code == 404
    assert signed_in(company.rep).get(address("opportunity", deal, "top"), headers=HTMX).status_code == 404


def test_without_script_it_leads_to_the_record(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    assert signed_in(company.rep).get(address("opportunity", deal))["Location"] == deal.get_absolute_url()


def test_who_the_person_is_and_what_they_see_is_asked_once_for_all(company: Any, signed_in: Any) -> None:
    deal = company.deal(account=company.account())
    client = signed_in(company.rep)
    client.defaults["HTTP_HX_REQUEST"] = "true"
    alone = [reverse("orders:deal_cash", args=[deal.pk]), reverse("people:sharing_opportunity", args=[deal.pk])]
    alone += [reverse(f"core:record_{part}", args=["opportunity", deal.pk]) for part in ("tags", "attachments")]
    assert queries(client, address("opportunity", deal)) <= sum(queries(client, one) for one in alone) - 3 * 4
