"""Addresses of compensation."""

from __future__ import annotations

from django.urls import path

from compensation.views import disputes, own_pay, statements

app_name = "compensation"
_STATEMENT, _MONTH = "pay/statements/<int:statement_id>/", "pay/payees/<int:payee_id>/<int:period_id>/"
_DISPUTE = "pay/disputes/<int:dispute_id>/"
_LINE = "lines/<int:line_id>/"
urlpatterns = [
    path("pay/statements/", statements.statement_list, name="statements"),
    path(_STATEMENT, statements.statement, name="statement"),
    path(f"{_STATEMENT}{_LINE}", statements.statement_line, name="statement_line"),
    path(f"{_STATEMENT}rates/", statements.statement_rates, name="statement_rates"),
    path(f"{_STATEMENT}acknowledge/", statements.statement_acknowledge, name="statement_acknowledge"),
    path(f"{_STATEMENT}csv/", statements.statement_csv, name="statement_csv"),
    path(f"{_STATEMENT}pdf/", statements.statement_pdf, name="statement_pdf"),
    path(_MONTH, statements.payee_period, name="payee_period"),
    path(f"{_MONTH}{_LINE}", statements.payee_line, name="payee_line"),
    path(f"{_MONTH}rates/", statements.payee_rates, name="payee_rates"),
    path(f"{_MONTH}csv/", statements.payee_csv, name="payee_csv"),
    path(f"{_MONTH}pdf/", statements.payee_pdf, name="payee_pdf"),
    path(f"{_STATEMENT}dispute/", disputes.statement_dispute, name="statement_dispute"),
    path(f"{_MONTH}dispute/", disputes.payee_dispute, name="payee_dispute"),
    path("pay/disputes/", disputes.dispute_list, name="disputes"),
    path(_DISPUTE, disputes.dispute, name="dispute"),
    path(f"{_DISPUTE}comment/", disputes.dispute_comment, name="dispute_comment"),
    path(f"{_DISPUTE}files/<int:attachment_id>/", disputes.dispute_file, name="dispute_file"),
    path(f"{_DISPUTE}assign/", disputes.dispute_assign, name="dispute_assign"),
    path(f"{_DISPUTE}decide/", disputes.dispute_decide, name="dispute_decide"),
    path(f"{_DISPUTE}propose/", disputes.dispute_propose, name="dispute_propose"),
    path(f"{_DISPUTE}test/", disputes.dispute_case, name="dispute_case"),
    path(f"{_DISPUTE}close/", disputes.dispute_close, name="dispute_close"),
    path(f"{_DISPUTE}withdraw/", disputes.dispute_withdraw, name="dispute_withdraw"),
    path(f"{_DISPUTE}reopen/", disputes.dispute_reopen, name="dispute_reopen"),
    path("pay/what-if/", own_pay.what_if_page, name="what_if"),
    path("pay/today/", own_pay.pay_today, name="pay_today"),
    path("opportunities/<int:deal_id>/commission/", own_pay.deal_commission, name="deal_commission"),
    path("settings/pay/", disputes.settings_page, name="pay_settings"),
]
