from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from core import (
            registry,
            services,
            tasks,  # noqa: F401 -- registers the jobs
        )
        from core.models import Attachment, Tag, Tagged
        from core.registry import NavigationEntry, NightlyStep, navigation, nightly_steps
        from core.selectors.closing import may_close
        from core.services import copies, erasure

        registry.notification_kinds.add(
            registry.NotificationKind("mention", 10, _("Somebody mentions you"), "at", "mentions", act=_("Open")),
            registry.NotificationKind(
                *("approval", 30, _("Something waits for your approval"), "rosette-discount-check", "work", "acc"),
                act=_("Decide"),
                channel="mail",
            ),
            registry.NotificationKind(
                *("run_failed", 90, _("A run failed"), "alert-triangle", "runs", "bad", _("Open run")), may_have=_keeper
            ),
        )
        registry.minute_steps.add(
            registry.MinuteStep("notifications", 20, "core.mail_notifications", services.has_mail_waiting)
        )
        registry.record_models.add(
            registry.RecordModel("tagged", Tagged, 90),
            registry.RecordModel("tag", Tag, 5),
        )
        registry.personal_traces.add(*erasure.TRACES, copies.COPIES)
        registry.uses_of_records.add(registry.UseOfRecords("attachments", Attachment, "record_kind", "record_id"))
        nightly_steps.add(NightlyStep("tidy_up", 90, _("Tidying up"), "core.tidy_up"))
        registry.commands.add(
            registry.Command("notifications", 80, _("Notifications"), "bell", "core:notifications"),
            registry.Command("choices", 82, _("How I hear of things"), "settings", "core:notification_choices"),
        )
        navigation.add(
            NavigationEntry("runs", "operations", 90, _("Runs"), "player-play", "core:runs", shortcut="r"),
            NavigationEntry(
                *("settings", "foot", 10, _("Settings"), "settings", "core:settings"),
                shortcut="s",
                may_see=lambda user: _keeper(user) or may_close(user),
            ),
            *_settings_pages(),
        )


def _admin(user: object) -> bool:
    return user.has_role("admin")  # type: ignore[attr-defined]  # -- a signed-in user


def _keeper(user: object) -> bool:
    return user.has_role("admin", "sales_ops")  # type: ignore[attr-defined]  # -- a signed-in user


def _page(key: str, order: int, label: object, icon: str, url: str, may_see: object, words: object) -> Any:
    """An entry of the settings page with its words."""
    from core.registry import NavigationEntry

    return NavigationEntry(key, "settings", order, label, icon, url, may_see, text=words)  # type: ignore[arg-type]  # -- lazy


def _settings_pages() -> tuple[Any, ...]:
    from core.selectors.closing import may_close

    return (
        _page(
            "company",
            10,
            _("Company and fiscal calendar"),
            "building",
            "core:company",
            _admin,
            _("Name, reporting currency, time zone, first month and shape of the fiscal year."),
        ),
        _page(
            "rates",
            20,
            _("Exchange rates"),
            "currency",
            "core:rates",
            _keeper,
            _("Plan rates for attainment and pipeline, daily rates for payments."),
        ),
        _page(
            "closing",
            30,
            _("Closed periods"),
            "lock",
            "core:closing",
            may_close,
            _("Through which day won and lost deals stay as they are, and who opened it again."),
        ),
        _page(
            "custom_fields",
            50,
            _("Fields of your company"),
            "forms",
            "core:custom_fields",
            _keeper,
            _("What you keep about accounts, contacts, leads and deals beyond the usual."),
        ),
        _page("tags", 55, _("Tags"), "tags", "core:tags", _keeper, _("Rename, colour, merge or delete tags.")),
        _page(
            *("erasures", 92, _("Personal data"), "eraser", "core:erasures", _admin),
            _("What do we know about somebody? Tell it to them, or forget it."),
        ),
        _page("audit", 90, _("Audit"), "history", "core:audit", _admin, _("Who did what, when, and why.")),
        _page(
            "mailbox",
            95,
            _("Caught e-mail"),
            "mail",
            "core:mailbox",
            _admin,
            _("Messages kept by the mail catcher of the one-machine shape."),
        ),
    )
