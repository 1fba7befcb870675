"""Files of contracts, orders, invoices, payments, returns and costs: in, again without a change, and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from core import registry
from core.runs import open_run
from core.services import set_closed_through
from integrations import services
from integrations.demo.files import import_rows
from integrations.models import ImportFile
from integrations.services.undo import undo_import
from orders.models import Contract, Fulfilment, Invoice, Order, OrderLine, Payment, ProductCost, Return
from tests.orders.desk import Desk

pytestmark = pytest.mark.django_db
MODELS = (Contract, Order, OrderLine, Fulfilment, Invoice, Payment, Return, ProductCost)
Row = dict[str, Any]


def files(desk: Desk) -> dict[str, list[Row]]:
    desk.deal("Acme pilot", external_id="D-1")
    desk.company.product("Arm 6")
    return {
        "product_costs": [
            {"external_id": "K-1", "product": "Arm 6", "cost": "40", "currency": "USD", "valid_from": date(2024, 1, 1)},
            {"external_id": "K-2", "product": "Arm 6", "cost": "45", "currency": "USD", "valid_from": date(2024, 7, 1)},
        ],
        "contracts": [
            {"external_id": "C-1", "name": "Frame", "account": "Acme pilot Inc", "deal": "D-1", "status": "signed",
             "signed_on": date(2024, 7, 2), "starts_on": date(2024, 7, 3), "last_day": date(2025, 7, 2),
             "currency": "USD", "value": "1000", "recurring_amount": "1000"},
        ],
        "orders": [
            {"external_id": "O-1", "deal": "D-1", "contract": "C-1", "ordered_on": date(2024, 7, 3), "amount": "1000",
             "product": "Arm 6", "quantity": "10", "delivered_on": date(2024, 7, 9)},
            {"external_id": "O-2", "deal": "D-1", "ordered_on": date(2024, 7, 4), "amount": "50"},
        ],
        "invoices": [
            {"external_id": "R-1", "order": "O-1", "issued_on": date(2024, 7, 10), "amount": "1000"},
        ],
        "payments": [
            {"external_id": "P-1", "invoice": "R-1", "paid_on": date(2024, 8, 1), "amount": "400"},
            {"external_id": "P-2", "invoice": "R-1", "paid_on": date(2024, 8, 2), "amount": "600"},
        ],
        "returns": [
            {"external_id": "B-1", "order": "O-1", "product": "Arm 6", "returned_on": date(2024, 8, 1),
             "quantity": "2", "reason": "Broken"},
        ],
    }  # fmt: skip


def take(desk: Desk, kind: str, rows: list[Row]) -> ImportFile:
    made = import_rows(kind=kind, name=f"{kind}.csv", rows=rows, by=desk.by, today=desk.on)
    assert made is not None
    return made


def put_back(desk: Desk, import_file: ImportFile) -> None:
    run = open_run(kind="import.undo", label="Undo", by=desk.by, params={}, input_hash="x")
    undo_import(import_file=ImportFile.objects.get(pk=import_file.pk), run=run, by=desk.by)


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


def refused(desk: Desk, kind: str, rows: list[Row]) -> list[str]:
    """Why rows of a file aren't taken."""
    spec = registry.import_kinds[kind].spec
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(spec.field_named(name).label for name in names)]
    lines += [",".join(str(row.get(name, "")) for name in names) for row in rows]
    stream = BytesIO("\n".join(lines).encode())
    made = services.start_import(kind=kind, stream=stream, name="x.csv", by=desk.by)
    for step in ("check", "import"):
        run = open_run(kind=f"import.{step}", label=step, by=desk.by, params={"import": made.pk}, input_hash="x")
        if step == "check":
            services.check_import(import_file=made, run=run, today=desk.on)
        else:
            services.run_import(import_file=made, run=run, by=desk.by, today=desk.on)
    return list(made.issues.filter(severity="error").values_list("message", flat=True))


def test_files_come_in_with_figures_that_follow(desk: Desk) -> None:
    for kind, rows in files(desk).items():
        take(desk, kind, rows)
    order, invoice = Order.objects.get(external_id="O-1"), Invoice.objects.get()
    line = order.lines.get()
    assert (order.status, order.total, order.invoiced, order.account) == ("fulfilled", 1000, 1000, order.deal.account)
    assert (line.quantity, line.unit_price, line.unit_cost) == (10, 100, 45)
    assert (invoice.status, invoice.paid, invoice.due_on) == ("paid", 1000, date(2024, 8, 9))
    assert Return.objects.get().amount == 200
    assert Contract.objects.get().ends_on == date(2025, 7, 3)
    assert [cost.valid_to for cost in ProductCost.objects.order_by("valid_from")] == [date(2024, 7, 1), None]


def test_the_same_files_again_change_nothing_and_an_export_is_such_a_file(desk: Desk) -> None:
    given = files(desk)
    for kind, rows in given.items():
        take(desk, kind, rows)
    before = counts()
    for kind, rows in given.items():
        again = take(desk, kind, rows)
        assert again.counts.get("created", 0) == again.counts.get("updated", 0) == 0, kind
        exported = [
            {name: value for name, value in row.items() if value is not None and name != "tags"}
            for row in registry.import_kinds[kind].records()
        ]
        again = take(desk, kind, exported)
        assert again.counts.get("created", 0) == again.counts.get("updated", 0) == 0, kind
    assert counts() == before


def test_an_undo_takes_back_what_came_and_figures_follow(desk: Desk) -> None:
    done = {kind: take(desk, kind, rows) for kind, rows in files(desk).items()}
    put_back(desk, done["payments"])
    assert Invoice.objects.get().status == "open"
    put_back(desk, done["orders"])  # kept: its invoice and return stand
    assert Order.objects.filter(external_id="O-1").exists() and not Order.objects.filter(external_id="O-2").exists()
    for kind in ("returns", "invoices", "orders", "contracts", "product_costs"):
        put_back(desk, done[kind])
    assert counts() == [0] * len(MODELS)


def test_a_changed_amount_is_taken_until_something_follows(desk: Desk) -> None:
    given = files(desk)
    for kind in ("product_costs", "contracts", "orders"):
        take(desk, kind, given[kind])
    second = take(desk, "orders", [given["orders"][1] | {"amount": "60"}])
    assert OrderLine.objects.get(order__external_id="O-2").amount == 60
    put_back(desk, second)
    assert Order.objects.get(external_id="O-2").total == OrderLine.objects.get(order__external_id="O-2").amount == 50
    (why,) = refused(desk, "orders", [{"external_id": "O-1", "amount": "999"}])
    assert "its amount stays" in why


def test_what_cant_be_is_refused_row_by_row(desk: Desk) -> None:
    given = files(desk)
    for kind in ("contracts", "orders", "invoices"):
        take(desk, kind, given[kind])
    pay = {"invoice": "R-1", "paid_on": "2024-08-01"}
    why = refused(
        desk,
        "payments",
        [{"external_id": "P-1", "amount": "900", **pay}, {"external_id": "P-2", "amount": "100.01", **pay}],
    )
    assert why == ["More would be paid than the invoice asks."]
    assert Payment.objects.get().amount == 900
    back = {"external_id": "B-1", "order": "O-1", "product": "Arm 6", "returned_on": "2024-08-01", "quantity": "11"}
    assert refused(desk, "returns", [back]) == ["More would come back than was delivered."]
    assert "ends before" in refused(
        desk,
        "contracts",
        [{"external_id": "C-9", "name": "x", "account": "Acme pilot Inc", "starts_on": "2024-01-02",
          "last_day": "2024-01-01", "value": "1"}],
    )[0]  # fmt: skip


def test_closed_days_take_nothing_and_keep_what_they_have(desk: Desk) -> None:
    given = files(desk)
    done = {kind: take(desk, kind, given[kind]) for kind in ("contracts", "orders", "invoices")}
    set_closed_through(day=date(2024, 7, 31), reason="", by=desk.by, on=desk.on)
    row = {"external_id": "R-2", "order": "O-1", "issued_on": "2024-07-20", "amount": "1"}
    assert "Books are closed through Jul 31, 2024" in refused(desk, "invoices", [row])[0]
    put_back(desk, done["invoices"])
    assert Invoice.objects.get().amount == Decimal(1000)
