"""Writes of what is sold and how: products and their prices, stages and criteria, loss reasons, competitors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core import audit
from pipeline.enums import Status
from pipeline.models import Competitor, ListPrice, LossReason, Opportunity, Product, SalesProcess, Stage, StageCriterion


class CatalogueError(ValueError):
    """A change of the catalogue that can't be; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_product(*, product: Product, by: Any) -> Product:
    """Save a new or changed product."""
    return _save(product, act="product", by=by)


@transaction.atomic
def set_price(*, price: ListPrice, by: Any) -> ListPrice:
    """From a day the product costs this in a currency; the price before ends there, one on the very day is replaced.

    A price that begins later stays, and ends the new one on its first day.
    """
    same = ListPrice.objects.select_for_update().filter(product=price.product, currency=price.currency)
    since = price.valid_from
    same.filter(valid_from=since).delete()
    same.filter(Q(valid_to=None) | Q(valid_to__gt=since), valid_from__lt=since).update(valid_to=since)
    later = same.filter(valid_from__gt=since).order_by("valid_from").first()
    price.valid_to = later.valid_from if later else None
    price.save()
    detail = {"price": str(price.price), "currency": str(price.currency_id), "from": since.isoformat()}
    audit.record(act="price.set", actor=by, subject=price.product, detail=detail)
    return price


@transaction.atomic
def save_stage(*, stage: Stage, by: Any, criteria: Sequence[StageCriterion] | None = None) -> Stage:
    """Save a new or changed stage, and its exit criteria where they are given (set_criteria).

    Stages at and after its place move one down when another stands there.

    Raises CatalogueError when a stage with deals would become open, won or lost: close dates hang on it.
    """
    if stage.process_id is None:
        stage.process = _default_process()
    if stage.pk and Opportunity.objects.filter(stage=stage).exclude(status=stage.status).exists():
        words = _("Deals stand in this stage as %(was)s. Make another stage and move them there.")
        was = Stage.objects.get(pk=stage.pk).get_status_display()
        raise CatalogueError(words % {"was": str(was).lower()}, "status")
    taken = Stage.objects.filter(process=stage.process, position=stage.position).exclude(pk=stage.pk)
    if taken.exists():
        after = Stage.objects.filter(process=stage.process, position__gte=stage.position).exclude(pk=stage.pk)
        after.update(position=F("position") + 1)
    _save(stage, act="stage", by=by)
    if criteria is not None:
        set_criteria(stage=stage, criteria=criteria, by=by)
    return stage


def _default_process() -> SalesProcess:
    found = SalesProcess.objects.filter(is_default=True).first()
    return found or SalesProcess.objects.create(name=_("Sales"), is_default=True)


@transaction.atomic
def set_criteria(*, stage: Stage, criteria: Sequence[StageCriterion], by: Any) -> None:
    """The exit criteria of an open stage become exactly these, in this order. Ticks of those that stay are kept."""
    if criteria and stage.status != Status.OPEN:
        raise CatalogueError(_("Nothing leaves a closed stage: criteria belong to open ones."))
    stage.criteria.exclude(pk__in=[one.pk for one in criteria if one.pk]).delete()
    for position, criterion in enumerate(criteria):
        criterion.stage, criterion.position = stage, position
        criterion.save()
    audit.record(act="stage.criteria_set", actor=by, subject=stage, detail={"now": [one.label for one in criteria]})


@transaction.atomic
def save_loss_reason(*, reason: LossReason, by: Any) -> LossReason:
    return _save(reason, act="loss_reason", by=by)


@transaction.atomic
def save_competitor(*, competitor: Competitor, by: Any) -> Competitor:
    return _save(competitor, act="competitor", by=by)


def _save[Row: (Product, Stage, LossReason, Competitor)](row: Row, *, act: str, by: Any) -> Row:
    """Save and record. Raises CatalogueError when the name is taken."""
    is_new = row.pk is None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise CatalogueError(_("“%(name)s” is there already.") % {"name": row.name}, "name") from error
    audit.record(act=f"{act}.{'created' if is_new else 'changed'}", actor=by, subject=row)
    return row
