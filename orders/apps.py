from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

_LISTS = "quotes contracts invoices payments returns exceptions fulfilments credit_notes".split()


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from orders import tasks  # noqa: F401 -- registers the jobs

        _show_records()
        _show_settings()
        _take_imports()
        _watch_days()


def _show_records() -> None:
    """Kinds of record with their pages, panels, timelines and search; the entry of the side bar."""
    from core import registry
    from core.services import forget_tags
    from orders import policies
    from orders.models import Contract, Invoice, Order, Quote
    from orders.selectors import histories, records
    from pipeline.services.hygiene import forget_findings

    may_see = policies.may_see_orders
    registry.navigation.add(
        registry.NavigationEntry(
            *("orders", "revenue", 20, _("Orders"), "shopping-cart", "orders:orders"),
            may_see=may_see,
            also=[f"orders:{name}" for name in _LISTS],
        )
    )
    kinds = (
        ("quote", _("Quote"), _("Quotes"), "file-text", Quote, records.quote_hits),
        ("contract", _("Contract"), _("Contracts"), "writing-sign", Contract, records.contract_hits),
        ("order", _("Order"), _("Orders"), "shopping-cart", Order, records.order_hits),
        ("invoice", _("Invoice"), _("Invoices"), "file-invoice", Invoice, records.invoice_hits),
    )
    editable = {
        "quote": policies.editable_quotes,
        "contract": policies.editable_contracts,
        "order": policies.editable_orders,
        "invoice": policies.bookable_invoices,
    }
    for place, (key, one, many, icon, model, hits) in enumerate(kinds):
        registry.record_kinds.add(
            registry.RecordKind(
                *(key, one, many, icon, f"orders:{key}", model, getattr(policies, f"visible_{key}s")),
                editable=editable[key],
            )
        )
        registry.panels.add(*registry.core_panels(key))
        registry.timeline_parts.add(registry.TimelinePart(key, "changes", histories.history_of(key)))
        registry.search_providers.add(registry.SearchProvider(f"{key}s", many, 50 + place, hits, may_see))
        registry.undo_parts.add(
            registry.UndoPart(key, f"{key}.tags", forget_tags(key)),
            registry.UndoPart(key, f"{key}.findings", forget_findings(key)),
        )
    registry.panels.add(
        registry.Panel("opportunity", "cash", 12, _("Quote to cash"), "orders:deal_cash", may_see),
        registry.Panel("account", "cash", 12, _("Quote to cash"), "orders:account_cash", may_see),
    )
    registry.timeline_parts.add(registry.TimelinePart("opportunity", "cash", histories.cash_history))


def _show_settings() -> None:
    """What the company decides, on the settings page; who has to act is told."""
    from core.registry import (
        ApprovalKind,
        NavigationEntry,
        NotificationKind,
        approval_kinds,
        navigation,
        notification_kinds,
    )
    from orders import policies
    from orders.selectors.waiting import waiting_quotes

    navigation.add(
        NavigationEntry(
            *("discounts", "settings", 66, _("Discounts"), "discount", "orders:discount_policies"),
            may_see=policies.may_keep_policies,
            text=_("How deep a discount people of a role give without a second person's yes."),
        ),
        NavigationEntry(
            *("order_settings", "settings", 67, _("Quotes, orders and invoices"), "shopping-cart", "orders:settings"),
            may_see=policies.may_keep_policies,
            text=_("When renewals begin, when a won deal's order is late, when invoices are due."),
        ),
        NavigationEntry(
            *("product_costs", "settings", 68, _("Product costs"), "coin", "orders:product_costs"),
            may_see=policies.may_keep_costs,
            text=_("What a piece of each product costs over time: margins are counted with it."),
        ),
    )
    approval_kinds.add(ApprovalKind("quotes", 20, _("Discounts above policy"), waiting_quotes))
    notification_kinds.add(
        NotificationKind(
            *("quote_to_approve", 16, _("A quote waits for your approval"), "discount", "work", "warn", _("Decide")),
            may_have=policies.may_see_orders,
        ),
        NotificationKind(
            *("quote_decided", 17, _("Your quote was approved or given back"), "file-text", "work", "acc", _("Open")),
            may_have=policies.may_write,
        ),
    )


def _take_imports() -> None:
    """What can be imported here, what it may name, and what an undo takes away."""
    from core import registry
    from orders.services import imports

    registry.closed_rows.add(*imports.CLOSED)
    registry.import_kinds.add(*imports.KINDS)
    registry.reference_kinds.add(*imports.REFERENCES)
    registry.record_models.add(*imports.MODELS)


def _watch_days() -> None:
    """The night, the checks, and figures that follow imports."""
    from core import registry
    from orders.selectors.exceptions import CHECKS
    from orders.services.figures import follow_import

    registry.hygiene_checks.add(*CHECKS)
    registry.nightly_steps.add(registry.NightlyStep("orders", 8, _("Quotes, contracts and renewals"), "orders.nightly"))
    registry.after_imports.add(registry.AfterImport("orders.figures", 40, follow_import))
