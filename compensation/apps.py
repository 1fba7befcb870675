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
        )
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
    from compensation.services import imports
    from core import registry

    registry.import_kinds.add(imports.PAY_EVENTS)
    registry.record_models.add(*imports.MODELS)


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
