from __future__ import annotations

from django.urls import URLPattern, path

from compensation.views import adjustments, clauses, letters, periods, plans, runs, versions

app_name = "compensation"
_PERIOD = "pay-runs/<int:period_id>/"
_ADJUSTMENT, _EVENT = "pay-adjustments/<int:adjustment_id>/", "pay-events/<int:pay_event_id>/"
_RUNS = [
    path("pay-runs/", periods.period_list, name="periods"),
    path("pay-runs/all/", periods.run_list, name="pay_runs"),
    path("pay-runs/open/", periods.periods_open, name="periods_open"),
    path(_PERIOD, periods.period_answer, name="period"),
    path(f"{_PERIOD}progress/", periods.period_progress, name="period_progress"),
    path(f"{_PERIOD}payees/", periods.payee_list, name="period_payees"),
    path(f"{_PERIOD}ledger/", periods.ledger_list, name="period_ledger"),
    path(f"{_PERIOD}compare/", periods.compare, name="period_compare"),
    path(f"{_PERIOD}payroll/", periods.payroll, name="period_payroll"),
    path(f"{_PERIOD}ledger/file/", periods.ledger_file, name="period_ledger_file"),
    path(f"{_PERIOD}reopen/", periods.reopen, name="period_reopen"),
    path(f"{_PERIOD}start/", periods.start, name="run_start"),
    path(f"{_PERIOD}stop/", runs.stop, name="run_stop"),
    path(f"{_PERIOD}check/", runs.check, name="run_check"),
    path(f"{_PERIOD}confirm/", runs.confirm, name="exception_confirm"),
    path(f"{_PERIOD}hold/", runs.hold, name="exception_hold"),
    path(f"{_PERIOD}submit/", runs.submit, name="run_submit"),
    path(f"{_PERIOD}approve/", runs.approve, name="run_approve"),
    path(f"{_PERIOD}give-back/", runs.give_back, name="run_give_back"),
    path(f"{_PERIOD}post/", runs.post, name="run_post"),
    path(f"{_PERIOD}release/", runs.release, name="run_release"),
    path("pay-adjustments/", adjustments.adjustment_list, name="adjustments"),
    path("pay-adjustments/new/", adjustments.adjustment_new, name="adjustment_new"),
    path(_ADJUSTMENT, adjustments.adjustment_page, name="adjustment"),
    path(f"{_ADJUSTMENT}decide/", adjustments.adjustment_decide, name="adjustment_decide"),
    path("pay-holds/", adjustments.hold_list, name="credit_holds"),
    path("pay-holds/<int:credit_hold_id>/", adjustments.hold_page, name="credit_hold"),
    path("pay-holds/<int:credit_hold_id>/release/", adjustments.hold_release, name="credit_hold_release"),
    path("pay-events/", adjustments.event_list, name="pay_events"),
    path("pay-events/new/", adjustments.event_new, name="pay_event_new"),
    path(_EVENT, adjustments.event_page, name="pay_event"),
    path(f"{_EVENT}decide/", adjustments.event_decide, name="pay_event_decide"),
]
VERSION = "compensation/plans/versions/<int:version_id>"
_PLANS = [
    path("compensation/plans/", plans.plan_list, name="plans"),
    path("compensation/plans/new/", plans.plan_new, name="plan_new"),
    path("compensation/plans/<int:plan_id>/", plans.plan_page, name="plan"),
    path("compensation/plans/<int:plan_id>/begin/", plans.version_begin, name="version_begin"),
    path("compensation/plans/<int:plan_id>/assign/", plans.plan_assign, name="plan_assign"),
    path("compensation/plans/<int:plan_id>/assign-many/", plans.plan_assign_many, name="plan_assign_many"),
    path("compensation/plans/assignments/file/", plans.assign_file, name="assign_file"),
    path("compensation/plans/assignments/<int:assignment_id>/end/", plans.assignment_end, name="assignment_end"),
    path(f"{VERSION}/", versions.version_page, name="version"),
    path(f"{VERSION}/value/", clauses.version_value, name="version_value"),
    path(f"{VERSION}/clauses/new/", clauses.clause_add, name="clause_add"),
    path(f"{VERSION}/clauses/edit/", clauses.clause_edit, name="clause_edit"),
    path(f"{VERSION}/clauses/remove/", clauses.clause_remove, name="clause_remove"),
    path(f"{VERSION}/yaml/", versions.version_yaml, name="version_yaml"),
    path(f"{VERSION}/download/", versions.version_download, name="version_download"),
    path(f"{VERSION}/compare/", versions.version_compare, name="version_compare"),
    path(f"{VERSION}/cases/run/", versions.cases_run, name="cases_run"),
    path(f"{VERSION}/cases/new/", clauses.case_add, name="case_add"),
    path(f"{VERSION}/cases/<int:case_number>/", clauses.case_edit, name="case_edit"),
    path(f"{VERSION}/cases/<int:case_number>/remove/", clauses.case_remove, name="case_remove"),
    path(f"{VERSION}/warning/", versions.warning_accept, name="warning_accept"),
    path(f"{VERSION}/replay/", versions.version_replay, name="version_replay"),
    path(f"{VERSION}/submit/", versions.version_submit, name="version_submit"),
    path(f"{VERSION}/take-back/", versions.version_take_back, name="version_take_back"),
    path(f"{VERSION}/withdraw/", versions.version_withdraw, name="version_withdraw"),
    path(f"{VERSION}/decide/", versions.version_decide, name="version_decide"),
    path(f"{VERSION}/letters/", letters.letters_send, name="letters_send"),
    path("compensation/my-plan/", letters.my_plan, name="my_plan"),
    path("compensation/my-plan/letters/<int:letter_id>/", letters.letter_page, name="letter"),
    path("compensation/my-plan/letters/<int:letter_id>/accept/", letters.letter_accept, name="letter_accept"),
    path("compensation/my-plan/letters/<int:letter_id>/pdf/", letters.letter_file, name="letter_file"),
]
urlpatterns: list[URLPattern] = [*_RUNS, *_PLANS]
