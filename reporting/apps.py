from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        from core import registry
        from reporting import services, tasks  # noqa: F401 -- registers the jobs
        from reporting.policies import may_see_dashboard, may_see_today
        from reporting.selectors.tiles import TILES

        registry.navigation.add(
            registry.NavigationEntry(
                *("today", "revenue", 1, _("Today"), "checklist", "reporting:today"),
                may_see=may_see_today,
                shortcut="t",
            ),
            registry.NavigationEntry(
                *("dashboard", "revenue", 5, _("Dashboard"), "layout-dashboard", "reporting:dashboard"),
                may_see=may_see_dashboard,
                shortcut="d",
            ),
        )
        registry.minute_steps.add(
            registry.MinuteStep("failed_runs", 30, "reporting.tell_failed_runs", services.has_failed_runs)
        )
        registry.tiles.add(
            *(registry.Tile(key, 10 * place, label, make) for place, (key, label, make) in enumerate(TILES, 1))
        )
