from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from core import registry
        from integrations import demo, policies, tasks
        from integrations.services import personal, tokens

        registry.navigation.add(
            registry.NavigationEntry(
                "imports", "operations", 80, _("Imports"), "upload", "integrations:imports", policies.may_import
            ),
            registry.NavigationEntry(
                "my_tokens", "account", 50, _("API tokens"), "api", "integrations:tokens", policies.may_have_tokens
            ),
            registry.NavigationEntry(
                *("tokens", "settings", 85, _("API"), "api", "integrations:tokens", policies.may_have_tokens),
                text=_("Keys for programs: what each may be used for, when it was used last. And the API to try."),
            ),
        )
        registry.personal_traces.add(*personal.TRACES)
        registry.leaver_ends.add(tokens.LEAVER_END)
        registry.commands.add(
            registry.Command("import", 50, _("Import a file"), "upload", "integrations:import_new", policies.may_import)
        )
        registry.today_cards.add(
            registry.TodayCard("imports", 20, _("Imports"), "integrations:imports_today", policies.may_import)
        )
        registry.notification_kinds.add(
            registry.NotificationKind(
                *("import_finished", 50, _("Your import finished"), "circle-check", "runs", "good", _("Open import")),
                may_have=policies.may_import,
            ),
            registry.NotificationKind(
                *("import_failed", 52, _("Your import failed"), "alert-triangle", "runs", "bad", _("Open import")),
                may_have=policies.may_import,
            ),
        )
        registry.demo_parts.add(*demo.PARTS)
        registry.sign_in_offers.add(registry.SignInOffer("demo", demo.offered))
        registry.first_steps.add(registry.FirstStep("company", 10, tasks.first_start))
