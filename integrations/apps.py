from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from core import registry
        from integrations import policies, tasks  # noqa: F401 -- registers the jobs

        registry.navigation.add(
            registry.NavigationEntry(
                "imports", "operations", 80, _("Imports"), "upload", "integrations:imports", policies.may_import
            )
        )
