"""The audit page: who reads it, how it is narrowed, what an act changed, and that reading is an act."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core import audit
from core.models import AuditEvent
from people.enums import Role
from people.services import create_user
from tests.counting import queries
from tests.small_company import SINCE

PAGE = reverse("core:audit")


def acts(client: Any, query: str) -> list[str]:
    table = client.get(f"{PAGE}?{query}").context["table"]
    return [event.act for event in table.objects]


@pytest.fixture
def events(company: Any) -> list[AuditEvent]:
    deal = company.deal("Zirkel pilot")
    AuditEvent.objects.all().delete()
    return [
        audit.record(act="deal.archived", actor=company.rep.user, subject=deal, reason="Twice in the list"),
        audit.record(act="role.granted", actor=company.admin.user, subject=company.vp.user, detail={"role": "finance"}),
        audit.record(act="user.signed_in", actor=company.ops.user, subject=company.ops.user),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("act=role.", ["role.granted"]),
        ("who=ana", ["deal.archived"]),
        ("kind=opportunity", ["deal.archived"]),
        ("q=zirkel", ["deal.archived"]),
        ("q=twice+in", ["deal.archived"]),
        ("since=2000-01-01&until=2000-01-02", []),
        ("record=999999", []),
        ("act=%27%3B--", []),
    ],
)
def test_narrowed(company: Any, signed_in: Any, events: Any, query: str, found: list[str]) -> None:
    assert acts(signed_in(company.admin), query) == found


@pytest.mark.parametrize(
    "query", ["since=never", "record=x", "record=" + "9" * 40, "after=%%%", "sort=password", "q=%00"]
)
def test_nonsense_is_passed_over(company: Any, signed_in: Any, events: Any, query: str) -> None:
    assert signed_in(company.admin).get(f"{PAGE}?{query}").status_code == 200


def test_only_admins(company: Any, signed_in: Any, events: Any) -> None:
    for who in (company.rep, company.manager, company.vp, company.ops):
        assert signed_in(who).get(PAGE).status_code == 404
        assert signed_in(who).get(events[0].get_absolute_url()).status_code == 404
        assert signed_in(who).get(f"{PAGE}?format=csv").status_code == 404


def test_reading_and_exporting_are_acts(company: Any, signed_in: Any, events: Any) -> None:
    admin = signed_in(company.admin)
    admin.get(f"{PAGE}?act=role.")
    admin.get(events[0].get_absolute_url())
    content = b"".join(admin.get(f"{PAGE}?act=role.&format=csv").streaming_content)
    assert b"Role: granted" in content and b"Deal: archived" not in content
    told = AuditEvent.objects.filter(actor=company.admin.user).order_by("id").values_list("act", flat=True)
    assert list(told)[-3:] == ["audit.read", "audit.read", "list.exported"]


def test_what_an_act_changed_is_told_to_who_sees_the_record(company: Any, signed_in: Any) -> None:
    """The account is changed through its page, so that the act and the history row share a context."""
    account = company.account("Zirkel", city="Oslo")
    page = reverse("accounts:account_edit", args=[account.pk])
    form = signed_in(company.rep).get(page).context["form"]
    seen = {form[name].html_initial_name: form[name].value() for name in form.fields if name != "version"}
    given = {name: form[name].value() for name in form.fields} | seen | {"city": "Bergen"}
    sent = {name: "" if value is None else value for name, value in given.items()}
    assert signed_in(company.rep).post(page, sent).status_code == 302
    event = AuditEvent.objects.get(act="account.changed", subject_id=account.pk)
    assert event.context_id
    blind = signed_in(company.admin).get(event.get_absolute_url()).content.decode()
    assert "City" in blind and "Bergen" not in blind and "Shown to those who see the record" in blind
    both = create_user(email="both@example.com", password=None, roles=[Role.ADMIN, Role.SALES_OPS], by=None, on=SINCE)
    told = signed_in(both).get(event.get_absolute_url()).content.decode()
    assert "Oslo" in told and "Bergen" in told


def test_the_same_queries_for_one_and_three(company: Any, signed_in: Any) -> None:
    AuditEvent.objects.all().delete()
    admin = signed_in(company.admin)
    one = queries(admin, f"{PAGE}?act=x.")
    for number in range(3):
        audit.record(act=f"x.{number}", actor=company.rep.user)
    assert queries(admin, f"{PAGE}?act=x.") <= one + 1
    three = queries(admin, f"{PAGE}?act=x.")
    for number in range(5):
        audit.record(act=f"x.{number}", actor=company.ops.user)
    assert queries(admin, f"{PAGE}?act=x.") == three
