"""Who is on a plan over time, and the letters they get and accept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from compensation import services
from compensation.kernel.places import with_value
from compensation.models import Acceptance, Assignment, PlanVersion
from compensation.selectors.letters import letter_pdf
from core.models import Notification
from people.services import create_user
from tests.compensation.pay_desk import PayDesk, definition, draft_lines, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(desk: PayDesk) -> PlanVersion:
    return desk.plan(valid_to="2030-01-01")


@pytest.fixture
def page(signed_in: Any, desk: PayDesk) -> Any:
    return signed_in(desk.admin)


def test_a_person_comes_on_a_plan_and_leaves_it(page: Any, desk: PayDesk, version: PlanVersion) -> None:
    olga = desk.company.outsider.person
    url = reverse("compensation:plan_assign", args=[version.plan_id])
    sent = {"person": olga.pk, "role": "AE", "valid_from": "2024-02-01", "valid_to": ""}
    assert page.post(url, sent).status_code == 302
    again = page.post(url, sent | {"valid_from": "2024-05-01"})
    assert "on some of these days already" in again.text
    wrong = page.post(url, sent | {"valid_to": "2024-01-01"})
    assert "Enter a day after the first one" in wrong.text
    row = Assignment.objects.get(payee__person=olga)
    end = reverse("compensation:assignment_end", args=[row.pk])
    assert "choose a later day" in page.post(end, {"valid_to": "2024-02-01"}).text
    assert page.post(end, {"valid_to": "2024-06-01"}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == date(2024, 6, 1)
    assert "ended on 2024-06-01 already" in page.post(end, {"valid_to": "2024-09-01"}).text
    shown = page.get(version.plan.get_absolute_url())
    assert "Olga Orlov" not in shown.text and "Ana Alves" in shown.text
    assert "Olga Orlov" in page.get(f"{version.plan.get_absolute_url()}?people=all").text


def test_days_whose_pay_is_locked_stay_as_they_are(desk: PayDesk, version: PlanVersion) -> None:
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.closed("2024-01")
    row = Assignment.objects.get()
    with pytest.raises(services.CompensationError, match="locked"):
        services.end_assignment(assignment=row, valid_to=date(2024, 1, 15), by=desk.admin)
    assert services.end_assignment(assignment=row, valid_to=date(2024, 2, 1), by=desk.admin).valid_to


def test_a_team_comes_on_a_plan_at_once(page: Any, desk: PayDesk, version: PlanVersion) -> None:
    url = reverse("compensation:plan_assign_many", args=[version.plan_id])
    days = {"role": "AE", "valid_from": "2024-03-01", "valid_to": ""}
    assert "Choose a team or a role" in page.post(url, days).text
    answer = page.post(url, days | {"team": desk.company.west.pk, "login_role": ""}, follow=True)
    # West: Ana, who is on the plan, and Max, who leads it
    assert "1 person is on the plan" in answer.text and "left as they are: Ana Alves" in answer.text
    answer = page.post(url, days | {"team": "", "login_role": "rep"}, follow=True)
    assert "1 person is on the plan" in answer.text
    names = {row.payee.person.name for row in Assignment.objects.select_related("payee__person")}
    assert names == {"Ana Alves", "Max Moreau", "Olga Orlov"}


def test_letters_are_sent_once_and_accepted_by_their_person(
    page: Any, desk: PayDesk, version: PlanVersion, signed_in: Any
) -> None:
    desk.quota("10000")
    shown = page.get(version.get_absolute_url()).text
    assert "Send 1 letter" in shown and "Without a letter: Ana Alves" in shown
    url = reverse("compensation:letters_send", args=[version.pk])
    assert "1 letter was sent" in page.post(url, follow=True).text
    assert "0 letters were sent" in page.post(url, follow=True).text
    letter = Acceptance.objects.get()
    told = Notification.objects.get(kind="plan_letter")
    assert told.user == desk.company.rep.user and told.url == reverse("compensation:letter", args=[letter.pk])
    own = signed_in(desk.company.rep)
    text = own.get(told.url).text
    assert "Pay 10% of bookings up to 100% of quota" in text and "$10,000.00" in text and "Accept my plan" in text
    assert "Waits for your yes" in own.get(reverse("compensation:my_plan")).text
    accept = reverse("compensation:letter_accept", args=[letter.pk])
    assert page.post(accept).status_code == 403
    assert signed_in(desk.company.manager).get(told.url).status_code == 404
    assert signed_in(desk.company.outsider).post(accept).status_code == 404
    assert own.post(accept).status_code == 302
    letter.refresh_from_db()
    first = letter.accepted_on
    assert first is not None
    own.post(accept)
    letter.refresh_from_db()
    assert letter.accepted_on == first
    assert "1 of 1 accepted" in page.get(version.get_absolute_url()).text


def test_a_letter_says_what_it_said_when_it_was_sent(desk: PayDesk, version: PlanVersion) -> None:
    desk.quota("10000")
    (letter,) = services.send_letters(version=version, by=desk.admin, on=date(2024, 1, 2))
    desk.quota("99999")
    letter.refresh_from_db()
    assert [one["amount"] for one in letter.terms["quotas"]] == ["$10,000.00"]
    assert letter.terms["hash"] == version.plan_hash and letter.terms["from"] == "2024-01-01"


def test_letters_wait_for_the_version_to_be_published(desk: PayDesk) -> None:
    draft = services.create_plan(name="", definition=definition(), by=desk.admin)
    with pytest.raises(services.CompensationError, match="once the version is published"):
        services.send_letters(version=draft, by=desk.admin, on=date(2024, 1, 2))


def test_the_pdf_of_a_letter_sets_words_as_they_are(desk: PayDesk, version: PlanVersion, signed_in: Any) -> None:
    (letter,) = services.send_letters(version=version, by=desk.admin, on=date(2024, 1, 2))
    answer = signed_in(desk.company.rep).get(reverse("compensation:letter_file", args=[letter.pk]))
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-") and answer["Content-Type"].endswith("pdf")
    letter.terms = letter.terms | {"person": '#panic("x") $1 *a* [b] \\', "role": "= @h <l>"}
    assert letter_pdf(letter).startswith(b"%PDF-")


def test_pay_waits_for_acceptance_where_the_plan_says_so(desk: PayDesk) -> None:
    version = desk.plan(pays_when_accepted=True)
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    (letter,) = services.send_letters(version=version, by=desk.admin, on=date(2024, 1, 2))
    run = desk.calculated("2024-01")
    assert "paid" not in {stage for _key, stage, _day, _amount in said(draft_lines(run))}
    with pytest.raises(services.NotAllowed, match="nobody else"):
        services.accept_letter(letter=letter, by=desk.admin, on=date(2024, 1, 5))
    services.accept_letter(letter=letter, by=desk.company.rep.user, on=date(2024, 1, 5))
    run = desk.calculated("2024-01")
    assert ("", "paid", "2024-01-01", -40000) in said(draft_lines(run))


def test_nobody_without_a_letter_has_a_page_of_letters(desk: PayDesk, signed_in: Any) -> None:
    stranger = create_user(email="nina@example.com", password=None, roles=[], by=None, on=date(2023, 1, 1))
    for who in (stranger, desk.company.ops.user, desk.company.admin.user):
        assert signed_in(who).get(reverse("compensation:my_plan")).status_code == 404


def test_a_version_that_was_published_is_told_in_the_rail_with_its_people(page: Any, desk: PayDesk) -> None:
    version = desk.plan()
    draft = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    data = with_value(draft.document, "valid_from", "2024-07-01")
    draft = services.save_version(version=draft, definition=data, by=desk.admin, edits=draft.edits)
    desk.published(draft)
    services.assign(plan=version.plan, person=desk.company.outsider.person, valid_from=date(2024, 8, 1), by=desk.admin)
    text = page.get(version.plan.get_absolute_url()).text
    assert "Jan 1, 2024 – Jun 30, 2024" in text and "Jul 1, 2024 – Dec 31, 2024" in text
    assert "1 person" in text and "2 people" in text
