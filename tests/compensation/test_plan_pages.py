"""Plan pages from the empty list to a published version: what is shown, changed, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compensation import services
from compensation.models import Plan, PlanVersion
from compensation.selectors import plan_data, plan_text
from tests.compensation.pay_desk import PayDesk, definition

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(desk: PayDesk) -> PlanVersion:
    return services.create_plan(name="", definition=definition(), by=desk.admin)


@pytest.fixture
def page(signed_in: Callable[..., Any], desk: PayDesk) -> Any:
    return signed_in(desk.admin)


def at(name: str, version: PlanVersion, *more: Any) -> str:
    return reverse(f"compensation:{name}", args=[version.pk, *more])


def value_url(version: PlanVersion, place: str) -> str:
    return f"{at('version_value', version)}?place={place}"


FIRST_RATE = "components.commission.pays.tiers[0].rate"


def test_a_plan_begins_with_a_pattern(page: Any, desk: PayDesk) -> None:
    assert "Account executive" in page.get(reverse("compensation:plan_new")).text
    sent = {"name": "AE 2027", "currency": "usd", "valid_from": "2027-01-01"}
    answer = page.post(reverse("compensation:plan_new") + "?pattern=ae", sent, follow=True)
    assert answer.status_code == 200 and "AE 2027" in answer.text
    assert "12%" in answer.text and "An order crosses 100%" in answer.text and "1 pass" in answer.text
    assert "$224,000.00" not in answer.text and "Rate curve" in answer.text
    assert Plan.objects.get().currency_id == "USD"
    listed = page.get(reverse("compensation:plans")).text
    assert "AE 2027" in listed and "v1 draft" in listed
    assert "Nobody is on this plan" in page.get(Plan.objects.get().get_absolute_url()).text


def test_a_value_is_changed_in_its_sentence(page: Any, draft: PlanVersion) -> None:
    form = page.get(value_url(draft, FIRST_RATE))
    assert 'value="10%"' in form.text
    inline = page.get(value_url(draft, FIRST_RATE), headers={"HX-Request": "true"})
    assert 'value="10%"' in inline.text and "<html" not in inline.text
    answer = page.post(value_url(draft, FIRST_RATE), {"value": "11.5%", "edits": draft.edits})
    assert answer.status_code == 302 and answer.url.endswith("#components.commission")
    draft.refresh_from_db()
    assert draft.document["components"]["commission"]["pays"]["tiers"][0]["rate"] == "11.5%"
    shown = page.get(draft.get_absolute_url()).text
    assert "<del>10%</del> → <ins>11.5%</ins>" in shown


def test_what_cannot_be_read_is_said_at_the_field_and_not_saved(page: Any, draft: PlanVersion) -> None:
    for typed in ("__import__('os')", "10% if", "open('x')", "1 +", "(lambda: 1)()"):
        answer = page.post(value_url(draft, FIRST_RATE), {"value": typed, "edits": draft.edits})
        assert answer.status_code == 200 and "form-error" in answer.text, typed
        draft.refresh_from_db()
        assert draft.document == definition()
    bound = "components.commission.pays.tiers[0].up_to"
    answer = page.post(value_url(draft, bound), {"value": "", "edits": draft.edits})
    assert "Only the last tier may be without a bound" in answer.text


def test_a_draft_that_somebody_else_changed_meanwhile_is_not_overwritten(page: Any, draft: PlanVersion) -> None:
    page.post(value_url(draft, FIRST_RATE), {"value": "12%", "edits": 1})
    answer = page.post(value_url(draft, FIRST_RATE), {"value": "13%", "edits": 1})
    assert answer.status_code == 200 and "Somebody else changed this draft" in answer.text
    draft.refresh_from_db()
    assert "12%" in str(draft.document)


@pytest.mark.parametrize("place", ["", "components", "nothing.here", "components.commission.pays.tiers[7].rate", "[["])
def test_a_place_that_is_no_value_is_not_found(page: Any, draft: PlanVersion, place: str) -> None:
    assert page.get(value_url(draft, place)).status_code == 404


def yaml_of(page: Any, draft: PlanVersion, text: str) -> Any:
    return page.post(at("version_yaml", draft), {"text": text, "edits": draft.edits})


def test_a_plan_as_yaml_is_read_changed_and_downloaded_in_its_order(page: Any, draft: PlanVersion) -> None:
    components = {"zeta": {"measure": "bookings", "pays": {"rate": "1%"}}, **definition()["components"]}
    answer = yaml_of(page, draft, plan_text(definition(components=components)))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert list(draft.document["components"]) == ["zeta", "commission"]
    file = page.get(at("version_download", draft))
    assert file["Content-Disposition"] == 'attachment; filename="ae-2024-v1.yaml"'
    assert plan_data(file.text) == draft.document
    assert file.text == plan_text(draft.document)


TIERS = "measures: {b: {}}\ncomponents: {c: {measure: b, pays: {tiers: [%s]}}}\n"
HEAD = "plan: X\ncurrency: USD\nvalid_from: 2024-01-01\n"
BOMB = "a: &a [x,x]\nb: &b [*a,*a]\nplan: *b\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste a plan"),
        ("- 1", "holds no plan"),
        ("plan: [", "can&#x27;t be read"),
        (BOMB, "References (*name) aren&#x27;t read"),
        ("plan: !!python/object/apply:os.system ['ls']", "can&#x27;t be read"),
        ("plan: A\nplan: B", "stands twice"),
        (HEAD, "“components” is missing"),
        (HEAD + TIERS % "{up_to: 100%, rate: 1}, {up_to: 90%, rate: 2}, {rate: 3}", "they overlap"),
        (
            HEAD + TIERS % ", ".join(f"{{up_to: {n}%, rate: 1%}}" for n in range(1, 10_000)),
            "The last tier has no bound",
        ),
        (HEAD + TIERS % ", ".join(f"{{up_to: {n}%, rate: 1%}}" for n in range(1, 10_002)), "components.c.pays"),
        (HEAD + "components: {c: {measure: nothing, pays: {rate: 1%}}}", "There is no measure “nothing”"),
        (HEAD + TIERS % '{rate: \'__import__("os").system("ls")\'}', "components.c.pays.tiers[0].rate"),
        (HEAD + TIERS % "{rate: 'open(\"x\")'}", "components.c.pays.tiers[0].rate"),
        (HEAD + TIERS % "{rate: '1 +'}", "can&#x27;t be read as a formula"),
        (HEAD.replace("USD", "EUR") + TIERS % "{rate: 1%}", "A plan keeps its currency"),
    ],
)
def test_a_file_that_is_no_plan_says_where_and_changes_nothing(
    page: Any, draft: PlanVersion, text: str, said: str
) -> None:
    answer = yaml_of(page, draft, text)
    assert answer.status_code == 200 and said in answer.text
    draft.refresh_from_db()
    assert draft.document == definition() and draft.edits == 1


def test_a_file_is_uploaded(page: Any, draft: PlanVersion) -> None:
    file = SimpleUploadedFile("plan.yaml", plan_text(definition(plan="From a file")).encode())
    assert page.post(at("version_yaml", draft), {"file": file, "edits": 1}).status_code == 302
    draft.refresh_from_db()
    assert draft.document["plan"] == "From a file"
    broken = SimpleUploadedFile("plan.yaml", b"\xff\xfe\x00")
    assert "no text file in UTF-8" in page.post(at("version_yaml", draft), {"file": broken, "edits": 2}).text


def test_a_clause_is_added_changed_renamed_and_removed(page: Any, draft: PlanVersion) -> None:
    add = f"{at('clause_add', draft)}?kind=each"
    form = page.get(add)
    assert "bonus_each:" in form.text and "measure: bookings" in form.text
    text = "bonus_each:\n  measure: bookings\n  pays: {each: 250}\n"
    assert page.post(add, {"text": text, "edits": 1}).status_code == 302
    edit = f"{at('clause_edit', draft)}?place=components.bonus_each"
    renamed = text.replace("bonus_each", "kicker").replace("250", "300")
    assert "another key" in page.post(edit, {"text": text.replace("bonus_each", "commission"), "edits": 2}).text
    assert "Write one clause" in page.post(edit, {"text": f"{text}\nother: {{}}", "edits": 2}).text
    assert page.post(edit, {"text": renamed, "edits": 2}).status_code == 302
    draft.refresh_from_db()
    assert list(draft.document["components"]) == ["commission", "kicker"]
    assert "$300" in page.get(draft.get_absolute_url()).text
    page.post(at("clause_remove", draft), {"place": "components.kicker"})
    draft.refresh_from_db()
    assert list(draft.document["components"]) == ["commission"]
    refused = page.post(at("clause_remove", draft), {"place": "components.commission"}, follow=True)
    assert "components" in refused.text
    draft.refresh_from_db()
    assert list(draft.document["components"]) == ["commission"]
    for place in ("plan", "components", "cases[0]", "components.commission.pays"):
        assert page.post(at("clause_remove", draft), {"place": place}).status_code == 404
    assert page.get(f"{at('clause_add', draft)}?kind=unknown").status_code == 404


def test_who_is_credited_is_said_and_changed_on_the_page(page: Any, draft: PlanVersion) -> None:
    add = f"{at('clause_add', draft)}?kind=credit"
    assert "credit: bookings" in page.get(add).text
    assert page.post(add, {"text": "{credit: bookings, on: booking, to: nobody}", "edits": 1}).status_code == 200
    page.post(add, {"text": "{credit: bookings, on: booking, to: owner}", "edits": 1})
    shown = page.get(draft.get_absolute_url()).text
    assert "Crediting" in shown and 'id="crediting[0]"' in shown and "the deal&#x27;s owner" in shown
    saved = page.post(value_url(draft, "crediting[0].to"), {"value": "splits", "edits": 2})
    assert saved.url.endswith("#crediting[0]")
    edit = f"{at('clause_edit', draft)}?place=crediting[0]"
    assert "to: splits" in page.get(edit).text
    page.post(edit, {"text": "{credit: bookings, on: order, to: owner}", "edits": 3})
    draft.refresh_from_db()
    assert draft.document["crediting"] == [{"credit": "bookings", "on": "order", "to": "owner"}]
    assert "“Credit” was removed" in page.post(at("clause_remove", draft), {"place": "crediting[0]"}, follow=True).text
    draft.refresh_from_db()
    assert "crediting" not in draft.document


def test_a_case_is_added_fails_is_mended_and_removed(page: Any, draft: PlanVersion) -> None:
    form = page.get(at("case_add", draft))
    assert "payee: ana" in form.text
    case = (
        "title: Half\ncredits: [{credit_key: A, payee: ana, on: 2024-03-01, measure: bookings, quota_credit: 500}]\n"
        "quotas: [{payee: ana, measure: bookings, period: 2024, amount: 1000}]\n"
        "expect: [{payee: ana, component: commission, amount: %s}]\n"
    )
    assert page.post(at("case_add", draft), {"text": case % 40, "edits": 1}).status_code == 302
    text = page.get(draft.get_absolute_url()).text
    assert "Got $50.00 instead of $40.00" in text and "1 fails" in text
    edit = at("case_edit", draft, 0)
    assert page.post(edit, {"text": case % 50, "edits": 2}).status_code == 302
    assert "1 pass" in page.get(draft.get_absolute_url()).text
    assert "The test cases were run" in page.post(at("cases_run", draft), follow=True).text
    assert page.post(edit, {"text": "nothing: 1", "edits": 3}).status_code == 200
    page.post(at("case_remove", draft, 0))
    draft.refresh_from_db()
    assert "cases" not in draft.document
    assert page.get(edit).status_code == 404


def test_a_warning_is_accepted_on_the_page_and_the_plan_handed_in(page: Any, draft: PlanVersion) -> None:
    text = page.get(draft.get_absolute_url()).text
    assert "1 warning of the linter" in text
    refused = page.post(at("version_submit", draft), follow=True)
    assert "say why it may stay" in refused.text
    url = f"{at('warning_accept', draft)}?code=no_cap&place=components.commission"
    assert page.post(url, {"reason": ""}).status_code == 200
    answer = page.post(url, {"reason": "Agreed with finance"}, follow=True)
    assert "Agreed with finance" in answer.text
    assert "Handed in" in page.post(at("version_submit", draft), follow=True).text
    draft.refresh_from_db()
    assert draft.state == "submitted"
    locked = page.post(value_url(draft, FIRST_RATE), {"value": "12%", "edits": draft.edits})
    assert "Only a draft is changed" in locked.text


def test_finance_reads_plans_and_changes_none(signed_in: Any, desk: PayDesk, draft: PlanVersion) -> None:
    page = signed_in(desk.finance)
    shown = page.get(draft.get_absolute_url())
    assert shown.status_code == 200 and 'class="tok flat' in shown.text and 'hx-get="/comp' not in shown.text
    assert "10%" in page.get(at("version_yaml", draft)).text
    assert page.post(value_url(draft, FIRST_RATE), {"value": "12%"}).status_code == 403
    assert page.post(at("version_yaml", draft), {"text": "x"}).status_code == 403


def test_a_page_of_a_plan_with_many_clauses_asks_the_database_as_often_as_one_with_few(
    page: Any, draft: PlanVersion
) -> None:
    many = {f"c{n}": {"measure": "bookings", "pays": {"rate": "1%"}} for n in range(60)}
    yaml_of(page, draft, plan_text(definition(plan="Another title")))
    draft.refresh_from_db()
    with CaptureQueriesContext(connection) as few:
        page.get(draft.get_absolute_url())
    yaml_of(page, draft, plan_text(definition(components=many)))
    with CaptureQueriesContext(connection) as more:
        page.get(draft.get_absolute_url())
    assert len(more) == len(few)
