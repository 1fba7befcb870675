from __future__ import annotations

from typing import Any

from django.db.models import DateField, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter, NumberFilter

from core.models import in_force_on
from people.models import Invitation, Occupancy, Person, PersonPay, Team

_TODAY: Any = Func(template="CURRENT_DATE", output_field=DateField())


class PersonFilter(FilterSet):
    """Filters of the list of people, its export and the API."""

    team = ModelChoiceFilter(queryset=Team.objects.all(), label=_("Region or team"), method="by_team")
    seat = ChoiceFilter(
        choices=[("held", _("Has a seat")), ("none", _("Without a seat")), ("left", _("Left"))],
        label=_("Seat"),
        method="by_seat",
    )
    external_id = CharFilter(label=_("External ID"))

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def by_team(self, people: Any, name: str, team: Team) -> Any:
        placed = in_force_on(_TODAY, "position__placements__")
        mine = Q(position__placements__team=team) | Q(position__placements__team__parent=team)
        return people.filter(pk__in=Occupancy.objects.filter(in_force_on(_TODAY), placed, mine).values("person"))

    def by_seat(self, people: Any, name: str, value: str) -> Any:
        if value == "left":
            return people.filter(left_on__lte=_TODAY)
        seated = Occupancy.objects.filter(in_force_on(_TODAY)).values("person")
        return people.filter(pk__in=seated) if value == "held" else people.exclude(pk__in=seated)


class PayFilter(FilterSet):
    """Filters of the list of pay, its export and the API."""

    person = NumberFilter(field_name="person", label=_("Person number"), min_value=1, max_value=2**62)
    state = ChoiceFilter(
        choices=[("now", _("In force")), ("before", _("Ended")), ("later", _("To come"))],
        label=_("State"),
        method="by_state",
    )

    class Meta:
        model = PersonPay
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "now":
            return rows.filter(in_force_on(_TODAY))
        return rows.filter(valid_to__lte=_TODAY) if value == "before" else rows.filter(valid_from__gt=_TODAY)


class InvitationFilter(FilterSet):
    """Filters of the list of invitations."""

    state = ChoiceFilter(
        choices=[
            ("waits", _("Waits")),
            ("over", _("Over")),
            ("taken", _("Taken")),
            ("revoked", _("Taken back")),
        ],
        label=_("State"),
        method="by_state",
    )

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "taken":
            return rows.exclude(accepted_at=None)
        if value == "revoked":
            return rows.exclude(revoked_at=None)
        untaken = rows.filter(accepted_at=None, revoked_at=None)
        return untaken.filter(expires_at__lte=Now()) if value == "over" else untaken.exclude(expires_at__lte=Now())
