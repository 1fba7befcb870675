from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        from core import registry
        from people import policies, selectors, tasks  # noqa: F401 -- tasks registers the jobs
        from people.models import Occupancy, Person, Position, PositionTeam, ReportingLine, Team
        from people.services import imports, lines

        registry.navigation.add(
            registry.NavigationEntry(
                "people", "operations", 20, _("People"), "users", "people:people", policies.may_see_people
            ),
            registry.NavigationEntry(
                *("positions", "settings", 30, _("Positions"), "sitemap", "people:positions"),
                may_see=policies.may_manage_people,
                text=_("Seats, who sits on them, and whom they report to, over time."),
            ),
            registry.NavigationEntry(
                *("teams", "settings", 35, _("Regions and teams"), "users-group", "people:teams"),
                may_see=policies.may_manage_people,
                text=_("The regions and teams that seats belong to."),
            ),
            registry.NavigationEntry(
                *("users", "settings", 40, _("Users and roles"), "user-shield", "people:users"),
                may_see=policies.may_manage_users,
                text=_("Who may sign in, and what each role opens."),
            ),
        )
        _own_pages()
        registry.notification_kinds.add(
            registry.NotificationKind(
                *("shared", 16, _("A record is shared with you"), "share", "work", "acc", _("Open"))
            )
        )
        _pay()
        _access()
        registry.search_providers.add(
            registry.SearchProvider("people", _("People"), 50, selectors.person_hits, policies.may_see_people)
        )
        registry.people_sources.add(registry.PeopleSource("person", Person, imports.PREFIX))
        registry.option_sources.add(
            registry.OptionSource("person", Person, "PER", _("person"), "people:person_options")
        )
        registry.import_kinds.add(imports.PEOPLE)
        registry.reference_kinds.add(*imports.REFERENCES)
        registry.record_models.add(
            registry.RecordModel("reporting_line", ReportingLine, 16),
            registry.RecordModel("placement", PositionTeam, 15),
            registry.RecordModel("occupancy", Occupancy, 14),
            registry.RecordModel("position", Position, 13),
            registry.RecordModel("person", Person, 12),
            registry.RecordModel("team", Team, 11),
        )
        registry.after_imports.add(registry.AfterImport("people.closure", 10, lines.follow_import))


def _own_pages() -> None:
    """What admins set about signing in, and what everybody finds in their account menu."""
    from core import registry
    from people import policies

    registry.navigation.add(
        registry.NavigationEntry(
            *("invitations", "settings", 42, _("Invitations"), "mail-forward", "people:invitations"),
            may_see=policies.may_manage_users,
            text=_("Who was asked to take a login, and what became of it."),
        ),
        registry.NavigationEntry(
            *("access_rules", "settings", 44, _("Signing in"), "shield-lock", "people:access_rules"),
            may_see=policies.may_manage_users,
            text=_("Which roles need a second factor, how long sessions and invitations hold."),
        ),
        registry.NavigationEntry(
            *("sessions", "account", 20, _("Where you're signed in"), "devices", "people:sessions")
        ),
        registry.NavigationEntry(*("absence", "account", 30, _("My absence"), "user-share", "people:absence")),
    )


def _pay() -> None:
    """Pay behind its wall: whoever asks for a page of it is asked again there."""
    from core import registry
    from people import policies
    from people.services import pay_files, personal

    registry.navigation.add(
        registry.NavigationEntry(
            *("pay", "compensation", 10, _("Pay"), "cash", "people:pay"), may_see=policies.sees_all_pay
        )
    )
    registry.panels.add(registry.Panel("person", "pay", 10, _("Pay"), "people:pay_of"))
    registry.import_kinds.add(pay_files.KIND)
    registry.reference_kinds.add(pay_files.REFERENCE)
    registry.record_models.add(pay_files.MODEL)
    registry.closed_rows.add(pay_files.CLOSED)
    registry.undo_parts.add(pay_files.DAYS)
    registry.after_imports.add(registry.AfterImport("people.pay_days", 12, pay_files.settle))
    registry.personal_traces.add(personal.PAY)


def _access() -> None:
    """Sharing, approvals, leavers, personal data."""
    from core import registry
    from people import policies, selectors
    from people.services import personal

    registry.navigation.add(
        registry.NavigationEntry(
            *("approvals", "operations", 85, _("Approvals"), "checklist", "people:approvals"),
            may_see=policies.may_approve_in_place,
        )
    )
    registry.personal_records.add(personal.PERSON)
    registry.personal_traces.add(*personal.TRACES)
    registry.approval_kinds.add(registry.ApprovalKind("roles", 10, _("Roles that open pay"), selectors.waiting_roles))
    registry.nightly_steps.add(
        registry.NightlyStep("leavers", 5, _("People who have left"), "people.close_leavers"),
        registry.NightlyStep("sessions", 92, _("Old sessions"), "people.forget_sessions"),
    )
    registry.panels.add(
        *(
            registry.Panel(kind, "sharing", 80, _("Who sees it"), f"people:sharing_{kind}")
            for kind in ("account", "contact", "lead", "opportunity")
        )
    )
