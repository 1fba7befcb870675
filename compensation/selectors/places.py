"""Addresses of a month's parts: as the statement that its payee was sent, or as a month that keepers of pay look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from compensation.models import Statement
from compensation.selectors.statements import Month, month_of_statement


@dataclass(frozen=True, slots=True)
class Place:
    """Where a month is looked at. told: the statement, None where it is looked at as a payee's month."""

    month: Month
    told: Any

    def _at(self, part: str, *args: int) -> str:
        if self.told is not None:
            return reverse(f"compensation:statement{part}", args=[self.told.pk, *args])
        name = f"compensation:payee{part or '_period'}"
        return reverse(name, args=[self.month.payee.pk, self.month.period.pk, *args])

    @property
    def url(self) -> str:
        return self._at("")

    @property
    def rates_url(self) -> str:
        return self._at("_rates")

    @property
    def csv_url(self) -> str:
        return self._at("_csv")

    @property
    def pdf_url(self) -> str:
        return self._at("_pdf")

    @property
    def dispute_url(self) -> str:
        return self._at("_dispute")

    def line_url(self, line_id: int) -> str:
        return self._at("_line", line_id)

    @property
    def file_name(self) -> str:
        return f"statement-{self.month.payee.code}-{self.month.period.starts_on:%Y-%m}"


def place_of_statement(statement: Statement) -> Place:
    return Place(month_of_statement(statement), statement)


def place_of_month(month: Month) -> Place:
    return Place(month, None)
