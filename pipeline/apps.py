from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Pipeline")

    def ready(self) -> None:
        from core import registry
        from pipeline import models
        from pipeline.services import import_products, imports

        registry.import_kinds.add(imports.OPPORTUNITIES, import_products.PRODUCTS, import_products.ACTIVITIES)
        registry.reference_kinds.add(*imports.REFERENCES, *import_products.REFERENCES)
        registry.record_models.add(
            registry.RecordModel("opportunity", models.Opportunity),
            registry.RecordModel("product", models.Product),
            registry.RecordModel("activity", models.Activity),
            registry.RecordModel("stage", models.Stage),
            registry.RecordModel("competitor", models.Competitor),
            registry.RecordModel("loss_reason", models.LossReason),
        )
