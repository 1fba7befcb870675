"""What sales ops enter in these tests: a region with two territories, seats that hold them, accounts in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.models import Account
from people.models import Position
from territories import services
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from tests.small_company import SINCE, SmallCompany

DAY = timedelta(days=1)


@dataclass(slots=True)
class Atlas:
    company: SmallCompany
    made: dict[str, Territory] = field(default_factory=dict)

    @property
    def on(self) -> date:
        return self.company.as_of

    @property
    def by(self) -> Any:
        return self.company.ops.user

    def territory(self, name: str = "Coast", within: str = "West", **fields: Any) -> Territory:
        """A territory within another, which is made where it isn't there; within "": a root."""
        if name not in self.made:
            parent = self.territory(within, "") if within else None
            row = Territory(name=name, parent=parent, **fields)
            self.made[name] = services.save_territory(territory=row, by=self.by)
        return self.made[name]

    def cover(
        self, name: str = "Coast", who: Any = None, since: date = SINCE, part: str = "owner"
    ) -> TerritoryAssignment:
        seat: Position = (who or self.company.rep).position
        return services.assign_position(
            territory=self.territory(name), position=seat, valid_from=since, by=self.by, part=part
        )

    def place(self, account: Account | None = None, name: str = "Coast", since: date = SINCE) -> AccountTerritory:
        account = account or self.company.account()
        return services.place_account(account=account, territory=self.territory(name), valid_from=since, by=self.by)
