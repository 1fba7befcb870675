from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompensationConfig(AppConfig):
    name = "compensation"
    verbose_name = _("Compensation")

    def ready(self) -> None:
        from compensation import tasks  # noqa: F401 -- registers the jobs

        _show_own_pay()
        _tell_of_disputes()


def _show_own_pay() -> None:
    """Statements and disputes: side bar, start page, deals, search. Each shows what the person may see and no more."""
    from compensation import policies
    from compensation.selectors import own_pay
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
            text=_("How soon disputes are answered and decided, and statements reviewed."),
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
        registry.TodayCard("pay", 5, _("What I earn"), "compensation:pay_today", lambda user: user.has_role("rep"))
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
