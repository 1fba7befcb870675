"""The deals behind one bucket of the waterfall, as a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from pipeline.policies import may_see_deals

COLUMNS = (
    Column("name", _("Opportunity"), lambda d: d.name, sort="name", is_link=True, sub=lambda d: d.number),
    Column("account", _("Account"), lambda d: d.account.name if d.account else None, hide_sm=True),
    Column("owner", _("Owner"), lambda d: d.owner.name if d.owner else None, hide_sm=True),
    Column("stage", _("Stage"), lambda d: d.stage.name),
    Column("pushed", _("Pushed"), lambda d: d.pushed_count, kind="number", sort="pushed_count", hide_sm=True),
    Column("expected", _("Expected close"), lambda d: d.expected_close_on, kind="date", sort="expected_close_on"),
    Column("closed", _("Closed"), lambda d: d.closed_on, kind="date", sort="closed_on", hide_sm=True),
    Column("currency", _("Currency"), lambda d: d.currency_id, is_hidden=True),
    Column("amount", _("Amount"), lambda d: d.amount, kind="money", sort="amount"),
)


def changed_deals_list(title: str, rows: Callable[[Any, date], QuerySet[Any]]) -> Table:
    return Table(
        key="changed-deals",
        title=title,
        rows=rows,
        may_see=may_see_deals,
        default_sort="-amount",
        columns=COLUMNS,
        empty_title=_("No deal here that you see today"),
        empty_reason=_("Archived deals, and deals that went to another line, stand in the sum but not in the list."),
    )
