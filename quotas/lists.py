from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from people.models import Team
from quotas.models import Target
from quotas.policies import may_set_targets
from quotas.selectors import targets_in_force


def _holder(target: Target) -> str:
    if target.holder_kind == "team":
        return str(Team.objects.filter(pk=target.holder_id).first() or _("a former team"))
    return str(target.get_holder_kind_display())


TARGETS = Table(
    key="targets",
    title=_("Targets"),
    rows=lambda user, as_of: targets_in_force(on=as_of),
    may_see=may_set_targets,
    default_sort="-period",
    columns=(
        Column("period", _("Period"), lambda t: t.period.label, sort="period__starts_on"),
        Column("measure", _("Measure"), lambda t: t.get_measure_display()),
        Column("holder", _("Holder"), _holder),
        Column(
            "amount",
            _("Amount"),
            lambda t: t.amount,
            kind="money",
            sort="amount",
            currency=lambda t: t.currency_id or "",
        ),
        Column("since", _("Since"), lambda t: t.valid_from, kind="date"),
    ),
    empty_title=_("No target yet"),
    empty_reason=_("Attainment and coverage appear once a period has a target."),
)
