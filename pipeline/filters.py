from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, DateField, Exists, F, Func, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from core.filters import OwnFilters
from core.forms import DateInput
from core.models import in_force_on
from core.registry import ListFilter
from core.selectors.company import day_begins, day_ends
from people.models import Person, PositionTeam, ReportingLine, Team
from pipeline.enums import ActivityKind, Category, DealType, Severity, Status
from pipeline.kernel.hygiene import FIXABLE, HANDING
from pipeline.models import Activity, Finding, HygieneRule, Opportunity, OpportunityContact, OwnerAsk, Product, Stage
from pipeline.policies import visible_opportunities
from pipeline.selectors.reference import activities_for

NONE = _("None")
NULL = "null"  # what django-filter sends for “None”
_TODAY = Func(template="CURRENT_DATE", output_field=DateField())


def visible_people(request: Any) -> Any:
    """Whose deals the person who asks may choose from."""
    user = getattr(request, "user", None)
    owners = user.visible_owner_ids(_TODAY) if user else ()
    return Person.objects.all() if owners is None else Person.objects.filter(pk__among=owners)


class OpportunityFilter(OwnFilters):
    """Filters of the deal list, its export and the API."""

    record_kind = "opportunity"

    status = ChoiceFilter(
        choices=[*Status.choices, ("closed", _("Won or lost"))], label=_("Status"), method="by_status"
    )
    stage = ModelChoiceFilter(queryset=Stage.objects.all(), label=_("Stage"))
    category = ChoiceFilter(choices=Category.choices, label=_("Forecast"))
    type = ChoiceFilter(choices=DealType.choices, label=_("Type"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=NONE)
    region = ModelChoiceFilter(
        queryset=Team.objects.filter(kind="region"), label=_("Region"), null_label=NONE, method="by_region"
    )
    team = ModelChoiceFilter(queryset=Team.objects.all(), label=_("Team"), null_label=NONE, method="by_team")
    manager = ModelChoiceFilter(queryset=visible_people, label=_("Manager"), null_label=NONE, method="by_manager")
    line = ModelChoiceFilter(queryset=visible_people, label=_("Line of"), method="by_line")
    product = ModelChoiceFilter(queryset=Product.objects.all(), label=_("Product"), null_label=NONE)
    family = CharFilter(label=_("Product family"), method="by_text")
    segment = CharFilter(label=_("Segment"), method="by_text")
    source = CharFilter(label=_("Source"), method="by_text")
    account = NumberFilter(field_name="account", label=_("Account number"))
    finding = ModelChoiceFilter(
        queryset=HygieneRule.objects.filter(subject_kind="opportunity"),
        to_field_name="key",
        label=_("Check"),
        method="by_finding",
    )
    close_from = DateFilter(label=_("Close from"), method="by_close_from", widget=DateInput)
    close_to = DateFilter(label=_("Close to"), method="by_close_to", widget=DateInput)
    undated = ChoiceFilter(choices=[("1", _("Without a date"))], label=_("Close date"), method="by_undated")
    pushed = ChoiceFilter(choices=[("1", _("Pushed at least once"))], label=_("Pushed"), method="by_pushed")
    activity_from = DateFilter(label=_("Last activity from"), method="by_activity_from", widget=DateInput)
    activity_to = DateFilter(label=_("Last activity to"), method="by_activity_to", widget=DateInput)
    activity = ChoiceFilter(choices=[("never", _("Never"))], label=_("Last activity"), method="by_no_activity")
    quiet = ChoiceFilter(choices=[("1", _("No next step"))], label=_("Next step"), method="by_no_next_step")
    archived = ChoiceFilter(choices=[("1", _("Archived"))], label=_("Archive"), method="by_archived")

    class Meta:
        model = Opportunity
        fields: tuple[str, ...] = ()

    def by_status(self, deals: Any, name: str, status: str) -> Any:
        return deals.exclude(status=Status.OPEN) if status == "closed" else deals.filter(status=status)

    def filter_queryset(self, queryset: Any) -> Any:
        deals = super().filter_queryset(queryset)
        return deals if self.form.cleaned_data.get("archived") else deals.filter(archived_at=None)

    def by_archived(self, deals: Any, name: str, value: str) -> Any:
        return deals.exclude(archived_at=None)

    def by_no_next_step(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(next_step="")

    def by_region(self, deals: Any, name: str, region: Team | str) -> Any:
        """Deals whose owner sat in the region or one of its teams on the day that counts; "null": in no region."""
        placed = _of_owner(PositionTeam).filter(Q(team__kind="region") | Q(team__parent__isnull=False))
        if region == NULL:
            return _seen_through(deals).filter(~Exists(placed))
        return _seen_through(deals).filter(Exists(placed.filter(Q(team=region) | Q(team__parent=region))))

    def by_team(self, deals: Any, name: str, team: Team | str) -> Any:
        placed = _of_owner(PositionTeam)
        return _seen_through(deals).filter(~Exists(placed) if team == NULL else Exists(placed.filter(team=team)))

    def by_manager(self, deals: Any, name: str, manager: Person | str) -> Any:
        """Deals whose owner reported to the person on the day that counts; "null": to nobody."""
        held = in_force_on(OuterRef("line_day"), "reports_to__occupancies__")
        who = {"isnull": False} if manager == NULL else {"exact": manager}
        boss = {f"reports_to__occupancies__person__{lookup}": value for lookup, value in who.items()}
        lines = _of_owner(ReportingLine, held, **boss)
        return _seen_through(deals).filter(~Exists(lines) if manager == NULL else Exists(lines))

    def by_line(self, deals: Any, name: str, person: Person) -> Any:
        """Deals owned by the person or anyone below them today."""
        return deals.filter(owner__in=Person.objects.seen_from(person, _TODAY).values("pk"))

    def by_text(self, deals: Any, name: str, value: str) -> Any:
        """Deals whose account or product says so; "null": says nothing."""
        field = {"family": "product__family", "segment": "account__segment", "source": "source"}[name]
        if value == NULL:
            return deals.filter(Q(**{field: ""}) | Q(**{f"{field}__isnull": True}))
        return deals.filter(**{field: value})

    def by_pushed(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(pushed_count__gt=0)

    def by_activity_from(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(last_activity_at__gte=day_begins(day))

    def by_activity_to(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(last_activity_at__lte=day_ends(day))

    def by_no_activity(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(last_activity_at=None)

    def by_finding(self, deals: Any, name: str, rule: HygieneRule) -> Any:
        failing = Finding.objects.filter(rule=rule, subject_kind="opportunity", resolved_on=None, is_dismissed=False)
        return deals.filter(pk__in=failing.values("subject_id"))

    def by_close_from(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(_counts_on("gte", day))

    def by_close_to(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(_counts_on("lte", day))

    def by_undated(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(expected_close_on=None, closed_on=None)


def _seen_through(deals: Any) -> Any:
    """Deals with the day whose reporting line counts for them: closed ones the close date, open ones today."""
    closed = Coalesce(F("closed_on"), _TODAY)
    return deals.annotate(
        line_day=Case(When(status=Status.OPEN, then=_TODAY), default=closed, output_field=DateField())
    )


def _of_owner(model: Any, *held: Q, **more: Any) -> Any:
    """Dated rows of the seat that a deal's owner had on the deal's line day, for Exists()."""
    seat = in_force_on(OuterRef("line_day"), "position__occupancies__")
    own = Q(position__occupancies__person=OuterRef("owner"))
    return model.objects.filter(in_force_on(OuterRef("line_day")), seat, own, *held, **more)


def _counts_on(lookup: str, day: Any) -> Any:
    """Closed deals by close date, open ones by expected close date."""
    is_open = Q(status=Status.OPEN)
    return (is_open & Q(**{f"expected_close_on__{lookup}": day})) | (~is_open & Q(**{f"closed_on__{lookup}": day}))


class FailingDealFilter(OpportunityFilter):
    """Filters of the open deals that fail a check."""

    fix = ChoiceFilter(choices=[("1", _("One safe change"))], label=_("Suggested fix"), method="by_fix")
    severity = ChoiceFilter(choices=Severity.choices, label=_("Severity"), method="by_severity")
    forecast = ChoiceFilter(choices=[("likely", _("Commit and best case"))], label=_("Likely"), method="by_forecast")

    def by_severity(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(pk__in=_standing().filter(rule__severity=value).values("subject_id"))

    def by_forecast(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(category__in=[Category.COMMIT, Category.BEST_CASE])

    def by_fix(self, deals: Any, name: str, value: str) -> Any:
        """Deals with a safe change; handing over needs somebody else who owns the account and is still here."""
        standing = _standing()
        simple, handing = (
            Q(pk__in=standing.filter(rule__key__in=keys).values("subject_id")) for keys in (FIXABLE - HANDING, HANDING)
        )
        kept = Q(account__owner__isnull=False, account__owner__left_on=None)
        other = Q(owner=None) | ~Q(account__owner=F("owner"))
        return deals.filter(simple | (handing & kept & other))


def _standing() -> Any:
    return Finding.objects.filter(subject_kind="opportunity", resolved_on=None, is_dismissed=False)


class FindingFilter(FilterSet):
    """Filters of what stands against records of one kind."""

    rule = ModelChoiceFilter(queryset=HygieneRule.objects.all(), to_field_name="key", label=_("Check"))
    severity = ChoiceFilter(choices=Severity.choices, field_name="rule__severity", label=_("Severity"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=NONE)
    team = ModelChoiceFilter(queryset=Team.objects.all(), label=_("Team"), null_label=NONE, method="by_team")

    def by_team(self, findings: Any, name: str, team: Team | str) -> Any:
        """Findings whose owner sits in the team today; "null": in none."""
        seat = in_force_on(_TODAY, "position__occupancies__")
        placed: Any = PositionTeam.objects.filter(
            in_force_on(_TODAY), seat, position__occupancies__person=OuterRef("owner")
        )
        return findings.filter(~Exists(placed) if team == NULL else Exists(placed.filter(team=team)))

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()


class ActivityFilter(FilterSet):
    """Filters of activities, for the API."""

    kind = ChoiceFilter(choices=ActivityKind.choices, label=_("Kind"))
    subject_kind = CharFilter(label=_("Kind of record"))
    subject_id = NumberFilter(label=_("Number of the record"))
    account = NumberFilter(field_name="account", label=_("Account number"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=NONE)
    open = ChoiceFilter(choices=[("1", _("Open"))], label=_("Open tasks"), method="by_open")
    happened_from = DateFilter(field_name="happened_at", lookup_expr="date__gte", label=_("Happened from"))
    happened_to = DateFilter(field_name="happened_at", lookup_expr="date__lte", label=_("Happened to"))
    external_id = CharFilter(label=_("External ID"))

    class Meta:
        model = Activity
        fields: tuple[str, ...] = ()

    def by_open(self, activities: Any, name: str, value: str) -> Any:
        return activities.filter(kind=ActivityKind.TASK, done_at=None)


class ProductFilter(FilterSet):
    """Filters of products, for the list and the API."""

    external_id = CharFilter(label=_("Code"))

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()


class AnyFindingFilter(FindingFilter):
    """Filters of findings on records of every kind, for the API."""

    subject_kind = CharFilter(label=_("Kind of record"))
    subject_id = NumberFilter(label=_("Number of the record"))
    severity = ChoiceFilter(choices=Severity.choices, field_name="rule__severity", label=_("Severity"))
    dismissed = ChoiceFilter(
        choices=[("1", _("Set aside")), ("0", _("Counts"))], label=_("Set aside"), method="by_dismissed"
    )

    def by_dismissed(self, findings: Any, name: str, value: str) -> Any:
        return findings.filter(is_dismissed=value == "1")


class AskFilter(FilterSet):
    """Filters of the questions to owners."""

    state = ChoiceFilter(
        choices=[("open", _("Open")), ("late", _("Overdue")), ("done", _("Done"))], label=_("State"), method="by_state"
    )
    rule = ModelChoiceFilter(queryset=HygieneRule.objects.all(), to_field_name="key", label=_("Check"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"))

    class Meta:
        model = OwnerAsk
        fields: tuple[str, ...] = ()

    def by_state(self, asks: Any, name: str, value: str) -> Any:
        if value == "done":
            return asks.exclude(done_on=None)
        late = Q(due_on__lt=F("checked_as_of")) if value == "late" else Q()
        return asks.filter(late, done_on=None)


class WorkFilter(ActivityFilter):
    """Filters of the page of activities and tasks."""

    whose = ChoiceFilter(choices=[("mine", _("Mine")), ("team", _("My team"))], label=_("Whose"), method="by_whose")
    state = ChoiceFilter(
        choices=[("open", _("Open")), ("overdue", _("Overdue")), ("week", _("Due within a week")), ("done", _("Done"))],
        label=_("Task"),
        method="by_state",
    )

    def by_whose(self, activities: Any, name: str, value: str) -> Any:
        """One's own; or those of one's line, without one's own."""
        user = getattr(self.request, "user", None)
        person = getattr(user, "person_or_none", None)
        if value == "mine":
            return activities.filter(owner=person) if person else activities.none()
        others = visible_people(self.request)
        return activities.filter(owner__in=others.exclude(pk=person.pk) if person else others)

    def by_state(self, activities: Any, name: str, value: str) -> Any:
        tasks = activities.filter(kind=ActivityKind.TASK)
        if value == "done":
            return tasks.exclude(done_at=None)
        waiting = tasks.filter(done_at=None)
        if value == "overdue":
            return waiting.filter(due_on__lt=_TODAY)
        return waiting.filter(due_on__lt=_TODAY + timedelta(days=8)) if value == "week" else waiting


def _open_deals_of(kind: str, user: Any) -> Any:
    """Open deals that the person sees of one account, or of one contact by its buying group; for Exists()."""
    deals = visible_opportunities(user, _TODAY).filter(status=Status.OPEN)  # type: ignore[arg-type]  # -- the day of the database
    if kind == "account":
        return deals.filter(account=OuterRef("pk"))
    return OpportunityContact.objects.filter(contact=OuterRef("pk"), opportunity__in=deals)


def _by_open_deal(kind: str) -> Callable[[Any, Any, Any], Any]:
    def narrow(rows: Any, user: Any, value: str) -> Any:
        has = Exists(_open_deals_of(kind, user)) if user else Exists(Opportunity.objects.none())
        return rows.filter(has if value == "1" else ~has)

    return narrow


def _logged_on(kind: str, user: Any) -> Any:
    """What happened on one record (an account: also on its contacts and deals) that the person sees; for Exists()."""
    seen = activities_for(user, _TODAY) if user else Activity.objects.none()  # type: ignore[arg-type]  # -- the day of the database
    mine = Q(account=OuterRef("pk")) if kind == "account" else Q(subject_kind=kind, subject_id=OuterRef("pk"))
    return seen.filter(mine, happened_at__isnull=False)


def _by_activity_from(kind: str) -> Callable[[Any, Any, Any], Any]:
    return lambda rows, user, day: rows.filter(Exists(_logged_on(kind, user).filter(happened_at__gte=day_begins(day))))


def _by_activity_to(kind: str) -> Callable[[Any, Any, Any], Any]:
    """Something happened, and nothing after the day."""

    def narrow(rows: Any, user: Any, day: date) -> Any:
        logged = _logged_on(kind, user)
        return rows.filter(Exists(logged), ~Exists(logged.filter(happened_at__gt=day_ends(day))))

    return narrow


def _by_no_activity(kind: str) -> Callable[[Any, Any, Any], Any]:
    return lambda rows, user, value: rows.filter(~Exists(_logged_on(kind, user)))


def _day(label: Any) -> Callable[..., Any]:
    return lambda **more: DateFilter(label=label, widget=DateInput, **more)


def _choice(label: Any, *choices: tuple[str, Any]) -> Callable[..., Any]:
    return lambda **more: ChoiceFilter(label=label, choices=list(choices), **more)


def list_filters() -> list[ListFilter]:
    """What the lists of accounts, contacts and leads can be narrowed by that stands here."""
    yes_no = _choice(_("Open deal"), ("1", _("Has one")), ("0", _("Has none")))
    found = [ListFilter(kind, "open_deal", yes_no, _by_open_deal(kind)) for kind in ("account", "contact")]
    never = _choice(_("Last activity"), ("never", _("Never")))
    for kind in ("account", "contact", "lead"):
        found += [
            ListFilter(kind, "activity_from", _day(_("Last activity from")), _by_activity_from(kind)),
            ListFilter(kind, "activity_to", _day(_("Last activity to")), _by_activity_to(kind)),
            ListFilter(kind, "activity", never, _by_no_activity(kind)),
        ]
    return found


# The page has none by one record and none by numbers, and begins with whose they are.
_ON_THE_PAGE = ("whose", "kind", "state", "owner", "happened_from", "happened_to")
WorkFilter.base_filters = {name: WorkFilter.base_filters[name] for name in _ON_THE_PAGE}
