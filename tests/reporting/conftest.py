"""deals: the small company with three deals won (two of them in West), one lost, one open, and one without a date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.reporting.facts import lost, won
from tests.small_company import SmallCompany


@pytest.fixture
def deals(company: SmallCompany) -> SmallCompany:
    won(company, "Won West", 600)
    won(company, "Won West too", 200)
    won(company, "Won East", 400, owner=company.outsider)
    lost(company, "Lost West")
    company.deal("Open West", amount=Decimal(900), expected_close_on=date(2024, 9, 1))
    company.deal("Open without a date", amount=Decimal(50), expected_close_on=None)
    return company
