"""Plan pages from the empty list to a published version: what is shown, changed, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from compensation import services
from compensation.models import Plan, PlanVersion
from tests.compensation.pay_desk import PayDesk, definition, desk_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(company: Any, run_jobs: Callable[[], list[str]]) -> PayDesk:
    return desk_of(company, run_jobs)


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
    for typed, said in (("ten", ""), ("__import__('os')", "isn"), ("10% if", "can&#x27;t be read"), ("f(1)", "")):
        answer = page.post(value_url(draft, FIRST_RATE), {"value": typed, "edits": draft.edits})
        if typed == "ten":
            continue  # a name is read: whether there is such a parameter, the linter and the cases say
        assert answer.status_code == 200 and "form-error" in answer.text and said in answer.text, typed
        draft.refresh_from_db()
        assert draft.document != {} and "import" not in str(draft.document)
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
