from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from django.urls import reverse

        from core import registry
        from core.services import forget_tags
        from leads import policies, selectors
        from leads.models import Lead
        from leads.services import fixes, hygiene, imports, leavers, personal
        from pipeline.services.hygiene import forget_findings

        registry.navigation.add(
            registry.NavigationEntry("leads", "revenue", 40, _("Leads"), "inbox", "leads:leads", policies.may_see_leads)
        )
        registry.record_kinds.add(
            registry.RecordKind(
                *("lead", _("Lead"), _("Leads"), "inbox", "leads:lead", Lead),
                visible=policies.visible_leads,
                editable=policies.editable_leads,
            )
        )
        registry.search_providers.add(
            registry.SearchProvider("leads", _("Leads"), 40, selectors.lead_hits, policies.may_see_leads)
        )
        registry.record_acts.add(
            registry.RecordAct(
                *("lead", "edit", 30, _("Edit %(name)s"), "pencil"),
                lambda pk: reverse("leads:lead_edit", args=[pk]),
                policies.may_edit_leads,
                shortcut="e",
            )
        )
        registry.commands.add(
            registry.Command("new_lead", 40, _("New lead"), "user-plus", "leads:lead_new", policies.may_edit_leads)
        )
        registry.today_cards.add(
            registry.TodayCard("leads", 10, _("New leads"), "leads:new_leads", policies.may_have_new_leads)
        )
        registry.panels.add(*registry.core_panels("lead"))
        registry.undo_parts.add(registry.UndoPart("lead", "lead.tags", forget_tags("lead")))
        registry.timeline_parts.add(registry.TimelinePart("lead", "changes", selectors.lead_history))
        registry.leaver_parts.add(leavers.PART)
        registry.personal_records.add(personal.LEAD)
        registry.import_kinds.add(imports.LEADS)
        registry.record_models.add(registry.RecordModel("lead", Lead, 61))
        registry.hygiene_checks.add(*hygiene.CHECKS)
        registry.hygiene_fixes.add(*fixes.FIXES)
        registry.record_editors.add(fixes.EDITOR)
        registry.undo_parts.add(registry.UndoPart("lead", "lead.findings", forget_findings("lead")))
