"""Bulk edits: which a person sees, what one did, and what one would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel import formats
from core.kernel.access import SignedIn
from pipeline.models import BulkEdit, BulkEditRow, Opportunity
from pipeline.policies import visible_opportunities


def may_edit_in_bulk(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "sales_ops")


def bulk_edits_for(user: SignedIn) -> QuerySet[BulkEdit]:
    """One's own edits; all for sales ops."""
    edits = BulkEdit.objects.select_related("made_by__person", "undone_by__person", "run")
    if user.has_role("sales_ops"):
        return edits
    return edits.filter(made_by=user.pk) if may_edit_in_bulk(user) else edits.none()


def get_bulk_edit_for(user: SignedIn, edit_id: int) -> BulkEdit:
    """Raises Http404 for another's, except for sales ops."""
    edit = bulk_edits_for(user).filter(pk=edit_id).first()
    if edit is None:
        raise Http404(_("No such edit."))
    return edit


def rows_of_edit(user: SignedIn, edit: BulkEdit, as_of: date) -> QuerySet[BulkEditRow]:
    """What an edit did to the deals that the person sees today; refused and kept ones first."""
    seen = visible_opportunities(user, as_of, with_archived=True)
    rows = edit.rows.filter(deal__in=seen).select_related("deal")
    return rows.order_by("-refusal", "-kept", "deal__name", "id")


def kept_words(edit: BulkEdit) -> str:
    """How many deals an undo left something of, and why the first of them; "" where all went back."""
    kept = edit.rows.exclude(kept="").select_related("deal").order_by("deal__name", "id")
    first = kept.first()
    if first is None:
        return ""
    words = ngettext("%(n)s deal keeps something. %(deal)s: %(why)s", "%(n)s deals keep something. %(deal)s: %(why)s",
                     edit.kept)  # fmt: skip
    return words % {"n": formats.whole(edit.kept), "deal": first.deal.name, "why": first.kept}


def sums_of(deals: QuerySet[Opportunity]) -> tuple[int, str]:
    """How many deals, and their exact sum, each currency by itself."""
    rows = deals.order_by().values_list("currency_id").annotate(many=Count("pk"), total=Sum("amount"))
    found = list(rows.order_by("currency_id"))
    money = [formats.whole_money(total, currency) for currency, _many, total in found if total is not None]
    return sum(many for _currency, many, _total in found), ", ".join(money) or formats.whole_money(Decimal(0), "USD")


def chosen_deals(user: SignedIn, ids: Sequence[int], as_of: date) -> QuerySet[Opportunity]:
    """Those of some deals that the person sees, archived ones too."""
    return visible_opportunities(user, as_of, with_archived=True).filter(pk__in=ids)
