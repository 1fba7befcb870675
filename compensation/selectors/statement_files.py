"""A statement as files: the same lines and figures as its page, as CSV and as PDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from compensation.selectors.statement_lines import Group, Reader, all_groups
from compensation.selectors.statement_pages import StatementPage
from compensation.selectors.statements import Month, labels_of, versions_in
from core.kernel import formats
from core.kernel.money import from_minor
from core.selectors import the_company

MOST_IN_PDF = 2_000  # a longer one is read as CSV
TEMPLATE = Path(settings.BASE_DIR) / "templates/compensation/statement.typ"


def csv_rows(month: Month, reader: Reader) -> tuple[list[str], Iterator[list[Any]]]:
    """Every line of a month; amounts in whole units with the currency's decimals. They sum to the payout."""
    header = [
        _("Date"), _("Source"), _("Detail"), _("Type"), _("Month"), _("Plan"), _("Paid on"), _("Quota credit"),
        _("Credit currency"), _("Earned"), _("Held, released, draw"), _("Payable"), _("Currency"),
    ]  # fmt: skip
    labels = labels_of(versions_in(month))

    def rows() -> Iterator[list[Any]]:
        for one in all_groups(month, labels, reader):
            yield [
                one.day.isoformat(), one.source.words, one.source.detail, one.kind, f"{one.earned_in:%Y-%m}",
                str(labels.versions[one.version_id]), _whole(one.pay, one.currency), _whole(one.quota, one.currency),
                one.currency or "", *(from_minor(value, one.plan_currency) for value in _amounts(one)),
                one.plan_currency,
            ]  # fmt: skip

    return header, rows()


def _amounts(one: Group) -> tuple[int, int, int]:
    return one.earned, one.moved, one.payable


def _whole(minor: int | None, currency: str | None) -> Any:
    return "" if minor is None else from_minor(minor, currency or "")


def pdf_of(month: Month, page: StatementPage, reader: Reader) -> bytes:
    """The statement on paper, set by Typst. Above 2,000 lines only the first ones, and a word where the rest is."""
    import typst

    data = _data(month, page, reader)
    return bytes(typst.compile(TEMPLATE.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _data(month: Month, page: StatementPage, reader: Reader) -> dict[str, Any]:
    labels = labels_of(versions_in(month))
    left = page.count - MOST_IN_PDF
    return {
        "company": the_company().name,
        "title": _("Commission statement, %(month)s") % {"month": month.period},
        "person": str(month.payee),
        "facts": [str(one) for one in page.versions] + ([month.run.number] if month.run else []),
        "draft": _("Not posted yet") if month.is_draft else "",
        "paid_on": _("Paid on %(day)s") % {"day": formats.day(month.period.pays_on)},
        "summaries": [_summary(one) for one in page.summaries],
        "head": [_("Date"), _("Source"), _("Type"), _("Earned"), _("Held, released, draw"), _("Payable")],
        "lines": [_line(one) for one in all_groups(month, labels, reader, most=MOST_IN_PDF)],
        "left": _("%(count)s more lines stand in the CSV file.") % {"count": left} if left > 0 else "",
        "hash": page.hash,
    }


def _summary(one: Any) -> dict[str, Any]:
    return {
        "parts": [[part.label, _money(part.amount, one.currency), part.is_sum] for part in one.parts],
        "balances": [
            [_("Draw balance"), _money(one.owed, one.currency)], [_("Held back"), _money(one.held, one.currency)],
        ],
    }  # fmt: skip


def _line(one: Group) -> list[str]:
    amounts = (_money(value, one.plan_currency) for value in _amounts(one))
    return [formats.day(one.day), one.source.words, one.kind, *amounts]


def _money(minor: int, currency: str) -> str:
    return formats.exact_money(from_minor(minor, currency), currency)
