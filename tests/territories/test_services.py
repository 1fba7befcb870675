"""Territories, who covers them and what belongs to them: what holds from a day on, what is refused, what stays told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEvent
from core.services import set_closed_through
from people.services import occupy, vacate
from territories import selectors, services
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.services import DayClosed, TerritoryConflict, TerritoryError
from tests.small_company import SINCE
from tests.territories.atlas import DAY, Atlas

pytestmark = pytest.mark.django_db
LATER = date(2024, 3, 1)


def spans(rows: Any, name: str) -> list[tuple[int, date, date | None]]:
    return list(rows.order_by("valid_from").values_list(name, "valid_from", "valid_to"))


def test_another_seat_ends_the_one_before_and_the_past_can_be_told(atlas: Atlas) -> None:
    company, coast = atlas.company, atlas.territory()
    atlas.cover()
    atlas.cover(who=company.outsider, since=LATER)
    assert spans(coast.assignments, "position") == [
        (company.rep.position.pk, SINCE, LATER), (company.outsider.position.pk, LATER, None)
    ]  # fmt: skip
    then, now = (selectors.holders_of([coast.pk], day)[coast.pk] for day in (LATER - DAY, LATER))
    assert [row.person_id for row in then] == [company.rep.person.pk]
    assert [row.person_id for row in now] == [company.outsider.person.pk]
    assert AuditEvent.objects.filter(act="territory.covered", subject_id=coast.pk).count() == 2


def test_an_earlier_start_meets_what_comes_later_and_the_same_day_is_corrected(atlas: Atlas) -> None:
    company, coast = atlas.company, atlas.territory()
    atlas.cover(since=LATER)
    atlas.cover(who=company.manager, since=SINCE)
    assert spans(coast.assignments, "position") == [
        (company.manager.position.pk, SINCE, LATER), (company.rep.position.pk, LATER, None)
    ]  # fmt: skip
    atlas.cover(who=company.outsider, since=LATER)
    assert spans(coast.assignments, "position")[1] == (company.outsider.position.pk, LATER, None)


def test_parts_stand_beside_one_another(atlas: Atlas) -> None:
    coast = atlas.territory()
    atlas.cover()
    atlas.cover(who=atlas.company.outsider, part="overlay")
    assert [row.part for row in selectors.holders_of([coast.pk], atlas.on)[coast.pk]] == ["overlay", "owner"]


def test_a_seat_that_has_the_part_already_isnt_given_it_again(atlas: Atlas) -> None:
    atlas.cover()
    with pytest.raises(TerritoryError, match="Rep West is it on that day already, since Jan 1, 2023") as refused:
        atlas.cover(since=LATER)
    assert refused.value.field == "position"


def test_a_vacant_seat_holds_and_who_follows_covers(atlas: Atlas) -> None:
    company, coast = atlas.company, atlas.territory()
    atlas.cover()
    vacate(person=company.rep.person, on=LATER)
    occupy(position=company.rep.position, person=company.outsider.person, since=LATER + 10 * DAY)
    found = [selectors.holders_of([coast.pk], LATER + n * DAY)[coast.pk][0].person_id for n in (-1, 0, 10)]
    assert found == [company.rep.person.pk, None, company.outsider.person.pk]
    assert selectors.territories_of_people([company.outsider.person.pk], atlas.on) == {
        company.outsider.person.pk: [coast.pk]
    }


def test_an_end_is_a_day_and_what_never_began_goes(atlas: Atlas) -> None:
    row = atlas.cover()
    services.end_assignment(assignment=row, on=LATER, by=atlas.by)
    assert TerritoryAssignment.objects.get().valid_to == LATER
    with pytest.raises(TerritoryError, match="It ends on Mar 1, 2024 already"):
        services.end_assignment(assignment=row, on=LATER + DAY, by=atlas.by)
    coming = atlas.cover(who=atlas.company.outsider, since=LATER + 30 * DAY)
    services.end_assignment(assignment=coming, on=LATER + DAY, by=atlas.by)
    assert TerritoryAssignment.objects.count() == 1


def test_an_account_belongs_to_one_territory_at_a_time(atlas: Atlas) -> None:
    account, coast, hills = atlas.company.account(), atlas.territory(), atlas.territory("Hills")
    atlas.place(account)
    placed = atlas.place(account, "Hills", LATER)
    assert selectors.territory_of([account.pk], LATER - DAY) == {account.pk: coast.pk}
    assert selectors.territory_of([account.pk], LATER) == {account.pk: hills.pk}
    both = selectors.territories_over([account.pk], SINCE, atlas.on)
    assert [row.territory_id for row in both] == [coast.pk, hills.pk]
    services.end_placement(placement=placed, on=LATER + DAY, by=atlas.by)
    assert selectors.territory_of([account.pk], LATER + DAY) == {}


def test_the_database_keeps_one_at_a_time(atlas: Atlas) -> None:
    account, coast = atlas.company.account(), atlas.territory()
    atlas.place(account)
    atlas.cover()
    rows = (
        AccountTerritory(account=account, territory=coast, valid_from=LATER),
        TerritoryAssignment(territory=coast, position=atlas.company.vp.position, valid_from=LATER),
        AccountTerritory(account=account, territory=coast, valid_from=date(2022, 1, 2), valid_to=date(2022, 1, 1)),
    )
    for row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_closed_days_take_nothing_and_keep_what_they_have(atlas: Atlas) -> None:
    placed, covered, account = atlas.place(), atlas.cover(), atlas.company.account("Other")
    set_closed_through(day=date(2024, 6, 30), reason="", by=atlas.by, on=atlas.on)
    shut = date(2024, 6, 30)
    acts = (
        lambda: atlas.place(account, since=shut),
        lambda: atlas.cover(who=atlas.company.outsider, since=shut),
        lambda: services.end_assignment(assignment=covered, on=shut, by=atlas.by),
        lambda: services.end_placement(placement=placed, on=shut, by=atlas.by),
    )
    for act in acts:
        with pytest.raises(DayClosed, match="Books are closed through Jun 30, 2024"):
            act()
    services.end_assignment(assignment=covered, on=shut + DAY, by=atlas.by)
    atlas.place(account, since=shut + DAY)


def test_a_day_out_of_reach_is_refused(atlas: Atlas) -> None:
    for day in (date(1850, 1, 1), date(2300, 1, 1)):
        with pytest.raises(TerritoryError, match="between 1900 and 2200"):
            atlas.place(since=day)


def test_a_territory_never_lies_within_itself(atlas: Atlas) -> None:
    coast = atlas.territory()
    west = Territory.objects.get(name="West")
    west.parent = coast
    with pytest.raises(TerritoryError, match="lies within this territory") as refused:
        services.save_territory(territory=west, by=atlas.by)
    assert refused.value.field == "parent"
    assert selectors.above([coast.pk]) == {coast.pk: [west.pk]}


def test_of_two_who_change_one_the_second_is_told(atlas: Atlas) -> None:
    coast = atlas.territory()
    mine = Territory.objects.get(pk=coast.pk)
    services.save_territory(territory=coast, by=atlas.by, version=1)
    with pytest.raises(TerritoryConflict, match="changed by someone else"):
        services.save_territory(territory=mine, by=atlas.by, version=1)


def archive(atlas: Atlas, *names: str) -> int:
    ids = [atlas.made[name].pk for name in names]
    return services.archive_territories(territory_ids=ids, by=atlas.by, at=timezone.now(), on=atlas.on)


def test_what_is_in_use_isnt_archived(atlas: Atlas) -> None:
    atlas.territory()
    with pytest.raises(TerritoryError, match="“Coast” lies within “West”"):
        archive(atlas, "West")
    covered = atlas.cover()
    with pytest.raises(TerritoryError, match="“Rep West” covers “Coast”"):
        archive(atlas, "Coast")
    services.end_assignment(assignment=covered, on=atlas.on, by=atlas.by)
    placed = atlas.place()
    with pytest.raises(TerritoryError, match="Accounts belong to “Coast”"):
        archive(atlas, "Coast")
    services.end_placement(placement=placed, on=atlas.on, by=atlas.by)
    assert archive(atlas, "West", "Coast") == 2


def test_the_archive_takes_nothing_new_and_gives_back(atlas: Atlas) -> None:
    coast = atlas.territory()
    archive(atlas, "West", "Coast")
    for act in (atlas.cover, atlas.place, lambda: atlas.territory("Lakes")):
        with pytest.raises(TerritoryError, match="is in the archive"):
            act()
    with pytest.raises(TerritoryError, match="restore it too"):
        services.restore_territories(territory_ids=[coast.pk], by=atlas.by)
    ids = [one.pk for one in atlas.made.values()]
    assert services.restore_territories(territory_ids=ids, by=atlas.by) == 2


def test_doors_ask_as_often_for_many_as_for_one(atlas: Atlas) -> None:
    accounts = [atlas.company.account(f"A{n}") for n in range(3)]
    for n, account in enumerate(accounts):
        atlas.place(account, f"T{n}")
        atlas.cover(f"T{n}", part="support")
    ids, territories = [one.pk for one in accounts], [atlas.made[f"T{n}"].pk for n in range(3)]
    for ask in (selectors.territory_of, selectors.holders_of):
        counts = []
        for few in (1, 3):
            asked = ids[:few] if ask is selectors.territory_of else territories[:few]
            with CaptureQueriesContext(connection) as caught:
                found: Any = ask(asked, atlas.on)
            assert len(found) == few
            counts.append(len(caught))
        assert counts[0] == counts[1] <= 2


def test_what_is_to_come_doesnt_hold_yet(atlas: Atlas) -> None:
    coast = atlas.territory()
    atlas.cover(since=atlas.on + timedelta(days=5))
    assert selectors.holders_of([coast.pk], atlas.on) == {}
