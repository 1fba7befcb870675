"""What a token may be used for: one resource each, to read or to write. Whoever may write may read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

READ, WRITE = "read", "write"
# resource -> what it opens. A token opens no more than its login's roles and reporting line do.
RESOURCES = {
    "accounts": _("Accounts"),
    "contacts": _("Contacts"),
    "leads": _("Leads"),
    "opportunities": _("Opportunities and what hangs on them"),
    "activities": _("Activities and tasks"),
    "products": _("Products and list prices"),
    "territories": _("Territories, who covers them, their accounts"),
    "orders": _("Quotes, contracts, orders, invoices and what hangs on them"),
    "targets": _("Targets"),
    "costs": _("Product costs"),
    "people": _("People and their seats"),
    "pay": _("Pay: of people, runs, statements, disputes"),
    "metrics": _("Figures of the metric catalogue"),
    "findings": _("Findings of data quality"),
    "imports": _("Imports"),
    "runs": _("Runs"),
    "reference": _("Stages, loss reasons, competitors, teams"),
}
READ_ONLY = frozenset({"people", "metrics", "reference", "targets"})
SCOPES = tuple(
    f"{resource}:{access}"
    for resource in RESOURCES
    for access in (READ, WRITE)
    if access == READ or resource not in READ_ONLY
)


def scope_choices() -> list[tuple[str, str]]:
    """Every scope with what it is for."""
    verbs = {READ: _("read"), WRITE: _("read and change")}
    return [(scope, f"{RESOURCES[scope.split(':')[0]]}: {verbs[scope.split(':')[1]]}") for scope in SCOPES]
