from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Pipeline")

    def ready(self) -> None:
        from core import registry
        from pipeline import models, policies, tasks  # noqa: F401 -- tasks registers the jobs
        from pipeline.selectors import deal_checks, deals
        from pipeline.selectors import hygiene as scores
        from pipeline.services import hygiene, import_products, imports

        registry.import_kinds.add(imports.OPPORTUNITIES, import_products.PRODUCTS, import_products.ACTIVITIES)
        registry.reference_kinds.add(*imports.REFERENCES, *import_products.REFERENCES)
        registry.shared_records.add(
            registry.SharedRecords("account", "deals", policies.accounts_of_deals),
        )
        registry.navigation.add(
            registry.NavigationEntry(
                *("opportunities", "revenue", 10, _("Opportunities"), "layout-kanban", "pipeline:deals"),
                may_see=policies.may_see_deals,
                shortcut="o",
            ),
            registry.NavigationEntry(
                "products", "revenue", 50, _("Products"), "box", "pipeline:products", policies.may_see_products
            ),
        )
        registry.record_kinds.add(
            registry.RecordKind(
                *("opportunity", _("Opportunity"), _("Opportunities"), "layout-kanban", "pipeline:deal"),
                *(models.Opportunity, policies.visible_opportunities),
            )
        )
        registry.panels.add(
            registry.Panel(
                "account", "deals", 10, _("Deals"), "pipeline:account_deals", policies.may_see_deals, "main"
            ),
            registry.Panel(
                "account", "timeline", 90, _("Timeline"), "pipeline:account_timeline", policies.may_see_deals, "main"
            ),
            registry.Panel(
                "contact", "timeline", 90, _("Timeline"), "pipeline:contact_timeline", policies.may_see_deals, "main"
            ),
        )
        registry.navigation.add(
            registry.NavigationEntry(
                *("stages", "settings", 60, _("Sales process"), "progress", "pipeline:stages"),
                may_see=policies.may_keep_process,
                text=_(
                    "Stages in order, their probability and forecast category, and what a deal needs to leave them."
                ),
            ),
            registry.NavigationEntry(
                *("loss_reasons", "settings", 62, _("Loss reasons"), "circle-x", "pipeline:loss_reasons"),
                may_see=policies.may_keep_process,
                text=_("Why deals are lost: what a rep chooses from."),
            ),
            registry.NavigationEntry(
                *("competitors", "settings", 64, _("Competitors"), "swords", "pipeline:competitors"),
                may_see=policies.may_keep_process,
                text=_("The companies deals are won from and lost to."),
            ),
        )
        registry.search_providers.add(
            registry.SearchProvider("opportunities", _("Opportunities"), 10, deals.deal_hits, policies.may_see_deals)
        )
        registry.record_models.add(
            registry.RecordModel("activity", models.Activity, 59),
            registry.RecordModel("line_item", models.OpportunityLine, 58),
            registry.RecordModel("opportunity", models.Opportunity, 57),
            registry.RecordModel("list_price", models.ListPrice, 45),
            registry.RecordModel("product", models.Product, 44),
            registry.RecordModel("competitor", models.Competitor, 43),
            registry.RecordModel("loss_reason", models.LossReason, 42),
            registry.RecordModel("stage", models.Stage, 41),
        )
        registry.uses_of_records.add(registry.UseOfRecords("activities", models.Activity))
        registry.hygiene_checks.add(*deal_checks.DEAL_CHECKS)
        registry.navigation.add(
            registry.NavigationEntry(
                *("hygiene", "operations", 10, _("Data quality"), "shield-check", "pipeline:hygiene"),
                may_see=policies.may_see_deals,
                count=scores.high_findings,
                count_is_work=True,
                shortcut="q",
            )
        )
        registry.first_steps.add(registry.FirstStep("hygiene.rules", 40, hygiene.ensure_rules))
        registry.nightly_steps.add(registry.NightlyStep("hygiene", 30, _("Data quality"), "pipeline.hygiene"))
        registry.undo_parts.add(
            *(
                registry.UndoPart(kind, f"{kind}.findings", hygiene.forget_findings(kind))
                for kind in ("opportunity", "account", "contact")
            )
        )
