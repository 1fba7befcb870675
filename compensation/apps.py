from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompensationConfig(AppConfig):
    name = "compensation"
    verbose_name = _("Compensation")

    def ready(self) -> None:
        from compensation import tasks  # noqa: F401 -- registers the jobs

        _show_plans()


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
