from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts.models import Account, Contact
        from accounts.services import imports
        from core import registry

        registry.import_kinds.add(imports.ACCOUNTS, imports.CONTACTS)
        registry.reference_kinds.add(*imports.REFERENCES)
        registry.record_models.add(registry.RecordModel("account", Account), registry.RecordModel("contact", Contact))
