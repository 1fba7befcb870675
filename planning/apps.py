from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "planning"
    verbose_name = _("Planning")

    def ready(self) -> None:
        from core import registry
        from core.selectors import may_see_scenarios

        registry.navigation.add(
            registry.NavigationEntry(
                *("scenarios", "operations", 35, _("Plans"), "git-branch", "planning:scenarios"),
                may_see=may_see_scenarios,
            )
        )
