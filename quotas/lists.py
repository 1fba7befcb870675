from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from quotas.enums import HolderKind
from quotas.filters import TargetFilter
from quotas.models import Target
from quotas.policies import may_set_targets
from quotas.selectors import targets_for


def _holder(target: Target) -> Any:
    return target.holder_name or _("No longer there")  # type: ignore[attr-defined]  # -- an annotation


TARGETS = Table(
    key="targets",
    title=_("Targets"),
    rows=targets_for,
    may_see=may_set_targets,
    search=lambda rows, text: rows.filter(holder_name__icontains=text),
    filterset=TargetFilter,
    default_sort="-period",
    columns=(
        Column("period", _("Period"), lambda t: t.period.label, sort="period__starts_on", is_link=True),
        Column("holder", _("Holder"), _holder, sort="holder_name", sub=lambda t: t.get_holder_kind_display()),
        Column("measure", _("Measure"), lambda t: t.get_measure_display(), hide_sm=True),
        Column("since", _("Since"), lambda t: t.valid_from, kind="date", sort="valid_from", hide_sm=True),
        Column("currency", _("Currency"), lambda t: t.currency_id, is_hidden=True),
        Column(
            "amount",
            _("Amount"),
            lambda t: t.amount,
            kind="money",
            sort="amount",
            currency=lambda t: t.currency_id or "",
        ),
    ),
    presets=(
        (_("Company"), f"holder={HolderKind.COMPANY.value}"),
        (_("Regions and teams"), f"holder={HolderKind.TEAM.value}"),
        (_("People"), f"holder={HolderKind.PERSON.value}"),
    ),
    empty_title=_("No target yet"),
    empty_reason=_("Attainment and coverage appear once a period has a target."),
)
