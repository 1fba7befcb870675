"""Facts of closed days stay as they are, and none is added to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.services import set_closed_through
from orders import services
from orders.models import Churn
from orders.services import DayClosed
from tests.orders.desk import Desk

pytestmark = pytest.mark.django_db
CLOSED, OLD = date(2024, 6, 30), date(2024, 6, 12)


@pytest.fixture
def shut(desk: Desk) -> dict[str, Any]:
    """An order with what follows, all of June; then the books of June are closed."""
    order = desk.order(on=OLD)
    done = desk.fulfil(order, "5", on=OLD)
    invoice = desk.invoice(order, on=OLD)
    contract = desk.contract(desk.deal("Else"), signed=OLD, starts_on=OLD)
    found = {"order": order, "done": done, "invoice": invoice, "contract": contract, "deal": order.deal}
    set_closed_through(day=CLOSED, reason="", by=desk.by, on=desk.on)
    return found


ACTS: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    "order": lambda desk, of: desk.order(of["deal"], on=OLD),
    "change": lambda desk, of: services.save_order(order=of["order"], lines=None, by=None, on=desk.on),
    "fulfilment": lambda desk, of: desk.fulfil(of["order"], "1", on=OLD),
    "invoice": lambda desk, of: desk.invoice(of["order"], on=OLD),
    "payment": lambda desk, of: desk.pay(of["invoice"], "1", on=OLD),
    "contract": lambda desk, of: desk.contract(of["deal"], signed=OLD),
    "churn": lambda desk, of: services.book_churn(
        churn=Churn(contract=of["contract"], lost_on=OLD, amount=1, reason="x"), by=None, on=desk.on
    ),
    "cancelled contract": lambda desk, of: services.cancel_contract(
        contract_id=of["contract"].pk, cancelled_on=OLD, reason="x", by=None, on=desk.on
    ),
    "cancelled order": lambda desk, of: services.cancel_order(
        order_id=of["order"].pk, cancelled_on=OLD, reason="x", by=None, on=desk.on
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_closed_day_takes_nothing(desk: Desk, shut: dict[str, Any], act: str) -> None:
    with pytest.raises(DayClosed, match="Books are closed through Jun 30, 2024"):
        ACTS[act](desk, shut)


def test_what_happens_after_is_booked_on_its_own_day(desk: Desk, shut: dict[str, Any]) -> None:
    desk.pay(shut["invoice"], "400")
    desk.credit(shut["invoice"], "100")
    services.reverse_fulfilment(fulfilment=shut["done"], by=None, on=desk.on)
