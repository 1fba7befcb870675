"""What who had an account keeps: rules by example, the night before the move, pages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from core.models import Company
from pipeline.models import OpportunitySnapshot, SnapshotNight
from pipeline.services.snapshots import make_partitions
from territories import services
from territories.kernel.transitions import DealThen, Policy, share_kept, shares_kept
from territories.models import Transition
from territories.selectors import kept_shares
from tests.territories.atlas import Atlas

MAY, AUGUST = date(2024, 5, 1), date(2024, 8, 1)
HALVED = ((MAY, Fraction(1)), (AUGUST, Fraction(1, 2)))
OPEN = DealThen(date(2024, 3, 1), None, Decimal(40), Decimal(900))


def policy(person: int = 1, **words: Any) -> Policy:
    return Policy(**{"person_id": person, "moved_on": MAY, "of_open_deals": True, "shares": HALVED} | words)


def test_a_share_is_kept_of_deals_that_were_open_by_the_day() -> None:
    assert [share_kept(policy(), OPEN, date(2024, month, 5)) for month in (4, 5, 7, 8, 12)] == [
        0, 1, 1, Fraction(1, 2), Fraction(1, 2),
    ]  # fmt: skip
    later, before = OPEN._replace(created_on=MAY), OPEN._replace(closed_on=date(2024, 4, 30))
    assert [share_kept(policy(), deal, MAY) for deal in (later, before, None)] == [0, 0, 0]
    whole = policy(of_open_deals=False)
    assert [share_kept(whole, deal, MAY) for deal in (later, before, None)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("words", "kept"),
    [({"least_probability": Decimal(40)}, 1), ({"least_probability": Decimal(41)}, 0),
     ({"least_amount": Decimal(900)}, 1), ({"least_amount": Decimal(901)}, 0)],
)  # fmt: skip
def test_only_deals_that_had_come_so_far(words: dict[str, Any], kept: int) -> None:
    assert share_kept(policy(**words), OPEN, MAY) == kept
    assert share_kept(policy(**words), OPEN._replace(amount=None), MAY) == (kept if "least_amount" not in words else 0)


def test_after_two_moves_each_keeps_a_part_of_what_was_theirs() -> None:
    half = ((MAY, Fraction(1, 2)),)
    both = [policy(1, shares=half), policy(2, shares=half)]
    assert shares_kept(both, [OPEN, OPEN], MAY) == ((1, Fraction(1, 2)), (2, Fraction(1, 4)))


@pytest.mark.django_db
class TestRecords:
    def moved(self, atlas: Atlas, account: Any = None, **words: Any) -> Transition:
        account = account or atlas.company.account()
        row = Transition(account=account, person=atlas.company.rep.person, moved_on=atlas.on, **words)
        shares = [(atlas.on, Decimal(100)), (atlas.on + timedelta(days=30), Decimal(50))]
        return services.keep_share(transition=row, shares=shares, by=atlas.by)

    def test_the_evening_before_the_move_tells_how_far_a_deal_was(self, atlas: Atlas) -> None:
        row = self.moved(atlas, min_amount=Decimal(500))
        deal = atlas.company.deal(account=row.account, amount=Decimal(100))
        type(deal).objects.filter(pk=deal.pk).update(created_on=atlas.on - timedelta(days=40))
        deal.refresh_from_db()
        assert kept_shares([deal]).shares(row.account_id, deal.pk, atlas.on) == ()  # it is small today
        night = atlas.on - timedelta(days=2)
        make_partitions(first=night, last=night)
        SnapshotNight.objects.create(day=night, deals=1, taken_at="2024-01-01T00:00Z")
        OpportunitySnapshot.objects.create(
            day=night, opportunity_id=deal.pk, stage_id=deal.stage_id, status="open", category="pipeline", type="new",
            probability=10, amount_minor=60_000, currency="USD", created_on=deal.created_on,
        )  # fmt: skip
        assert kept_shares([deal]).shares(row.account_id, deal.pk, atlas.on) == ((row.person_id, Fraction(1)),)
        later = atlas.on + timedelta(days=31)
        assert kept_shares([deal]).shares(row.account_id, deal.pk, later) == ((row.person_id, Fraction(1, 2)),)

    def test_it_ends_or_never_was(self, atlas: Atlas) -> None:
        row = self.moved(atlas)
        services.end_transition(transition=row, on=atlas.on + timedelta(days=10), by=atlas.by)
        assert [(one.since, one.percent) for one in row.shares.order_by("since")] == [
            (atlas.on, 100), (atlas.on + timedelta(days=10), 0),
        ]  # fmt: skip
        services.end_transition(transition=row, on=atlas.on, by=atlas.by)
        assert not Transition.objects.exists()

    def test_closed_days_second_transitions_and_odd_shares_are_refused(self, atlas: Atlas) -> None:
        row = self.moved(atlas)
        with pytest.raises(services.TerritoryError, match="keeps a share of that move already"):
            self.moved(atlas, row.account)
        for shares in ([], [(atlas.on, Decimal(101))], [(atlas.on, Decimal(5)), (atlas.on, Decimal(6))]):
            with pytest.raises(services.TerritoryError):
                services.keep_share(transition=row, shares=shares, by=atlas.by)
        Company.objects.update(closed_through=atlas.on + timedelta(days=1))
        with pytest.raises(services.DayClosed):
            services.end_transition(transition=row, on=atlas.on, by=atlas.by)

    def test_by_hand(self, atlas: Atlas, signed_in: Any) -> None:
        account, client = atlas.company.account(), signed_in(atlas.company.ops)
        sent = {
            "person": "Ana Alves", "moved_on": atlas.on.isoformat(), "scope": "open_deals", "percent": "100",
            "until": (atlas.on + timedelta(days=30)).isoformat(), "then_percent": "50", "reason": "Re-cut of the coast",
        }  # fmt: skip
        page = client.post(f"/accounts/{account.pk}/territory/share/", sent, follow=True).content.decode()
        row = Transition.objects.get()
        panel = client.get(f"/accounts/{account.pk}/territory/").content.decode()
        assert "Transition saved." in page and "keeps of deals that were open then: 100%" in panel
        listed = client.get("/territories/transitions/").content.decode()
        assert "Ana Alves" in listed and "50% from" in listed
        client.post(f"/territories/transitions/{row.pk}/", sent | {"until": "", "percent": "25"})
        assert [one.percent for one in row.shares.all()] == [25]
        bad = client.post(f"/territories/transitions/{row.pk}/", sent | {"until": atlas.on.isoformat()})
        assert "Choose a day after" in bad.content.decode()
        client.post(f"/territories/transitions/{row.pk}/end/", {"on": atlas.on.isoformat()})
        assert not Transition.objects.exists()

    def test_who_only_sees_territories_changes_nothing(self, atlas: Atlas, signed_in: Any) -> None:
        row, client = self.moved(atlas), signed_in(atlas.company.rep)
        assert client.post(f"/territories/transitions/{row.pk}/end/", {"on": atlas.on.isoformat()}).status_code == 403
        assert client.post(f"/accounts/{row.account_id}/territory/share/", {}).status_code == 403
        assert Transition.objects.count() == 1
