"""Many deals changed from the list: what is asked, shown, done, in the background where they are many, and undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from pipeline.models import BulkEdit, Opportunity, StageCriterion
from pipeline.services import bulk_changes, change_deal
from tests.counting import queries

BULK, HISTORY = reverse("pipeline:bulk_change"), reverse("pipeline:bulk_edits")


def post(client: Any, deals: list[Opportunity], what: str, step: str, **data: Any) -> Any:
    return client.post(BULK, {"pk": [deal.pk for deal in deals], "what": what, "step": step, **data})


def again(deal: Opportunity) -> Opportunity:
    return Opportunity.objects.get(pk=deal.pk)


def test_it_says_what_would_change_and_why_not_and_changes_nothing_yet(company: Any, signed_in: Any) -> None:
    free, won = company.deal("Free"), company.deal("Won one", stage="Won")
    client = signed_in(company.rep)
    page = post(client, [free, won], "close", "check", close_on="2027-03-31")
    text = page.content.decode()
    assert (page.context["count"], page.context["money"]) == (2, "$2,000")
    assert (page.context["would"]["edit"].changed, page.context["would"]["edit"].refused) == (1, 1)
    assert "Closed already" in text
    assert (again(free).expected_close_on, BulkEdit.objects.count()) == (None, 0)
    done = post(client, [free, won], "close", "do", close_on="2027-03-31")
    edit = BulkEdit.objects.get()
    assert done.url == edit.get_absolute_url()
    assert str(again(free).expected_close_on) == "2027-03-31"
    told = client.get(edit.get_absolute_url()).content.decode()
    assert "Closed already" in told
    client.post(reverse("pipeline:bulk_undo", args=[edit.pk]))
    assert again(free).expected_close_on is None


@pytest.mark.parametrize(
    ("what", "data", "field", "value"),
    [
        ("owner", {}, "owner_id", None),
        ("category", {"category": "commit"}, "category", "commit"),
        ("step", {"next_step": "Call"}, "next_step", "Call"),
        ("archive", {}, "archived_at", None),
        ("stage", {}, "stage_id", None),
    ],
)
def test_every_change_is_done_and_undone(
    company: Any, signed_in: Any, what: str, data: dict[str, Any], field: str, value: Any
) -> None:
    deals, client = [company.deal("One"), company.deal("Two")], signed_in(company.ops)
    evaluation = deals[0].process.stages.get(name="Evaluation")
    other = company.outsider.person
    if what == "owner":
        data, value = {"owner": f"{other.name} · PER-{other.pk}"}, other.pk
    if what == "stage":
        data, value = {"stage": evaluation.pk}, evaluation.pk
    before = getattr(deals[0], field)
    post(client, deals, what, "do", **data)
    found = [getattr(again(deal), field) for deal in deals]
    assert all(one is not None for one in found) if what == "archive" else found == [value, value]
    client.post(reverse("pipeline:bulk_undo", args=[BulkEdit.objects.get().pk]))
    assert [getattr(again(deal), field) for deal in deals] == [before, before]


def test_criteria_and_reasons_are_asked_for_in_bulk_too(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed")
    stages = {stage.name: stage.pk for stage in deal.process.stages.all()}
    held = post(client, [deal], "stage", "check", stage=stages["Evaluation"]).content.decode()
    assert "Budget confirmed" in held
    assert (
        "Choose why the deals were lost" in post(client, [deal], "stage", "do", stage=stages["Lost"]).content.decode()
    )
    post(client, [deal], "stage", "do", stage=stages["Evaluation"], despite="Agreed with Max")
    assert again(deal).stage.name == "Evaluation"


def test_others_deals_are_neither_changed_nor_told_of(company: Any, signed_in: Any) -> None:
    mine, other = company.deal("Mine"), company.deal("Theirs", owner=company.outsider)
    client = signed_in(company.rep)
    page = post(client, [mine, other], "step", "check", next_step="Call")
    assert page.context["count"] == 1
    assert "Theirs" not in page.content.decode()
    post(client, [mine, other], "step", "do", next_step="Call")
    assert (again(mine).next_step, again(other).next_step) == ("Call", "")
    edit = BulkEdit.objects.get()
    for who, status in [("rep", 200), ("ops", 200), ("manager", 404), ("outsider", 404), ("vp", 404)]:
        assert signed_in(getattr(company, who)).get(edit.get_absolute_url()).status_code == status
    assert post(signed_in(company.vp), [mine], "step", "do", next_step="No").status_code == 403
    assert signed_in(company.outsider).post(reverse("pipeline:bulk_undo", args=[edit.pk])).status_code == 404


def test_all_behind_the_filter_are_changed_in_the_background_when_they_are_many(
    company: Any, signed_in: Any, run_jobs: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_changes, "AT_ONCE", 2)
    monkeypatch.setattr(bulk_changes, "BATCH", 2)
    deals, client = [company.deal(f"Deal {n}", type="renewal") for n in range(5)], signed_in(company.rep)
    company.deal("Another", type="new")
    first = client.post(f"{BULK}?type=renewal", {"pk": [deals[0].pk]})
    assert (first.context["behind"], first.context["count"]) == (5, 1)
    data = {"scope": "all", "query": "type=renewal", "what": "step", "next_step": "Call"}
    client.post(BULK, data | {"step": "do"})
    edit = BulkEdit.objects.get()
    assert (edit.asked, edit.changed) == (5, 0)
    assert "pipeline.bulk_edit" in run_jobs()
    edit.refresh_from_db()
    assert (edit.changed, edit.run.state, edit.run.units_done) == (5, "succeeded", 5)
    assert set(Opportunity.objects.filter(next_step="Call").values_list("type", flat=True)) == {"renewal"}
    bulk_changes.work_change(edit_id=edit.pk)  # a worker that begins again adds nothing
    edit.refresh_from_db()
    assert (edit.changed, edit.rows.count()) == (5, 5)
    change_deal(deal_id=deals[0].pk, values={"next_step": "Mine"}, version=None, by=None, on=company.as_of)
    client.post(reverse("pipeline:bulk_undo", args=[edit.pk]))
    run_jobs()
    assert list(Opportunity.objects.exclude(next_step="").values_list("next_step", flat=True)) == ["Mine"]


def test_nothing_chosen_and_bad_input_are_answered_in_words(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    assert client.post(BULK, {"pk": ["x", "99999999999999999999"]}).url == reverse("pipeline:deals")
    for what, data in [("close", {"close_on": "31.31.31"}), ("owner", {"owner": "Nobody"}), ("step", {}), ("??", {})]:
        assert post(client, [deal], what, "do", **data).status_code == 200
    assert BulkEdit.objects.count() == 0


def test_the_history_costs_the_same_with_one_and_three_edits(company: Any, signed_in: Any) -> None:
    client, deal = signed_in(company.rep), company.deal()
    post(client, [deal], "step", "do", next_step="Call")
    one = queries(client, HISTORY)
    post(client, [deal], "step", "do", next_step="Write")
    post(client, [deal], "category", "do", category="commit")
    assert queries(client, HISTORY) == one
