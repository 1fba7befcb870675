"""What of a quota goes with an account that moved: worked figures, dated rows, undo, and the pages of sales ops."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from core.models import AuditEvent, Company, FiscalPeriod
from core.selectors import the_company
from core.services import lay_out_periods
from pipeline.models import Opportunity
from quotas import services
from quotas.enums import HolderKind
from quotas.kernel.relief import Owed, relieved_by_amount, relieved_by_share
from quotas.models import Relief, Target
from quotas.selectors import targets_for_people
from quotas.selectors.reliefs import Asked, trailing
from territories.models import Transition
from territories.services import TerritoryError, end_transition, keep_share
from tests.small_company import SINCE
from tests.territories.atlas import Atlas
from tests.territories.conftest import atlas

__all__ = ["atlas"]
JULY = date(2024, 7, 1)
YEAR = Owed("year", date(2024, 1, 1), date(2025, 1, 1), 1_000_000)
QUARTERS = [Owed("quarter", date(2024, m, 1), date(2024 + m // 10, (m + 3) % 12, 1), m * 100) for m in (1, 4, 7, 10)]


def test_a_share_of_what_is_left_of_each_period() -> None:
    assert relieved_by_share([YEAR], Fraction(1, 5), date(2024, 7, 2)) == [900_000]  # 183 of 366 days
    assert relieved_by_share(QUARTERS, Fraction(1, 2), JULY) == [100, 400, 350, 500]


def test_an_amount_comes_off_years_and_quarters_each_by_what_is_left() -> None:
    assert relieved_by_amount([YEAR, *QUARTERS], 170, JULY) == [999_830, 100, 400, 630, 900]
    assert sum(relieved_by_amount(QUARTERS, 101, JULY)) == 2_200 - 101
    with pytest.raises(ValueError, match="quarter"):
        relieved_by_amount(QUARTERS, 1_701, JULY)


@pytest.mark.django_db
class TestReliefs:
    def target(self, atlas: Atlas, amount: str, key: str, kind: str = HolderKind.PERSON, holder: int = 0) -> Target:
        if not FiscalPeriod.objects.exists():
            lay_out_periods(company=the_company(), first=atlas.on.year - 1, last=atlas.on.year + 1)
        row = Target(
            period=FiscalPeriod.objects.get(key=key), holder_kind=kind, holder_id=holder or atlas.company.rep.person.pk,
            amount=Decimal(amount), currency_id="USD",
        )  # fmt: skip
        return services.set_target(target=row, by=atlas.by, on=SINCE)

    def moved(self, atlas: Atlas) -> Transition:
        """Ana won 300 with the account, and 900 with another, in the months before it moved."""
        account, day = atlas.company.account(), atlas.on - timedelta(days=40)
        for amount, of in ((300, {"account": account}), (900, {})):
            deal = atlas.company.deal(f"Won {amount}", stage="Won", amount=Decimal(amount), **of)
            Opportunity.objects.filter(pk=deal.pk).update(closed_on=day)
        row = Transition(account=account, person=atlas.company.rep.person, moved_on=atlas.on)
        return keep_share(transition=row, shares=[(atlas.on, Decimal(0))], by=atlas.by)

    def owes(self, atlas: Atlas, on: date) -> dict[str, Decimal]:
        return {one.period_key: one.amount for one in targets_for_people([atlas.company.rep.person.pk], on)}

    def test_by_the_share_of_what_was_won_with_a_dated_row(self, atlas: Atlas) -> None:
        key = str(atlas.on.year)
        self.target(atlas, "36600", key)
        transition = self.moved(atlas)
        assert trailing(transition.person, transition.account_id, atlas.on).percent == 25
        asked = Asked("share", "bookings", atlas.on)
        relief = services.relieve_quota(transition=transition, asked=asked, reason="Re-cut", by=atlas.by)
        period = FiscalPeriod.objects.get(key=key)
        left = Fraction((period.ends_on - atlas.on).days, (period.ends_on - period.starts_on).days)
        expected = 36600 - round(Fraction(36600) * left / 4, 2)
        assert self.owes(atlas, atlas.on) == {key: pytest.approx(Decimal(float(expected)), abs=Decimal("0.01"))}
        assert self.owes(atlas, atlas.on - timedelta(days=1)) == {key: 36600}
        act = AuditEvent.objects.get(act="quota.relieved")
        assert act.reason == "Re-cut" and act.detail["of_account"] == "300.0000"
        with pytest.raises(TerritoryError, match="quota relief"):
            end_transition(transition=transition, on=atlas.on, by=atlas.by)
        services.undo_relief(relief=relief, on=atlas.on, by=atlas.by)
        assert self.owes(atlas, atlas.on) == {key: 36600}
        end_transition(transition=transition, on=atlas.on, by=atlas.by)
        assert not Transition.objects.exists()
        assert AuditEvent.objects.filter(act="quota.relief_undone").exists()

    def test_what_a_seat_owes_is_ones_own_and_less_until_it_is_undone(self, atlas: Atlas) -> None:
        key = str(atlas.on.year + 1)
        self.target(atlas, "1000", key, HolderKind.POSITION, atlas.company.rep.position.pk)
        transition = self.moved(atlas)
        relief = services.relieve_quota(
            transition=transition, asked=Asked("amount", "bookings", atlas.on, Decimal(150)), reason="", by=atlas.by
        )
        assert self.owes(atlas, atlas.on) == {key: 850}
        services.undo_relief(relief=relief, on=atlas.on + timedelta(days=3), by=atlas.by)
        days = [atlas.on - timedelta(days=1), atlas.on, atlas.on + timedelta(days=3)]
        assert [self.owes(atlas, day)[key] for day in days] == [1000, 850, 1000]

    def test_that_nothing_goes_is_a_decision_too(self, atlas: Atlas) -> None:
        transition = self.moved(atlas)
        asked = Asked("none", "bookings", atlas.on)
        services.relieve_quota(transition=transition, asked=asked, reason="Small", by=atlas.by)
        assert Relief.objects.get().rows == [] and not Target.objects.exists()
        with pytest.raises(services.CannotRelieve, match="undo that first"):
            services.relieve_quota(transition=transition, asked=asked, reason="", by=atlas.by)

    def test_what_cannot_be_relieved_or_undone(self, atlas: Atlas) -> None:
        key = str(atlas.on.year + 1)
        transition = self.moved(atlas)

        def relieve(way: str = "share", since: date = atlas.on, amount: Any = None) -> Relief:
            asked = Asked(way, "bookings", since, amount)
            return services.relieve_quota(transition=transition, asked=asked, reason="", by=atlas.by)

        with pytest.raises(services.CannotRelieve, match="no target"):
            relieve()
        target = self.target(atlas, "1000", key)
        for words, given in (
            ("that day or a later one", {"since": atlas.on - timedelta(days=1)}),
            ("above zero", {"way": "amount"}), ("give less", {"way": "amount", "amount": Decimal(1001)}),
        ):  # fmt: skip
            with pytest.raises(services.CannotRelieve, match=words):
                relieve(**given)  # type: ignore[arg-type]  # -- several words
        Opportunity.objects.update(closed_on=None, status="open")
        with pytest.raises(services.CannotRelieve, match="fixed amount"):
            relieve()
        relief = relieve("amount", amount=Decimal(100))
        changed = Target(
            period=target.period, holder_kind=target.holder_kind, holder_id=target.holder_id, amount=Decimal(5),
            currency_id="USD",
        )  # fmt: skip
        services.set_target(target=changed, by=atlas.by, on=atlas.on + timedelta(days=1))
        with pytest.raises(services.CannotRelieve, match="changed since"):
            services.undo_relief(relief=relief, on=atlas.on, by=atlas.by)
        Company.objects.update(closed_through=atlas.on + timedelta(days=1))
        Relief.objects.all().delete()
        with pytest.raises(services.CannotRelieve, match="begins on"):
            relieve("amount", amount=Decimal(1))
        Target.objects.filter(valid_from__gt=atlas.on).delete()
        with pytest.raises(services.DayClosed):
            relieve("amount", amount=Decimal(1))

    def test_by_hand(self, atlas: Atlas, signed_in: Any) -> None:
        key = str(atlas.on.year + 1)
        self.target(atlas, "1000", key)
        transition, client = self.moved(atlas), signed_in(atlas.company.ops)
        page = client.get(transition.get_absolute_url()).content.decode()
        assert f"/records/transition/{transition.pk}/panels/main/" in page
        address = f"/territories/transitions/{transition.pk}/quota/"
        assert "wasn’t lowered" in client.get(address).content.decode()
        asked = {"way": "share", "measure": "bookings", "since": atlas.on.isoformat()}
        shown = client.get(f"{address}relieve/", asked).content.decode()
        assert "$1,000" in shown and "$750" in shown and "25% of what was won" in shown and not Relief.objects.exists()
        assert client.post(f"{address}relieve/", asked).status_code == 302
        panel = client.get(f"/records/transition/{transition.pk}/panels/main/", headers={"hx-request": "true"})
        assert "$1,000" in panel.content.decode() and "$750" in panel.content.decode()
        assert client.post(f"{address}undo/", {"on": atlas.on.isoformat()}).status_code == 302
        assert self.owes(atlas, atlas.on) == {key: 1000}
        assert signed_in(atlas.company.rep).get(address).status_code == 404
