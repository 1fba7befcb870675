from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from core import registry
        from leads import services
        from leads.models import Lead

        registry.import_kinds.add(services.LEADS)
        registry.record_models.add(registry.RecordModel("lead", Lead))
