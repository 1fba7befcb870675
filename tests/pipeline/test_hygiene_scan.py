"""The scan: found once, kept, resolved; scores of deals and groups; fixes and tasks that can be taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.enums import RunState
from core.registry import react_to_import
from pipeline.kernel.hygiene import record_score, risk, weight_of
from pipeline.models import DealScore, Finding, HygieneRule, HygieneScore, Opportunity
from pipeline.selectors import hygiene
from pipeline.services.hygiene import ask_for_check, check_records, forget_findings, lay_out_rules
from tests.small_company import AS_OF

TOMORROW = AS_OF + timedelta(days=1)


def state() -> Any:
    findings = Finding.objects.order_by("rule", "subject_kind", "subject_id", "pk").values_list()
    scores = DealScore.objects.order_by("deal").values_list("deal", "owner", "score", "weight", "high", "risk")
    nights = HygieneScore.objects.order_by("day", "scope_kind", "scope_id").values_list(
        "day", "scope_kind", "scope_id", "score", "points", "records", "failing", "high", "at_stake_minor"
    )
    return list(findings), list(scores), list(nights)


def standing(key: str) -> list[Finding]:
    return list(Finding.objects.filter(rule__key=key, resolved_on=None).order_by("subject_id"))


def test_a_second_scan_changes_nothing(company: Any) -> None:
    company.deal(), company.deal(amount=None, owner=company.outsider)
    first = check_records(on=AS_OF)
    before = state()
    second = check_records(on=AS_OF)
    assert state() == before
    assert first.counts["added"] == first.counts["failing"] == len(before[0]) > 0
    assert second.counts | {"failing": 0} == {"failing": 0, "added": 0, "resolved": 0, "changed": 0}


def test_what_still_fails_keeps_its_day_and_what_passes_is_resolved(company: Any) -> None:
    kept, mended = company.deal(), company.deal()
    check_records(on=AS_OF)
    Opportunity.objects.filter(pk=mended.pk).update(next_step="Call")
    check_records(on=TOMORROW)
    found = {f.subject_id: (f.found_on, f.resolved_on) for f in Finding.objects.filter(rule__key="no_next_step")}
    assert found == {kept.pk: (AS_OF, None), mended.pk: (AS_OF, TOMORROW)}
    Opportunity.objects.filter(pk=mended.pk).update(next_step="")
    check_records(on=TOMORROW + timedelta(days=1))
    again = Finding.objects.get(rule__key="no_next_step", subject_id=mended.pk, resolved_on=None)
    assert again.found_on == TOMORROW + timedelta(days=1)


def test_a_fact_that_changed_is_told_anew_on_the_same_finding(company: Any) -> None:
    deal = company.deal(pushed_count=3)
    check_records(on=AS_OF)
    (before,) = standing("pushed_often")
    Opportunity.objects.filter(pk=deal.pk).update(pushed_count=5, owner=company.outsider.person, amount=Decimal(7))
    check_records(on=TOMORROW)
    (after,) = standing("pushed_often")
    assert (after.pk, after.found_on) == (before.pk, AS_OF)
    assert (after.fact, after.owner_id, after.at_stake_minor) == ({"times": 5}, company.outsider.person.pk, 700)


def test_a_scan_for_an_earlier_day_never_ends_a_finding_before_it_began(company: Any) -> None:
    deal = company.deal()
    check_records(on=AS_OF)
    Opportunity.objects.filter(pk=deal.pk).update(next_step="Call")
    check_records(on=AS_OF - timedelta(days=9))
    finding = Finding.objects.get(rule__key="no_next_step")
    assert finding.resolved_on == finding.found_on == AS_OF


def test_rules_keep_what_people_changed(company: Any) -> None:
    lay_out_rules()
    HygieneRule.objects.filter(key="stale").update(severity="low", params={"days": 90}, owner_action="Ring them")
    lay_out_rules()
    rule = HygieneRule.objects.get(key="stale")
    assert (rule.severity, rule.params, rule.owner_action) == ("low", {"days": 90}, "Ring them")


def test_the_score_of_a_deal_is_the_kernels(company: Any) -> None:
    deal = company.deal(amount=Decimal("1000.50"), pushed_count=4)
    check_records(on=AS_OF)
    against = Finding.objects.filter(subject_kind="opportunity", subject_id=deal.pk)
    weight = weight_of(against.values_list("rule__severity", flat=True))
    score = DealScore.objects.get(deal=deal)
    assert (score.weight, score.score, score.risk) == (weight, record_score(weight), risk(100050, weight))
    assert score.high == against.filter(rule__severity="high").count()
    assert score.at_stake_minor == 100050


def test_a_deal_at_stake_counts_once_whatever_it_fails(company: Any) -> None:
    company.deal(amount=Decimal(1000)), company.deal(amount=Decimal(500))
    check_records(on=AS_OF)
    assert Finding.objects.filter(at_stake_minor__gt=0).count() > 2
    assert hygiene.score_now(company.ops.user, AS_OF).at_stake == Decimal(1500)


def test_scores_of_groups_add_up_to_the_companys(company: Any) -> None:
    company.deal(), company.deal(owner=company.manager), company.deal(owner=company.outsider, next_step="Call")
    orphan = company.deal(amount=None)
    Opportunity.objects.filter(pk=orphan.pk).update(owner=None)
    check_records(on=AS_OF)
    whole = hygiene.score_now(company.ops.user, AS_OF)
    for split in ("team", "region", "person"):
        parts = hygiene.scores_by(split, company.ops.user, AS_OF)
        assert sum(p.now.records for p in parts) == whole.records == 4
        assert sum(p.now.failing for p in parts) == whole.failing
        assert sum(p.now.at_stake for p in parts) == whole.at_stake
        assert sum(p.now.high for p in parts) == whole.high
        points = sum((p.now.score or 0) * p.now.records for p in parts)
        assert abs(points / whole.records - (whole.score or 0)) < Decimal("0.02")
    assert {p.label for p in hygiene.scores_by_team(company.ops.user, AS_OF)} == {"West 1", "East 1", "No team"}
    assert {p.label for p in hygiene.scores_by("region", company.ops.user, AS_OF)} == {"West", "East", "No team"}


def test_a_manager_reads_the_same_sums_of_the_own_line_as_are_stored(company: Any) -> None:
    company.deal(), company.deal(owner=company.manager), company.deal(owner=company.outsider)
    check_records(on=AS_OF)
    (mine,) = hygiene.scores_by_team(company.manager.user, AS_OF)
    stored = {g.label: g.now for g in hygiene.scores_by_team(company.ops.user, AS_OF)}
    assert mine.label == "West 1"
    assert mine.now == stored["West 1"]
    assert hygiene.score_now(company.manager.user, AS_OF).records == 2
    assert hygiene.score_now(company.rep.user, AS_OF).records == 1
    assert hygiene.score_now(company.admin.user, AS_OF).score is None


def test_the_trend_is_the_last_check_of_each_week(company: Any) -> None:
    deal = company.deal()
    for day in (AS_OF - timedelta(days=8), AS_OF - timedelta(days=7), AS_OF - timedelta(days=1)):
        check_records(on=day)
    Opportunity.objects.filter(pk=deal.pk).update(next_step="Call")
    check_records(on=AS_OF)
    now = hygiene.score_now(company.rep.user, AS_OF)
    assert [day for day, _score in now.trend] == [AS_OF - timedelta(days=7), AS_OF]
    assert now.change == 15
    assert now.checked_on == AS_OF
    assert hygiene.score_now(company.rep.user, AS_OF - timedelta(days=1)).checked_on == AS_OF - timedelta(days=1)
    assert hygiene.score_now(company.rep.user, AS_OF + timedelta(weeks=20)).score is None


def test_without_open_deals_there_is_no_score(company: Any) -> None:
    check_records(on=AS_OF)
    now = hygiene.score_now(company.ops.user, AS_OF)
    assert (now.score, now.records, now.checked_on, list(now.trend)) == (None, 0, AS_OF, [])


def test_deals_at_risk_by_money_and_severity_with_reasons(company: Any) -> None:
    due = {"expected_close_on": AS_OF + timedelta(days=10), "next_step": "Call", "created_on": AS_OF}
    small = company.deal("Small", amount=Decimal(100), **due)
    large = company.deal("Large", amount=Decimal(900), **due)
    pushed = company.deal("Pushed", amount=Decimal(800), **due | {"next_step": ""}, pushed_count=3)
    company.deal("Later", **due | {"expected_close_on": AS_OF + timedelta(days=100)})
    company.deal("Other line", owner=company.outsider, **due)
    check_records(on=AS_OF)
    window = (AS_OF, AS_OF + timedelta(days=90))
    found = hygiene.deals_at_risk(company.rep.user, AS_OF, *window)
    assert [risky.deal.pk for risky in found] == [pushed.pk, large.pk, small.pk]
    assert found[0].reasons == ["No next step", "Pushed 3 times", "No account", "No contact"]
    assert found[0].amount == Decimal(800)
    assert len(hygiene.deals_at_risk(company.ops.user, AS_OF, *window, limit=2)) == 2


def test_a_scan_cut_off_in_the_middle_is_finished_by_the_next(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.deal(), company.deal(amount=None)

    def power_cut() -> None:
        raise SystemError("The worker is gone.")

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.services.hygiene.score_deals", power_cut)
        with pytest.raises(SystemError):
            check_records(on=AS_OF)
    assert Finding.objects.exists()
    assert not HygieneScore.objects.exists()
    run = check_records(on=AS_OF)
    assert (run.counts["added"], run.counts["failing"]) == (0, Finding.objects.count())
    assert DealScore.objects.count() == 2
    assert hygiene.score_now(company.ops.user, AS_OF).failing == 2


def test_asked_for_twice_it_is_checked_once(company: Any, run_jobs: Any) -> None:
    first, second = (ask_for_check(by=company.ops.user, on=AS_OF) for _ in range(2))
    assert first == second
    assert run_jobs() == ["pipeline.hygiene_run"]
    first.refresh_from_db()
    assert first.state == RunState.SUCCEEDED
    assert "0 findings stand" in first.result


def test_an_import_has_its_records_checked(company: Any, run_jobs: Any) -> None:
    react_to_import(frozenset({"opportunity"}))
    react_to_import(frozenset({"account"}))
    react_to_import(frozenset({"quota"}))
    assert "pipeline.hygiene_today" in run_jobs()
    assert HygieneScore.objects.filter(scope_kind="company").count() == 1


def test_findings_go_with_their_records(company: Any) -> None:
    gone, kept = company.deal(), company.deal()
    check_records(on=AS_OF)
    forget_findings("opportunity")(Opportunity.objects.filter(pk=gone.pk))
    assert not DealScore.objects.filter(deal=gone).exists()
    assert set(Finding.objects.values_list("subject_id", flat=True)) == {kept.pk}
