from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TerritoriesConfig(AppConfig):
    name = "territories"
    verbose_name = _("Territories")

    def ready(self) -> None:
        from core import registry
        from territories import policies
        from territories.selectors.records import territory_hits
        from territories.services import imports

        may_see = policies.may_see_territories
        registry.navigation.add(
            registry.NavigationEntry(
                *("territories", "operations", 30, _("Territories"), "map-2", "territories:territories"),
                may_see=may_see,
                also=[f"territories:{name}" for name in ("tree", "coverage", "placements", "transitions")],
            )
        )
        registry.search_providers.add(
            registry.SearchProvider("territories", _("Territories"), 45, territory_hits, may_see)
        )
        registry.commands.add(
            registry.Command(
                *("new_territory", 60, _("New territory"), "map-2", "territories:territory_new"),
                policies.may_keep_territories,
            )
        )
        registry.panels.add(
            registry.Panel("account", "territory", 15, _("Territory"), "territories:account_territory", may_see)
        )
        registry.import_kinds.add(*imports.KINDS)
        registry.reference_kinds.add(*imports.REFERENCES)
        registry.record_models.add(*imports.MODELS)
        registry.closed_rows.add(*imports.CLOSED)
