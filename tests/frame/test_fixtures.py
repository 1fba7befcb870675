"""The fixtures that other tests lean on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from core.kernel.access import SignedIn
from tests.shared import require_shared
from tests.small_company import SmallCompany


def test_lines_of_the_small_company(company: SmallCompany) -> None:
    seen = company.manager.user.visible_owner_ids(company.as_of)
    assert set(seen or ()) == {company.manager.person.pk, company.rep.person.pk}
    assert company.vp.user.visible_owner_ids(company.as_of) is None
    user: SignedIn = company.outsider.user
    assert set(user.visible_owner_ids(company.as_of) or ()) == {company.outsider.person.pk}


def test_deals_belong_to_the_rep(company: SmallCompany, signed_in: Callable[..., Client]) -> None:
    deal = company.deal(account=company.account())
    assert signed_in(company.rep).get(deal.get_absolute_url()).status_code == 200
    assert signed_in(company.outsider).get(deal.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("run", [1, 2])
def test_a_test_begins_with_an_empty_cache(run: int) -> None:
    assert cache.get("left-over") is None
    cache.set("left-over", run)
    assert cache.get("left-over") == run


def test_missing_shared_data_fails_in_ci_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SALESOPS_SHARED", str(tmp_path))
    (tmp_path / "here").touch()
    assert require_shared("here") == tmp_path / "here"
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        require_shared("data")
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception):
        require_shared("data")
