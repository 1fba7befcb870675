"""Pay of the demo company: two years of plans, closed months, statements and disputes, each act on its day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from integrations.demo.books import booking
from integrations.demo.closing import closing
from integrations.demo.objections import objecting
from integrations.demo.pay_desk import Deed, Desk
from integrations.demo.plan_keeping import keeping
from integrations.demo.stamps import PayStamps
from integrations.demo.support import support
from pipeline.services.hygiene import check_records

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step

READ_DAYS = 12  # what people were told before is read


def compensation(making: Making) -> Iterator[Step]:
    """What is credited beside bookings, then two years month by month."""
    yield from support(making)
    yield "what the books leave open", partial(check_records, on=making.today - timedelta(days=1))
    desk = Desk(making)
    deeds = [*keeping(desk), *objecting(desk), *closing(desk), *booking(desk)]
    past = sorted((deed for deed in deeds if deed.at < making.at), key=lambda deed: deed.at)
    for month, some in groupby(past, key=lambda deed: deed.at.strftime("%Y-%m")):
        yield f"pay: what was done in {month}", partial(_do, making, list(some))


def _do(making: Making, deeds: Sequence[Deed]) -> None:
    stamps = PayStamps(fresh=making.at - timedelta(days=READ_DAYS), now=making.at)
    for at, some in groupby(deeds, key=lambda deed: deed.at):
        for deed in some:
            deed.do(at)
        stamps.move(at=at)
