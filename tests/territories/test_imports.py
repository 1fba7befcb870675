"""Files of territories, coverage and accounts: in, again without a change, changed from a day, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core import registry
from core.services import set_closed_through
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from tests.integrations.conftest import bring, undo  # noqa: F401 -- files in and back
from tests.territories.atlas import DAY, Atlas

pytestmark = pytest.mark.django_db
TREE = "Territory ID,Territory,Kind,Within\nC,Coast,geography,W\nH,Hills,,West\nW,West,region,\n"
MODELS = (Territory, TerritoryAssignment, AccountTerritory)


@pytest.fixture
def take(atlas: Atlas, bring: Any) -> Any:  # noqa: F811 -- the fixture
    def take(kind: str, text: str, *, today: date = atlas.on, **options: Any) -> Any:
        return bring(kind, text, today=today, by=atlas.by, **options)

    return take


def problems(made: Any) -> list[str]:
    return list(made.issues.filter(severity="error").values_list("message", flat=True))


def changed(made: Any) -> int:
    return int(made.counts.get("created", 0) + made.counts.get("updated", 0))


def spans(model: Any, value: str) -> list[tuple[str, date, date | None]]:
    return list(model.objects.order_by("valid_from", "pk").values_list(value, "valid_from", "valid_to"))


def test_a_tree_comes_in_whichever_row_stands_first(atlas: Atlas, take: Any) -> None:
    take("territories", TREE)
    found = {row.name: (row.kind, str(row.parent or "")) for row in Territory.objects.select_related("parent")}
    assert found == {
        "Coast": ("geography", "West"), "Hills": ("geography", "West"), "West": ("geography", "")
    }  # fmt: skip


def test_a_circle_is_refused_whole(atlas: Atlas, take: Any) -> None:
    from core.runs import RunFailed

    with pytest.raises(RunFailed, match="would lie within itself"):
        take("territories", "Territory ID,Territory,Within\nA,Alpha,B\nB,Beta,A\n")
    assert not Territory.objects.exists()


def test_without_a_day_what_is_new_always_was_and_a_change_is_todays(atlas: Atlas, take: Any) -> None:
    take("territories", TREE)
    atlas.company.account()
    take("account_territories", "Account,Territory\nAcme Robotics,Coast\n")
    assert spans(AccountTerritory, "territory__name") == [("Coast", date(1900, 1, 1), None)]
    assert changed(take("account_territories", "Account,Territory\nAcme Robotics,C\n")) == 0
    take("account_territories", "Account,Territory\nAcme Robotics,Hills\n", today=atlas.on + DAY)
    moved = atlas.on + DAY
    assert spans(AccountTerritory, "territory__name") == [
        ("Coast", date(1900, 1, 1), moved), ("Hills", moved, None)
    ]  # fmt: skip
    take("account_territories", "Account,Territory\nAcme Robotics,West\n", today=moved)
    assert spans(AccountTerritory, "territory__name")[1:] == [("West", moved, None)]  # the same day: corrected


def test_days_in_the_file_hold_and_ends_follow(atlas: Atlas, take: Any) -> None:
    take("territories", TREE)
    rows = (
        "Territory,Position,Part,From,Last day\n"
        "Coast,Rep East,owner,2024-03-01,\nCoast,Rep West,,2023-01-01,\n"
        "Coast,Manager West,support,2023-01-01,2023-06-30\n"
    )
    take("territory_assignments", rows)
    assert sorted(spans(TerritoryAssignment, "position__title"), key=lambda row: row[0]) == [
        ("Manager West", date(2023, 1, 1), date(2023, 7, 1)),
        ("Rep East", date(2024, 3, 1), None),
        ("Rep West", date(2023, 1, 1), date(2024, 3, 1)),
    ]
    assert changed(take("territory_assignments", rows)) == 0


def test_an_export_is_a_file_that_changes_nothing(atlas: Atlas, take: Any) -> None:
    from integrations.demo.files import import_rows

    atlas.territory()
    atlas.cover()
    account = atlas.company.account()
    atlas.place(account)
    atlas.place(account, "Hills", date(2024, 2, 1))
    for kind in ("territories", "territory_assignments", "account_territories"):
        exported = [
            {name: value for name, value in row.items() if value is not None}
            for row in registry.import_kinds[kind].records()
        ]
        again = import_rows(kind=kind, name="x.csv", rows=exported, by=atlas.by, today=atlas.on)
        assert again is not None and changed(again) == 0, kind


def test_an_undo_takes_back_what_came(atlas: Atlas, take: Any, undo: Any) -> None:  # noqa: F811 -- the fixture
    tree = take("territories", TREE)
    account = atlas.company.account()
    first = take("account_territories", "Account,Territory,From\nAcme Robotics,Coast,2023-01-01\n")
    second = take("account_territories", "Account,Territory,From\nAcme Robotics,Hills,2024-01-01\n")
    seats = take("territory_assignments", "Territory,Position\nCoast,Rep West\n")
    undo(tree)
    assert set(Territory.objects.values_list("name", flat=True)) == {"Coast", "Hills", "West"}  # they are in use
    undo(second)
    assert spans(AccountTerritory, "territory__name") == [("Coast", date(2023, 1, 1), None)]
    for made in (first, seats, tree):
        undo(made)
    assert [model.objects.count() for model in MODELS] == [0, 0, 0] and account.pk


def test_what_cant_be_is_refused_row_by_row(atlas: Atlas, take: Any) -> None:
    take("territories", TREE)
    atlas.company.account()
    early = take("account_territories", "Account,Territory,From,Last day\nAcme Robotics,Coast,2024-02-01,2024-01-31\n")
    assert problems(early) == ["It ends before it begins."]
    endless = take("account_territories", "Account,Territory,Last day\nAcme Robotics,Coast,2024-01-31\n")
    assert problems(endless) == ["Say the first day too where there is a last day."]
    assert not AccountTerritory.objects.exists()


def test_closed_days_take_nothing_and_keep_what_they_have(atlas: Atlas, take: Any, undo: Any) -> None:  # noqa: F811 -- the fixture
    take("territories", TREE)
    atlas.company.account()
    atlas.company.account("Other")
    first = take("account_territories", "Account,Territory,From\nAcme Robotics,Coast,2023-01-01\n")
    set_closed_through(day=date(2024, 6, 30), reason="", by=atlas.by, on=atlas.on)
    late = "Books are closed through Jun 30, 2024: nothing is added to those days any more."
    kept = "Books are closed through Jun 30, 2024: what held until then stays as it is."
    head = "Account,Territory,From,Last day\n"
    for row, why in (
        ("Other,Coast,2024-06-30,", late),
        ("Acme Robotics,Hills,2023-01-01,", kept),
        ("Acme Robotics,Coast,2023-01-01,2024-06-29", kept),
    ):
        assert problems(take("account_territories", f"{head}{row}\n")) == [why]
    take("account_territories", "Account,Territory\nOther,Coast\n")
    assert AccountTerritory.objects.get(account__name="Other").valid_from == date(2024, 7, 1)
    undo(first)
    assert AccountTerritory.objects.filter(account__name="Acme Robotics").exists()


def test_names_that_several_have_tell_nothing(atlas: Atlas, take: Any) -> None:
    take("territories", TREE)
    take("territories", "Territory ID,Territory,Within\nE,East,\nEC,Coast,E\n")
    atlas.company.account()
    made = take("account_territories", "Account,Territory\nAcme Robotics,Coast\n")
    assert not AccountTerritory.objects.exists() and made.counts.get("created", 0) == 0
    take("account_territories", "Account,Territory\nAcme Robotics,EC\n")
    assert AccountTerritory.objects.get().territory.external_id == "EC"
