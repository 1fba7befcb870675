from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompensationConfig(AppConfig):
    name = "compensation"
    verbose_name = _("Compensation")

    def ready(self) -> None:
        from compensation import tasks  # noqa: F401 -- registers the jobs

        _show_runs()
        _tell_of_runs()
        _watch_pay()
        _take_imports()
        _show_plans()
        _show_own_pay()
        _tell_of_disputes()
        _show_accounting()


def _show_runs() -> None:
    """The entry of the side bar, and decisions that wait."""
    from compensation import policies
    from compensation.selectors import waiting
    from core.registry import ApprovalKind, NavigationEntry, approval_kinds, navigation

    pages = ("pay_runs", "adjustments", "pay_events", "credit_holds")
    navigation.add(
        NavigationEntry(
            *("pay_runs", "compensation", 30, _("Pay runs"), "player-track-next", "compensation:periods"),
            may_see=policies.sees_runs,
            also=[f"compensation:{name}" for name in pages],
        ),
        NavigationEntry(
            *("effectiveness", "compensation", 50, _("Effectiveness"), "chart-dots", "compensation:effectiveness"),
            may_see=policies.sees_runs,
        ),
    )
    approval_kinds.add(
        ApprovalKind("pay_runs", 40, _("Pay runs"), waiting.waiting_runs),
        ApprovalKind("pay_adjustments", 41, _("Adjustments of pay"), waiting.waiting_adjustments),
        ApprovalKind("pay_events", 42, _("Milestones and scores"), waiting.waiting_events),
    )


def _tell_of_runs() -> None:
    from compensation import policies
    from compensation.services import telling
    from core.registry import NotificationKind, notification_kinds

    work = ("work", "warn")
    notification_kinds.add(
        NotificationKind(
            *(telling.TO_APPROVE, 60, _("A pay run waits for your approval"), "player-track-next", *work, _("Look")),
            may_have=policies.sees_runs,
        ),
        NotificationKind(
            *(telling.DECIDED, 61, _("Your pay run was approved or given back"), "circle-check", "work", "acc"),
            act=_("Open"),
            may_have=policies.keeps_pay,
        ),
        NotificationKind(telling.STATEMENT, 62, _("Your statement is there"), "receipt", "work", "acc", _("Open")),
        NotificationKind(
            *(telling.ALARM, 63, _("The ledger of pay isn't as it should be"), "alert-circle", "work", "bad"),
            act=_("Look"),
            may_have=policies.sees_all_pay,
        ),
    )


def _watch_pay() -> None:
    from core.registry import NightlyStep, nightly_steps

    nightly_steps.add(NightlyStep("pay", 60, _("Pay: ledger and periods"), "compensation.nightly"))


def _take_imports() -> None:
    from compensation.services import assignment_files, imports
    from core import registry

    registry.import_kinds.add(imports.PAY_EVENTS, assignment_files.KIND)
    registry.reference_kinds.add(assignment_files.REFERENCE)
    registry.record_models.add(*imports.MODELS, assignment_files.MODEL)
    registry.closed_rows.add(assignment_files.CLOSED)


def _show_plans() -> None:
    """Plans and one's own letters in the side bar; who has to act on a version is told."""
    from compensation import policies
    from compensation.selectors.plans import has_letters, waiting_versions
    from core.registry import (
        ApprovalKind,
        NavigationEntry,
        NotificationKind,
        approval_kinds,
        navigation,
        notification_kinds,
    )

    navigation.add(
        NavigationEntry(
            *("plans", "compensation", 20, _("Comp plans"), "writing", "compensation:plans"),
            may_see=policies.may_see_plans,
        ),
        NavigationEntry(
            *("my_plan", "compensation", 12, _("My plan"), "file-certificate", "compensation:my_plan"),
            may_see=has_letters,
        ),
    )
    approval_kinds.add(ApprovalKind("plan_versions", 30, _("Compensation plans"), waiting_versions))
    notification_kinds.add(
        NotificationKind(
            *("plan_to_approve", 30, _("A compensation plan waits for your approval"), "writing", "work", "warn"),
            _("Decide"),
            may_have=policies.may_see_plans,
        ),
        NotificationKind(
            *("plan_decided", 31, _("Your plan version was published or given back"), "writing", "work", "acc"),
            _("Open"),
            may_have=policies.may_see_plans,
        ),
        NotificationKind(
            *("plan_letter", 32, _("Your plan letter"), "file-certificate", "work", "acc", _("Read"), "mail"),
        ),
    )


def _show_own_pay() -> None:
    """Statements and disputes: side bar, start page, deals, search. Each shows what the person may see and no more."""
    from compensation import policies
    from compensation.selectors import leaderboards, own_pay
    from core import registry

    may = policies.may_have_statements
    registry.navigation.add(
        registry.NavigationEntry(
            *("statements", "compensation", 10, _("My statements"), "receipt", "compensation:statements"),
            may_see=may,
            count=own_pay.statements_to_review,
            count_is_work=True,
            also=["compensation:what_if"],
        ),
        registry.NavigationEntry(
            *("disputes", "compensation", 40, _("Disputes"), "message-exclamation", "compensation:disputes"),
            may_see=may,
            count=own_pay.disputes_open,
            count_is_work=True,
        ),
        registry.NavigationEntry(
            *("pay_settings", "settings", 70, _("Statements and disputes"), "receipt", "compensation:pay_settings"),
            may_see=policies.may_keep_settings,
            text=_("How soon disputes are answered and decided, and statements reviewed; whether managers see them."),
        ),
    )
    registry.navigation.add(
        registry.NavigationEntry(
            *("leaderboards", "compensation", 14, _("Leaderboards"), "trophy", "compensation:leaderboards"),
            may_see=may,
        ),
    )
    registry.search_providers.add(
        registry.SearchProvider("statements", _("Statements"), 70, own_pay.statement_hits, may),
        registry.SearchProvider("disputes", _("Disputes"), 71, own_pay.dispute_hits, may),
    )
    registry.panels.add(
        registry.Panel(
            *("opportunity", "commission", 30, _("Commission"), "compensation:deal_commission"),
            own_pay.may_see_deal_pay,
        )
    )
    registry.today_cards.add(
        registry.TodayCard("pay", 5, _("What I earn"), "compensation:pay_today", lambda user: user.has_role("rep")),
        registry.TodayCard(
            *("ranks", 6, _("My contests"), "compensation:leaderboard_today"),
            may_see=lambda user: may(user) and leaderboards.has_board(user),
        ),
    )


def _tell_of_disputes() -> None:
    from compensation import policies
    from core.registry import NotificationKind, notification_kinds

    icon = "message-exclamation"
    notification_kinds.add(
        NotificationKind(
            *("dispute_raised", 40, _("A dispute waits for you"), icon, "work", "warn", _("Open")),
            may_have=policies.sees_all_pay,
        ),
        NotificationKind(
            *("dispute_said", 41, _("Something was said or decided in a dispute"), icon, "work", "acc", _("Open")),
            may_have=policies.may_have_statements,
        ),
        NotificationKind(
            *("dispute_split", 42, _("A credit that you share is disputed"), icon, "work", "", _("Open")),
            may_have=policies.may_have_statements,
        ),
    )


def _show_accounting() -> None:
    from compensation import policies
    from compensation.selectors import waiting
    from core.registry import (
        ApprovalKind,
        NavigationEntry,
        NotificationKind,
        approval_kinds,
        navigation,
        notification_kinds,
    )

    pages = ("contract_costs", "cost_lines", "accounting_journal", "accounting_doubts", "accounting_policies")
    navigation.add(
        NavigationEntry(
            *("accounting", "compensation", 50, _("Accounting"), "report-money", "compensation:accounting"),
            may_see=policies.sees_accounting,
            also=[f"compensation:{name}" for name in pages],
        )
    )
    approval_kinds.add(ApprovalKind("accounting", 43, _("Months of account"), waiting.waiting_accounting))
    notification_kinds.add(
        NotificationKind(
            *("accounting_to_approve", 64, _("A month of account waits for your approval"), "report-money", "work"),
            *("warn", _("Look")),
            may_have=policies.sees_accounting,
        )
    )
