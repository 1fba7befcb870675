from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuotasConfig(AppConfig):
    name = "quotas"
    verbose_name = _("Quotas")

    def ready(self) -> None:
        from core import registry
        from quotas import policies
        from quotas.services import imports

        registry.navigation.add(
            registry.NavigationEntry(
                *("targets", "settings", 50, _("Targets"), "target", "quotas:targets"),
                may_see=policies.may_set_targets,
                text=_("What the company, its regions and teams owe in a year, quarter or month."),
            )
        )
        registry.panels.add(
            registry.Panel(
                "transition", "quota", 10, _("Quota"), "quotas:relief_panel", policies.may_set_targets, "main"
            )
        )
        registry.import_kinds.add(imports.QUOTAS)
        registry.reference_kinds.add(imports.PERIODS)
        registry.record_models.add(imports.MODEL)
        registry.closed_rows.add(imports.CLOSED)
