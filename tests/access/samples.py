"""A real row for every parameter of an address, so that a refusal is about the person and not about an empty table."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import models

from tests.access.routes import Route
from tests.architecture.floors import ROOMS

SECRET = "Zirkelkasten"  # stands in every sample row; no page may show it to an outsider
DAY = datetime.date(2024, 2, 1)

# Parameters whose model doesn't bear their name.
MODELS = {
    "deal_id": "pipeline.Opportunity",
    "criterion_id": "pipeline.StageCriterion",
    "import_id": "integrations.ImportFile",
    "user_id": "people.User",
    "grant_id": "people.RoleGrant",
    "lossreason_id": "pipeline.LossReason",
    "view_id": "core.SavedView",
    "record_id": "accounts.Account",
    "event_id": "core.AuditEvent",
    "rule_id": "pipeline.HygieneRule",
    "token_id": "integrations.ApiToken",
    "edit_id": "pipeline.BulkEdit",
    "proposal_id": "integrations.ImportProposal",
    "field_id": "core.CustomField",
    "ask_id": "pipeline.OwnerAsk",
    "session_id": "people.OpenSession",
    "personal_id": "accounts.Contact",
    "period_id": "compensation.PayPeriod",
    "month_id": "compensation.PayPeriod",
    "line_id": "compensation.LedgerEntry",
}
# Fields whose text means something.
GIVEN: dict[str, dict[str, Any]] = {
    "territories.AssignmentRule": {"lineage": 1},
    "core.CustomField": {"record_kind": "account", "key": "sample"},
    "pipeline.HygieneRule": {"subject_kind": "opportunity"},
    "compensation.PayPeriod": {"ends_on": DAY + datetime.timedelta(days=29)},
    "compensation.JournalEntry": {"debit_minor": 1},
    "compensation.ContractCost": {"capitalised_minor": 1, "left_minor": 1},
    "compensation.CostMonth": {"amortised_minor": 0, "impaired_minor": 0},
    "core.FiscalPeriod": {"ends_on": DAY + datetime.timedelta(days=31)},
    "integrations.ImportFile": {
        "kind": "accounts",
        "shape": {"format": "csv", "columns": [SECRET], "sample": [], "approx_rows": 0},
    },
}
LIBRARIES = ("account_", "mfa_", "socialaccount_")  # their rows belong to one login; any number will do
# Parameters that aren't ids: a value that exists, or would.
WORDS = {
    "provider_id": "none",
    "field": "amount",
    "uidb36": "1",
    "key": "none",
    "kind": "account",
    "column": "side",
    "format": "json",
    "period": "2024-Q1",
    "bucket": "new",
    "part": "deals",
    "personal_kind": "contact",
    "token": "none",
    "case_number": 0,
}


class Samples:
    """Makes at most one row of each model; those of models in `open_to_all` don't hold the mark."""

    mark = SECRET

    def __init__(self, rows: Iterable[models.Model] = (), open_to_all: Collection[str] = ()) -> None:
        self.rows: dict[type[models.Model], models.Model] = {type(row): row for row in rows}
        self.open_to_all = open_to_all

    def value(self, route: Route, parameter: str) -> Any:
        if parameter in WORDS:
            return WORDS[parameter]
        if route.name.startswith(LIBRARIES):
            return 1
        return self.row(model_of(route, parameter)).pk

    def row(self, model: type[models.Model]) -> models.Model:
        if model not in self.rows:
            found = model._default_manager.first() if model.__name__ in ("Company", "Currency") else None
            self.rows[model] = found or self._make(model)
        return self.rows[model]

    def _make(self, model: type[models.Model]) -> models.Model:
        """A row with every field that must be given, and SECRET wherever a text fits."""
        values: dict[str, Any] = {}
        for field in model._meta.concrete_fields:
            if isinstance(field, models.AutoField | models.GeneratedField) or getattr(field, "editable", True) is False:
                continue
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if is_text or not (field.has_default() or field.has_db_default() or field.null):
                values[field.name] = self._value(field)
        return model._default_manager.create(**values | GIVEN.get(model._meta.label, {}))

    def _value(self, field: models.Field[Any, Any]) -> Any:
        word = "Wort" if field.model._meta.label in self.open_to_all else self.mark
        if isinstance(field, models.ForeignKey):
            return self.row(field.related_model)
        if field.choices:
            return field.flatchoices[0][0]
        if isinstance(field, models.EmailField):
            return f"{SECRET.lower()}@example.com"
        if isinstance(field, models.CharField | models.TextField):
            return word[: getattr(field, "max_length", None) or 40]
        if isinstance(field, models.FileField):
            return ContentFile(SECRET.encode(), name=f"{SECRET}.txt")
        kind = next((kind for kind in _OTHER if isinstance(field, kind)), None)
        if kind is None:
            raise LookupError(f"no sample value for {field}")
        return _OTHER[kind]


_OTHER: dict[type[Any], Any] = {
    ArrayField: [],
    models.DateTimeField: datetime.datetime(2024, 2, 1, tzinfo=datetime.UTC),
    models.DateField: DAY,
    models.DecimalField: Decimal(1),
    models.BooleanField: False,
    models.IntegerField: 1,
    models.JSONField: {},
    models.UUIDField: "00000000-0000-4000-8000-000000000001",
}


def model_of(route: Route, parameter: str) -> type[models.Model]:
    """`account_id` -> Account, first in the room of the address, then in the rooms from the ground up."""
    if parameter in MODELS:
        return apps.get_model(MODELS[parameter])
    room, _, name = route.name.rpartition(":")
    noun = name.split("-")[0] if parameter == "pk" else parameter.removesuffix("_id").removesuffix("_pk")
    noun = noun.replace("_", "")
    for label in [room, *reversed(ROOMS)]:
        if label in ROOMS and apps.is_installed(label) and noun in apps.all_models[label]:
            return apps.get_model(label, noun)
    raise LookupError(f"no model for “{parameter}”")
