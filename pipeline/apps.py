from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Pipeline")

    def ready(self) -> None:
        from pipeline import tasks  # noqa: F401 -- registers the jobs

        _show_records()
        _show_settings()
        _take_imports()
        _check_records()
        _add_up()
        _tell_people()
        _offer_acts()


def _show_records() -> None:
    """Deals and products in the side bar, in search, on the pages of lower rooms."""
    from core import registry
    from pipeline import filters, models, policies
    from pipeline.selectors import deals, reference

    registry.shared_records.add(
        registry.SharedRecords(
            *("account", "deals", "account"), policies.deals_with_accounts, policies.own_deals_with_accounts
        )
    )
    registry.navigation.add(
        registry.NavigationEntry(
            *("opportunities", "revenue", 10, _("Opportunities"), "layout-kanban", "pipeline:deals"),
            may_see=policies.may_see_deals,
            shortcut="o",
            also=("pipeline:board",),
        ),
        registry.NavigationEntry(
            *("activities", "revenue", 45, _("Activities"), "activity", "pipeline:activities"),
            may_see=reference.may_see_activities,
            shortcut="a",
        ),
        registry.NavigationEntry(
            "products", "revenue", 50, _("Products"), "box", "pipeline:products", policies.may_see_products
        ),
    )
    registry.record_kinds.add(
        registry.RecordKind(
            *("opportunity", _("Opportunity"), _("Opportunities"), "layout-kanban", "pipeline:deal"),
            *(models.Opportunity, policies.visible_opportunities, policies.editable_opportunities),
            joined=deals.people_on,
        )
    )
    may_see = policies.may_see_deals
    registry.panels.add(
        *registry.core_panels("opportunity"),
        registry.Panel("account", "figures", 5, _("Key figures"), "pipeline:account_figures", may_see, "top"),
        registry.Panel("account", "deals", 10, _("Deals"), "pipeline:account_deals", may_see, "main"),
        registry.Panel("account", "people", 20, _("Contacts"), "pipeline:account_contacts", may_see, "main"),
        registry.Panel("account", "findings", 15, _("Findings"), "pipeline:record_findings", may_see, names_kind=True),
        registry.Panel("account", "family", 10, _("Hierarchy"), "pipeline:account_family", may_see),
        registry.Panel("account", "timeline", 90, _("Timeline"), "pipeline:record_timeline", may_see, "main", True),
        registry.Panel("contact", "deals", 10, _("Deals"), "pipeline:contact_deals", may_see, "main"),
        registry.Panel("contact", "findings", 15, _("Findings"), "pipeline:record_findings", may_see, names_kind=True),
        registry.Panel("contact", "timeline", 90, _("Timeline"), "pipeline:record_timeline", may_see, "main", True),
    )
    registry.timeline_parts.add(
        registry.TimelinePart("opportunity", "changes", deals.deal_history),
        registry.TimelinePart("account", "deals", deals.account_deal_history),
    )
    registry.list_filters.add(*filters.list_filters())
    registry.search_providers.add(
        registry.SearchProvider("opportunities", _("Opportunities"), 10, deals.deal_hits, may_see)
    )


def _show_settings() -> None:
    """What sales ops keep, on the settings page."""
    from core.registry import NavigationEntry, navigation
    from pipeline import policies

    stages = _("Stages in order, their probability and forecast category, and what a deal needs to leave them.")
    navigation.add(
        NavigationEntry(
            *("stages", "settings", 60, _("Sales process"), "progress", "pipeline:stages"),
            may_see=policies.may_keep_process,
            text=stages,
        ),
        NavigationEntry(
            *("loss_reasons", "settings", 62, _("Loss reasons"), "circle-x", "pipeline:loss_reasons"),
            may_see=policies.may_keep_process,
            text=_("Why deals are lost: what a rep chooses from."),
        ),
        NavigationEntry(
            *("competitors", "settings", 64, _("Competitors"), "swords", "pipeline:competitors"),
            may_see=policies.may_keep_process,
            text=_("The companies deals are won from and lost to."),
        ),
    )


def _take_imports() -> None:
    """What can be imported here, what it may name, and what an undo takes away."""
    from core import registry
    from core.services import forget_tags
    from pipeline import models
    from pipeline.services import closed_days, import_products, imports

    registry.closed_rows.add(*closed_days.CLOSED_ROWS)
    registry.undo_parts.add(registry.UndoPart("opportunity", "opportunity.tags", forget_tags("opportunity")))
    registry.import_kinds.add(imports.OPPORTUNITIES, import_products.PRODUCTS, import_products.ACTIVITIES)
    registry.reference_kinds.add(*imports.REFERENCES, *import_products.REFERENCES)
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


def _check_records() -> None:
    """Checks of clean data: every night, after an import, on a page."""
    from core import registry
    from pipeline import policies
    from pipeline.selectors import deal_checks
    from pipeline.selectors import hygiene as scores
    from pipeline.services import deal_fixes, digest, hygiene

    registry.hygiene_checks.add(*deal_checks.DEAL_CHECKS)
    registry.hygiene_fixes.add(*deal_fixes.DEAL_FIXES)
    registry.minute_steps.add(
        registry.MinuteStep("pipeline.digest", 30, "pipeline.digest", is_due=lambda at: digest.is_due(at=at))
    )
    registry.record_watches.add(registry.RecordWatch("hygiene", 10, hygiene.recheck_saved))
    registry.navigation.add(
        registry.NavigationEntry(
            *("hygiene", "operations", 10, _("Data quality"), "shield-check", "pipeline:hygiene"),
            may_see=policies.may_see_deals,
            count=scores.high_findings,
            count_is_work=True,
            shortcut="q",
        )
    )
    registry.after_imports.add(registry.AfterImport("hygiene", 60, hygiene.check_after_import))
    registry.first_steps.add(registry.FirstStep("hygiene.rules", 40, hygiene.ensure_rules))
    registry.nightly_steps.add(registry.NightlyStep("hygiene", 30, _("Data quality"), "pipeline.hygiene"))
    registry.undo_parts.add(
        *(
            registry.UndoPart(kind, f"{kind}.findings", hygiene.forget_findings(kind))
            for kind in ("opportunity", "account", "contact")
        )
    )


def _add_up() -> None:
    """Totals kept in step, checked every night; snapshots of every night."""
    from core import registry
    from core.selectors import company_day
    from pipeline.services import leavers, personal, totals

    registry.minute_steps.add(
        registry.MinuteStep(
            *("pipeline.fold", 10, "pipeline.fold"), is_due=lambda at: totals.is_fold_due(on=company_day(at))
        )
    )
    registry.after_imports.add(registry.AfterImport("totals", 50, totals.fold_after_import))
    registry.leaver_parts.add(*leavers.PARTS)
    registry.personal_traces.add(*personal.TRACES)
    registry.nightly_steps.add(
        registry.NightlyStep("totals", 10, _("Totals of deals"), "pipeline.totals"),
        registry.NightlyStep("snapshot", 20, _("Snapshot of open deals"), "pipeline.snapshot"),
    )


def _tell_people() -> None:
    """What people are told of at work: tasks, deals handed over, findings on what is theirs."""
    from core.registry import NightlyStep, NotificationKind, nightly_steps, notification_kinds
    from pipeline import policies

    nightly_steps.add(NightlyStep("findings", 35, _("Telling owners of findings"), "pipeline.tell_findings"))
    may_have = policies.may_see_deals
    open_it = _("Open")
    notification_kinds.add(
        NotificationKind(
            *("task_assigned", 12, _("A task is assigned to you"), "checklist", "work", "acc", open_it, "app", may_have)
        ),
        NotificationKind(
            *("deal_handed", 14, _("A deal is handed to you"), "arrows-exchange", "work", "acc", open_it),
            may_have=may_have,
        ),
        NotificationKind(
            *("hygiene_digest", 42, _("Weekly digest of data quality"), "mail", "work", "", "", "mail"),
            may_have=may_have,
        ),
        NotificationKind(
            *("findings", 40, _("Checks found something in your records"), "shield-check", "work", "warn"),
            act=_("Fix"),
            may_have=may_have,
        ),
    )


def _offer_acts() -> None:
    """What the palette offers to do with a deal, an account, and without a record."""
    from django.urls import reverse

    from core.registry import Command, RecordAct, commands, record_acts
    from pipeline import policies

    def on_deal(key: str, order: int, label: object, icon: str, url: str, shortcut: str = "") -> RecordAct:
        return RecordAct(
            *("opportunity", key, order, label, icon, lambda pk: reverse(url, args=[pk]), policies.may_create),
            shortcut=shortcut,
        )

    record_acts.add(
        RecordAct(
            *("opportunity", "log", 10, _("Log activity on %(name)s"), "note"),
            lambda pk: f"{reverse('pipeline:deal', args=[pk])}#timeline",
            policies.may_create,
        ),
        on_deal("move", 20, _("Move %(name)s to another stage"), "arrow-right", "pipeline:deal_move", "m"),
        on_deal("edit", 30, _("Edit %(name)s"), "pencil", "pipeline:deal_edit", "e"),
        RecordAct(
            *("account", "new_deal", 20, _("New opportunity with %(name)s"), "plus"),
            lambda pk: f"{reverse('pipeline:deal_new')}?account={pk}",
            policies.may_create,
            changes=False,
        ),
    )
    commands.add(Command("new_deal", 10, _("New opportunity"), "plus", "pipeline:deal_new", policies.may_create))
