from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import policies, selectors, tasks  # noqa: F401 -- registers the jobs
        from accounts.models import Account, AccountOwnership, Contact
        from accounts.services import fixes, hygiene, imports, leavers, personal
        from core import registry

        registry.navigation.add(
            registry.NavigationEntry(
                "accounts", "revenue", 20, _("Accounts"), "building", "accounts:accounts", policies.may_see_accounts
            ),
            registry.NavigationEntry(
                "contacts", "revenue", 30, _("Contacts"), "address-book", "accounts:contacts", policies.may_see_accounts
            ),
        )
        registry.record_kinds.add(
            registry.RecordKind(
                *("account", _("Account"), _("Accounts"), "building", "accounts:account", Account),
                visible=policies.visible_accounts,
                editable=policies.editable_accounts,
            ),
            registry.RecordKind(
                *("contact", _("Contact"), _("Contacts"), "user", "accounts:contact", Contact),
                visible=policies.visible_contacts,
                editable=policies.editable_contacts,
                owners=policies.owners_of_contact,
            ),
        )
        registry.search_providers.add(
            registry.SearchProvider("accounts", _("Accounts"), 20, selectors.account_hits, policies.may_see_accounts),
            registry.SearchProvider("contacts", _("Contacts"), 30, selectors.contact_hits, policies.may_see_accounts),
        )
        _offer_acts()
        _hang_on_records()
        registry.leaver_parts.add(*leavers.PARTS)
        registry.personal_records.add(personal.CONTACT)
        registry.import_kinds.add(imports.ACCOUNTS, imports.CONTACTS)
        registry.reference_kinds.add(*imports.REFERENCES)
        registry.nightly_steps.add(
            registry.NightlyStep("owners", 5, _("Accounts handed over from today"), "accounts.take_over")
        )
        registry.record_models.add(
            registry.RecordModel("contact", Contact, 33),
            registry.RecordModel("ownership", AccountOwnership, 32),
            registry.RecordModel("account", Account, 31),
        )
        registry.hygiene_checks.add(*hygiene.CHECKS)
        registry.hygiene_fixes.add(*fixes.FIXES)
        registry.record_editors.add(*fixes.EDITORS)


def _offer_acts() -> None:
    """What the palette offers to do with records, and to make."""
    from django.urls import reverse

    from accounts import policies
    from core import registry

    registry.record_acts.add(
        registry.RecordAct(
            *("account", "log", 10, _("Log activity on %(name)s"), "note"),
            lambda pk: f"{reverse('accounts:account', args=[pk])}#timeline",
            policies.may_edit_accounts,
        ),
        registry.RecordAct(
            *("account", "edit", 30, _("Edit %(name)s"), "pencil"),
            lambda pk: reverse("accounts:account_edit", args=[pk]),
            policies.may_edit_accounts,
            shortcut="e",
        ),
        registry.RecordAct(
            *("contact", "edit", 30, _("Edit %(name)s"), "pencil"),
            lambda pk: reverse("accounts:contact_edit", args=[pk]),
            policies.may_edit_accounts,
            shortcut="e",
        ),
    )
    registry.commands.add(
        registry.Command(
            "new_account", 20, _("New account"), "building-plus", "accounts:account_new", policies.may_edit_accounts
        ),
        registry.Command(
            "new_contact", 30, _("New contact"), "user-plus", "accounts:contact_new", policies.may_edit_accounts
        ),
    )


def _hang_on_records() -> None:
    """Tags, files and the history of accounts and contacts."""
    from accounts import selectors
    from core import registry
    from core.services import forget_tags

    registry.panels.add(*registry.core_panels("account"), *registry.core_panels("contact"))
    registry.undo_parts.add(
        *(registry.UndoPart(kind, f"{kind}.tags", forget_tags(kind)) for kind in ("account", "contact"))
    )
    registry.timeline_parts.add(
        registry.TimelinePart("account", "changes", selectors.account_history),
        registry.TimelinePart("contact", "changes", selectors.contact_history),
    )
