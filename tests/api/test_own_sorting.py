"""Lists of the API sorted by custom fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.test_own_fields import define, define_all
from tests.core.test_own_sorting import add_accounts, slow_down

pytestmark = pytest.mark.django_db


def test_an_order_that_takes_too_long_is_refused_in_words(
    company: Any, calls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(monkeypatch)
    define(company, "text", "Plant")
    company.account(custom={"plant": "x"})
    answer = calls(company.ops).get("accounts/", {"sort": "custom.plant"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "sort" and "too long" in answer.json()["errors"][0]["message"]


def test_lists_are_sorted_by_them_page_by_page(company: Any, calls: Any) -> None:
    define_all(company)
    names = {"a": "2", "b": "10", "c": None, "d": "-3", "e": "10"}
    add_accounts(names, "robots", company)
    ops = calls(company.ops)
    for sort, wanted in (("custom.robots", "dabec"), ("-custom.robots", "ebadc")):
        answer = ops.get("accounts/", {"sort": sort, "limit": "2"}).json()
        seen = [row["name"] for row in answer["items"]]
        while answer["next"]:
            answer = ops.get(answer["next"]).json()
            seen += [row["name"] for row in answer["items"]]
        assert "".join(seen) == wanted
    for sort in ("custom.note", "custom.nothing", "own_robots", "custom."):
        assert ops.get("accounts/", {"sort": sort}).status_code == 400
