from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Pipeline")

    def ready(self) -> None:
        from core import registry
        from pipeline import models, policies, tasks  # noqa: F401 -- tasks registers the jobs
        from pipeline.selectors import deal_checks, deals
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
        registry.search_providers.add(
            registry.SearchProvider("opportunities", _("Opportunities"), 10, deals.deal_hits, policies.may_see_deals)
        )
        registry.record_models.add(
            registry.RecordModel("opportunity", models.Opportunity),
            registry.RecordModel("product", models.Product),
            registry.RecordModel("activity", models.Activity),
            registry.RecordModel("stage", models.Stage),
            registry.RecordModel("competitor", models.Competitor),
            registry.RecordModel("loss_reason", models.LossReason),
        )
        registry.hygiene_checks.add(*deal_checks.DEAL_CHECKS)
        registry.first_steps.add(registry.FirstStep("hygiene.rules", 40, hygiene.lay_out_rules))
        registry.nightly_steps.add(registry.NightlyStep("hygiene", 30, _("Data quality"), "pipeline.hygiene"))
        registry.undo_parts.add(
            *(
                registry.UndoPart(kind, f"{kind}.findings", hygiene.forget_findings(kind))
                for kind in ("opportunity", "account", "contact")
            )
        )
