from __future__ import annotations

from django.urls import URLPattern, path

from compensation.views import adjustments, periods, runs

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
urlpatterns: list[URLPattern] = [*_RUNS]
