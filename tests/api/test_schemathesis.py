"""The OpenAPI document, and answers held against it by calls that are made up from it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from core.api.scopes import SCOPES
from core.models import FiscalPeriod
from core.services import Wanted, attach, define_field, lay_out_periods
from integrations.services import create_token
from leads.models import Lead
from people.enums import Role
from people.models import User
from pipeline.models import Competitor, Finding, HygieneRule, LossReason, Stage
from quotas.models import Target
from quotas.services import set_target
from tests.api.trying import Tried, try_api
from tests.orders.desk import Desk
from tests.territories.atlas import Atlas

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> Iterator[Any]:
    """The application as a server runs it, on the connection of the test, which stays open between calls."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def document() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_document_is_whole_and_without_warnings(document: dict[str, Any]) -> None:
    validate_schema(document)
    assert not GENERATOR_STATS._warn_cache and not GENERATOR_STATS._error_cache
    assert document["openapi"].startswith("3.1")
    for path, acts in document["paths"].items():
        for method, act in acts.items():
            named = f"{method} {path}"
            assert act["summary"] and act["operationId"], named
            codes = set(act["responses"])
            assert {"400", "401", "403", "406", "429"} <= codes, named
            for code, answer in act["responses"].items():
                kinds = list(answer.get("content", {}))
                usual = "*/*" if path.endswith("/file/") else "application/json"
                assert kinds == (["application/problem+json"] if code >= "400" else [usual]) or (
                    code in ("204", "304") and not kinds
                ), f"{named} {code}"


def test_acts_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [act["operationId"] for acts in document["paths"].values() for act in acts.values()]
    assert len(names) == len(set(names))


def _secret(user: Any) -> str:
    at = datetime.now(UTC)
    return create_token(user=user, name="t", scopes=SCOPES, days=1, by=None, at=at, known=SCOPES)[1]


def make_ids(company: Any) -> dict[str, int]:
    """A record of each kind, the rep's where it is somebody's."""
    account = company.account()
    deal = company.deal(account=account)
    rule = HygieneRule.objects.first() or HygieneRule.objects.create(key="x", label="X", severity="low")
    finding = Finding.objects.create(
        rule=rule, subject_kind="opportunity", subject_id=deal.pk, owner=company.rep.person, found_on=company.as_of
    )
    criterion = deal.stage.criteria.create(label="Agreed", kind="check")
    contact = account.contacts.create(name="Grace Hopper", owner=company.rep.person)
    file = ("Notes.txt", io.BytesIO(b"text"), 4)
    for kind, label in (("text", "Plant"), ("number", "Robots"), ("choices", "Uses")):
        wanted = Wanted(label, choices=[("", "Welding", False)])
        define_field(record_kind="account", type=kind, wanted=wanted, by=company.ops.user)
    return {
        "attachment_id": attach(record=account, kind="account", files=[file], by=company.rep.user)[0].pk,
        "lead_id": Lead.objects.create(name="Grace Hopper", owner=company.rep.person).pk,
        "account_id": account.pk,
        "subject_id": deal.pk,
        "opportunity_id": deal.pk,
        "contact_id": contact.pk,
        "product_id": company.product().pk,
        "person_id": company.rep.person.pk,
        "owner_id": company.rep.person.pk,
        "stage_id": Stage.objects.get(process__is_default=True, name="Proposal").pk,
        "lossreason_id": LossReason.objects.get_or_create(name="Price")[0].pk,
        "competitor_id": Competitor.objects.get_or_create(name="Initech")[0].pk,
        "team_id": company.west.pk,
        "finding_id": finding.pk,
        "criterion_id": criterion.pk,
        **_cash(company),
        **_market(company),
    }


def _market(company: Any) -> dict[str, int]:
    """A territory with the rep's seat and an account, and a target."""
    lay_out_periods(company=company.row)
    atlas = Atlas(company)
    placed, period = atlas.place(company.account("Placed")), FiscalPeriod.objects.get(key="2024-Q3")
    target = Target(period=period, amount=100, currency_id="USD", holder_kind="person", holder_id=company.rep.person.pk)
    return {
        "territory_id": placed.territory_id,
        "position_id": company.rep.position.pk,
        "territory_assignment_id": atlas.cover().pk,
        "account_territory_id": placed.pk,
        "target_id": set_target(target=target, by=company.ops.user, on=company.as_of).pk,
    }


def _cash(company: Any) -> dict[str, int]:
    """One record of each kind from quote to cash."""
    desk = Desk(company)
    order, contract, quote = desk.order(), desk.contract(), desk.quote()
    delivered, invoice = desk.fulfil(order), desk.invoice(order)
    return {
        "quote_id": quote.pk, "contract_id": contract.pk, "order_id": order.pk, "invoice_id": invoice.pk,
        "order_line_id": order.lines.get().pk, "fulfilment_id": delivered.pk, "return_id": desk.take_back(order).pk,
        "payment_id": desk.pay(invoice, "10").pk, "credit_note_id": desk.credit(invoice, "1").pk,
        "product_cost_id": desk.cost().pk, "deal_id": order.deal_id,
    }  # fmt: skip


def _tried(app: Any, who: Any, ids: dict[str, int], calls: int) -> Tried:
    return try_api(app, _secret(who), ids, calls=calls)


def test_no_answer_to_a_rep_is_outside_the_document(company: Any, settings: Any, app: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 10**6
    tried = _tried(app, company.rep.user, make_ids(company), 500)
    assert not tried.failures, tried.report()
    assert {200, 201, 204, 400, 404} <= set(tried.statuses), tried.statuses


def test_no_answer_to_somebody_with_every_role_is_outside_the_document(company: Any, settings: Any, app: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 10**6
    insider = User.objects.create_user("insider@example.com", "a long password, ten")
    for role in Role:
        insider.grants.create(role=role, valid_from=company.as_of)
    tried = _tried(app, insider, make_ids(company), 500)
    assert not tried.failures, tried.report()
    assert {200, 201, 204, 400, 404} <= set(tried.statuses), tried.statuses
